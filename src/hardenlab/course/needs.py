"""What each section asks of an environment: the operations that its seed, solutions and graders call.

`labs/needs.json` holds them, by section and service. Nobody types them: `hardenlab docs` records them, and the law
proves that they are current.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from hardenlab.course.load import Course
from hardenlab.environment import Environment
from hardenlab.model.problem import ContentProblem

Needs = Mapping[str, Collection[str]]


def needs_file(course: Course) -> Path:
    return course.root / "labs" / "needs.json"


def read_needs(course: Course) -> Mapping[str, Needs]:
    """By section, the operations by service; nothing for a course that has recorded none."""
    path = needs_file(course)
    try:
        needs: Mapping[str, Needs] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ContentProblem(f"{path} is no JSON ({error}). Write it anew with: hardenlab docs.") from error
    return needs


def by_service(actions: Iterable[str]) -> dict[str, list[str]]:
    """`service:Operation`, as recorded, grouped and sorted."""
    grouped: dict[str, list[str]] = {}
    for service, _, name in (action.partition(":") for action in sorted(set(actions))):
        grouped.setdefault(service, []).append(name)
    return grouped


def missing_in(environment: Environment, course: Course, section: str) -> list[str]:
    """What the section needs and the environment lacks: services, and `service:Operation`. Unknown needs: nothing."""
    return environment.lacks(read_needs(course).get(section, {}))


def refusal(environment: Environment, course: Course, section: str) -> str | None:
    """Why the section cannot run there, and where it can; None when nothing is known against it."""
    missing = missing_in(environment, course, section)
    if not missing:
        return None
    return (
        f"{section} needs {listed(missing)}, which {environment.name} does not offer. "
        f"moto does: hardenlab start {section} --environment moto"
    )


def listed(names: Collection[str], most: int = 4) -> str:
    """Some names and how many more there are."""
    few = sorted(names)[:most]
    more = len(names) - len(few)
    if more:
        return f"{', '.join(few)} and {more} more"
    return few[0] if len(few) == 1 else f"{', '.join(few[:-1])} and {few[-1]}"
