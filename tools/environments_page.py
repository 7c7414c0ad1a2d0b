"""The text of docs/environments.md: what is said by hand here, and the table of what runs where."""

from pathlib import Path

from hardenlab.environments.localstack import LocalStackEnvironment
from hardenlab.environments.moto import MotoEnvironment

from hardenlab.course.load import load_course
from hardenlab.course.needs import missing_in, read_needs

ROOT = Path(__file__).resolve().parents[1]
PROSE = Path(__file__).with_name("environments_page.md")


def page() -> str:
    """The page."""
    course = load_course(ROOT)
    rows = ["| Section | Services | moto | LocalStack 4.14.0 |", "|---|---|---|---|"]
    for section in course.sections:
        services = ", ".join(sorted(read_needs(course).get(section.id, {})))
        stands = (_stand(missing_in(one, course, section.id)) for one in (MotoEnvironment(), LocalStackEnvironment()))
        rows.append(f"| `{section.id}` | {services} | {' | '.join(stands)} |")
    return PROSE.read_text().replace("<!-- table -->", "\n".join(rows))


def _stand(missing: list[str]) -> str:
    return f"lacks {', '.join(missing)}" if missing else "yes"
