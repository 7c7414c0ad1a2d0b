"""The jobs that run where the account is: seed a workload, plant misconfigurations on it, judge a section.

Arguments and answers are JSON. `arguments` of all: `course` (folder), `section` (id), `variant`, `account_id`,
`region`. Environments call them by name; `clients(service, region_name=...)` makes boto3 clients of the account.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from traceback import extract_tb
from typing import Any

from hardenlab.assess.account import Account, ClientFactory
from hardenlab.assess.assess import Baseline, assess
from hardenlab.assess.picture import draw
from hardenlab.course.criteria import criteria_of
from hardenlab.course.load import load_course
from hardenlab.model.problem import ContentProblem
from hardenlab.model.question import Question
from hardenlab.model.variation import Variation

SEED = "hardenlab.assess.jobs:seed"
PLANT = "hardenlab.assess.jobs:plant"
ASSESS = "hardenlab.assess.jobs:assess_account"
DRAW = "hardenlab.assess.jobs:draw_account"
REGION = "us-east-1"
FIRST: Mapping[str, Any] = {"baseline": {}, "answers": {}, "only": None, "public": False}


def seed(clients: ClientFactory, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Seed the section's workload, healthy. Answers `facts`: the names and ids that the scenario recorded."""
    course = load_course(Path(arguments["course"]))
    section = course.section(arguments["section"])
    scenario = course.scenario(section.scenario)
    criteria_of(course, section)  # every assessment runs in a fork of this process, and finds the controls loaded
    account = Account(clients, arguments["account_id"], arguments["region"])
    with _told_of(scenario.id, arguments["variant"]):
        scenario.seed(account, Variation(arguments["variant"]))
    return {"facts": dict(account.facts)}


def plant(clients: ClientFactory, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Plant the misconfigurations `flags` (all when None) on the workload that recorded `facts`.

    Answers `facts`: all that the scenario recorded, `questions`: what it drew, by task, and `first`: the assessment of
    the account as planted. Later ones run in forks of this process, and find loaded what this one has loaded.
    """
    course = load_course(Path(arguments["course"]))
    section = course.section(arguments["section"])
    scenario = course.scenario(section.scenario)
    account = Account(clients, arguments["account_id"], arguments["region"], arguments["facts"])
    with _told_of(scenario.id, arguments["variant"]):
        for flag in scenario.misconfigurations.values():
            if arguments["flags"] is None or flag.id in arguments["flags"]:
                flag(account, Variation(arguments["variant"]))
        seen = Account(clients, account.id, account.region, account.facts)  # none of the seed's snapshots
        drawn = {
            task.id: scenario.questions[task.question.drawn](seen, Variation(arguments["variant"])).to_json()
            for task in section.tasks
            if task.question is not None and task.question.drawn
        }
    told = {"facts": dict(account.facts), "questions": drawn}
    return told | {"first": _assessed(seen, {**arguments, **told, **FIRST})}


@contextmanager
def _told_of(scenario: str, variant: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise ContentProblem(
            f"the scenario '{scenario}' cannot be seeded ({type(error).__name__}: {error}){_line(error, scenario)}; "
            f"variant {variant}."
        ) from error


def _line(error: Exception, scenario: str) -> str:
    """Where in the scenario's file an error came from."""
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if Path(frame.filename).stem == scenario]
    return f" at {scenario}.py:{lines[-1]}" if lines else ""


def assess_account(clients: ClientFactory, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Judge the section on the account as it is.

    Arguments: `facts`, `questions` and `baseline` of the world, `answers`, `only` one task or None, and `public`:
    whether hidden tasks are left out.
    """
    account = Account(clients, arguments["account_id"], arguments["region"], arguments["facts"])
    return _assessed(account, arguments)


def _assessed(account: Account, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The same, of an account that may have been read."""
    course = load_course(Path(arguments["course"]))
    section = course.section(arguments["section"])
    section = section.public() if arguments["public"] else section
    baseline = Baseline.from_json(arguments["baseline"])
    drawn = {task: Question.from_json(question) for task, question in arguments["questions"].items()}
    criteria = replace(criteria_of(course, section), section=section.asking(drawn))
    return assess(account, criteria, baseline, arguments["answers"], arguments["only"]).to_json()


def draw_account(clients: ClientFactory, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the network of the account as it is: `mermaid` and `legend`."""
    account = Account(clients, arguments["account_id"], arguments["region"])
    return draw(account.network)
