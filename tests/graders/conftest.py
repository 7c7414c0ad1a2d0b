"""A control is tried on a healthy account that one change was made to: what fools a reader of text, what is honest."""

import pytest

from hardenlab.course.load import load_course
from hardenlab.law.run import proving_ground
from helpers.direct import CHECKOUT

COURSE = load_course(CHECKOUT)
VARIANT = "graders-1"


@pytest.fixture(scope="session")
def ground():
    with proving_ground(COURSE) as ground:
        yield ground


def judged_after(ground, world, section, control, change):
    """The findings of one control, by resource, after a change by the learner's own key."""
    with ground.live(section, world) as live:
        change(live, world.facts)
        assessment = live.assess()
    task = next(task for task in section.tasks if task.control == control)
    return assessment.task(task.id).findings


@pytest.fixture(scope="session")
def perimeter(ground):
    """Judge a control of the perimeter after a change to the healthy account."""
    section = COURSE.section("m3-network/1-perimeter")
    with ground.world(section, VARIANT, flags=()) as world:
        yield lambda control, change: judged_after(ground, world, section, control, change)


@pytest.fixture(scope="session")
def orientation(ground):
    """Judge a control of the orientation after a change to the healthy account."""
    section = COURSE.section("m0-orientation")
    with ground.world(section, VARIANT, flags=()) as world:
        yield lambda control, change: judged_after(ground, world, section, control, change)
