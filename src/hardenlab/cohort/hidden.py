"""Hidden tasks: graded cells that the gradebook knows and no learner's notebook has."""

from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor, OverwriteCells

from hardenlab.cohort.notebook_gradebook import NotebookGradebook

HIDDEN = "hardenlab_hidden"
SOURCE = "# A check that your instructor kept for grading."


class LeaveOutHidden(NbGraderPreprocessor):  # type: ignore[misc]
    """After the gradebook knows every cell: hidden tasks stay with the instructor."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        nb.cells = [cell for cell in nb.cells if not cell.metadata.get(HIDDEN)]
        return nb, resources


class RestoreCells(OverwriteCells):  # type: ignore[misc]
    """nbgrader's step, with graded cells that are not there put at the end.

    nbgrader puts each behind the cell before it, and fails when that is a read-only cell or was deleted too.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        names = resources["nbgrader"]
        self.notebook_id, self.assignment_id, self.db_url = names["notebook"], names["assignment"], names["db_url"]
        with NotebookGradebook(self.db_url) as self.gradebook:
            nb, resources = super(OverwriteCells, self).preprocess(nb, resources)
            if self.add_missing_cells:
                nb, resources = self.add_missing_grade_cells(nb, resources)
                nb, resources = self.add_missing_task_cells(nb, resources)
        return nb, resources

    def add_missing_grade_cells(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        notebook = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
        sources = {cell.name: cell for cell in notebook.source_cells}
        solutions = {cell.name for cell in notebook.solution_cells}
        present = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells}
        for graded in sorted(notebook.grade_cells, key=lambda cell: str(cell.name)):
            if graded.name not in present:
                cell = self.missing_cell_transform(sources[graded.name], graded.max_score, graded.name in solutions)
                if sources[graded.name].source == SOURCE:
                    cell.source = SOURCE
                nb.cells.append(cell)
        return nb, resources
