"""A warm backend whose clones share what seeding and judging a section loads: each takes half the time and memory."""

from collections.abc import Callable

from hardenlab.assess.world import World
from hardenlab.course.load import Course
from hardenlab.environment import Backend
from hardenlab.model.rubric import Section


class Rehearsed:
    """Starts the backend when it is first wanted. `more` is done after a rehearsal, on what it left.

    `many`: hundreds of clones will come (see `Backend.rehearse`).
    """

    def __init__(
        self,
        course: Course,
        start: Callable[[], Backend],
        more: Callable[[World], object] = lambda world: None,
        many: bool = False,
    ) -> None:
        self._course = course
        self._start = start
        self._more = more
        self._many = many
        self._warm: Backend | None = None
        self._seen: set[str] = set()

    def for_section(self, section: Section, variant: str) -> Backend:
        """The backend, empty, once it has seen the section: in this variant, if it had not yet."""
        if self._warm is None:
            self._warm = self._start()
        if section.id not in self._seen:
            self._seen.add(section.id)
            self._warm.rehearse(lambda backend: self._rehearse(backend, section, variant), self._many)
        return self._warm

    def _rehearse(self, backend: Backend, section: Section, variant: str) -> None:
        self._more(World.plant(backend, self._course.root, section, variant))

    def close(self) -> None:
        """The next one starts anew."""
        if self._warm is not None:
            self._warm.close()
            self._warm = None
        self._seen.clear()
