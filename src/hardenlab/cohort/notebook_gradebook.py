"""nbgrader's gradebook for a step that works through the cells of one notebook."""

from collections.abc import Mapping
from typing import Any

from nbgrader.api import Comment, Grade, Gradebook, MissingEntry


class NotebookGradebook(Gradebook):  # type: ignore[misc]
    """Reads a notebook's cells, grades and comments at once, and commits when the step has ended, or nothing.

    nbgrader's own asks two to four queries for each cell and commits after each. What is not found this way is looked
    up in nbgrader's.
    """

    def __init__(self, db_url: str) -> None:
        super().__init__(db_url)
        self._known: dict[tuple[str, ...], Mapping[str, Any]] = {}
        self._notebooks: dict[tuple[str, str], Any] = {}
        self._handed_in: dict[tuple[str, ...], str] = {}
        self._commit, self.db.commit = self.db.commit, lambda: None

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        try:
            if exc_type is None:
                self._commit()
        finally:
            super().__exit__(exc_type, exc_value, traceback)

    def find_notebook(self, name: str, assignment: str) -> Any:
        if (name, assignment) not in self._notebooks:
            self._notebooks[name, assignment] = super().find_notebook(name, assignment)
        return self._notebooks[name, assignment]

    def find_source_cell(self, name: str, notebook: str, assignment: str) -> Any:
        key = "source_cells", notebook, assignment
        return self._cells(*key).get(name) or super().find_source_cell(name, notebook, assignment)

    def find_graded_cell(self, name: str, notebook: str, assignment: str) -> Any:
        key = "grade_cells", notebook, assignment
        return self._cells(*key).get(name) or super().find_graded_cell(name, notebook, assignment)

    def find_grade(self, grade_cell: str, notebook: str, assignment: str, student: str) -> Any:
        found = self._of_submission(Grade, "grade_cells", notebook, assignment, student).get(grade_cell)
        return found or super().find_grade(grade_cell, notebook, assignment, student)

    def find_comment(self, solution_cell: str, notebook: str, assignment: str, student: str) -> Any:
        found = self._of_submission(Comment, "solution_cells", notebook, assignment, student).get(solution_cell)
        return found or super().find_comment(solution_cell, notebook, assignment, student)

    def _cells(self, kind: str, notebook: str, assignment: str) -> Mapping[str, Any]:
        key = kind, notebook, assignment
        if key not in self._known:
            try:
                self._known[key] = {cell.name: cell for cell in getattr(self.find_notebook(notebook, assignment), kind)}
            except MissingEntry:
                self._known[key] = {}
        return self._known[key]

    def _of_submission(self, kind: Any, cells: str, notebook: str, assignment: str, student: str) -> Mapping[str, Any]:
        """The grades or comments, by the name of their cell.

        Asked for by cell and notebook, as the tables are indexed: by notebook alone, a database that holds the marks of
        ten thousand would be read from end to end for each of them.
        """
        key = kind.__name__, notebook, assignment, student
        if key not in self._known:
            names = {cell.id: name for name, cell in self._cells(cells, notebook, assignment).items()}
            submitted = self._submitted(notebook, assignment, student)
            if submitted is None:
                return {}
            rows = self.db.query(kind).filter(kind.cell_id.in_(names), kind.notebook_id == submitted)
            self._known[key] = {names[row.cell_id]: row for row in rows}
        return self._known[key]

    def _submitted(self, *place: str) -> str | None:
        """The id of a student's notebook; None: there is none yet."""
        if place not in self._handed_in:
            try:
                self._handed_in[place] = str(self.find_submission_notebook(*place).id)
            except MissingEntry:
                return None
        return self._handed_in[place]
