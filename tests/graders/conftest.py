"""A control is tried on a healthy account that one change was made to: what fools a reader of text, what is honest."""

import functools
from contextlib import ExitStack

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


@pytest.fixture(scope="session")
def judge(ground):
    """Judge a control after a change to the healthy account of the section that asks for it."""
    with ExitStack() as worlds:
        planted = {}

        @functools.cache
        def judged_after(control, change):
            section = next(s for s in COURSE.sections if any(task.control == control for task in s.tasks))
            if section.id not in planted:
                planted[section.id] = worlds.enter_context(ground.world(section, VARIANT, flags=()))
            world = planted[section.id]
            with ground.live(section, world) as live:
                change(live, world.facts)
                task = next(task for task in section.tasks if task.control == control)
                return live.assess(task.id).task(task.id).findings

        yield judged_after
