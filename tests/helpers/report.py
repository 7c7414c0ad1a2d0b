"""A report made of values: what a class did, without a class."""

from hardenlab.cohort.report.gather import Cell, ClassReport, Learner, TaskOfClass
from hardenlab.cohort.report.history import Event, History, Move
from hardenlab.cohort.report.likeness import Pair
from hardenlab.cohort.report.statistics import Item, Mistake
from hardenlab.course.load import load_course
from helpers.direct import TINY


def report_of(text, learners=3):
    """A report in which every string that a learner can choose is `text`."""
    lab = load_course(TINY).lab("l1-tiny")
    (section,) = lab.sections
    history = History(
        variant=text,
        events=(Event("call", 0, text), Event("check", 60, text), Event("hint", 90, text), Event("answer", 95, text)),
        moves=(Move(text, (text,)),),
        hints={task.id: 1 for task in section.tasks},
        first_success={section.tasks[0].id: 60.0},
        worked=95.0,
    )
    status = ("passed", "partial", "failed", "pending")

    def learner(number):
        cells = {
            (section.notebook, task.id): Cell(task.points / (at + 1), task.points, status[(at + number) % 4], text)
            for at, task in enumerate(section.tasks)
        }
        return Learner(text or f"student{number}", text, cells, {section.notebook: history}, 1.0, (text,))

    tasks = tuple(
        TaskOfClass(section.id, task, str(n + 1), Item(9, 0.5, 0.3), 2, 3, 60.0, (Mistake(text, 4),))
        for n, task in enumerate(section.tasks)
    )
    return ClassReport("cloudsec", lab, tuple(map(learner, range(learners))), tasks, (Pair(text, text, 0.9, (text,)),))
