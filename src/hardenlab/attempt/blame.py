"""Find the call that broke a task: between the last check and now, by halving."""

from hardenlab.assess.assess import recorded_answers
from hardenlab.assess.world import World
from hardenlab.front.ledger import replay
from hardenlab.journal.fold import History
from hardenlab.journal.line import Line
from hardenlab.model.assessment import Status


def call_that_broke(world: World, history: History, task: str, after: int) -> Line | None:
    """The live write after which the task no longer passed; None when no single write can be named.

    `after` is the number of the last live write at the check where the task passed (0: none).
    """
    numbers = [call.number for call, _ in history.calls]
    if after and after not in numbers:
        return None  # that write was undone: going back broke it, no call did
    passing = numbers.index(after) + 1 if after else 0
    failing = len(numbers)
    if failing <= passing or not _passes(world, history, task, passing):
        return None
    while failing - passing > 1:
        middle = (passing + failing) // 2
        if _passes(world, history, task, middle):
            passing = middle
        else:
            failing = middle
    return history.calls[failing - 1][0]


def _passes(world: World, history: History, task: str, count: int) -> bool:
    """Whether the task passes after the first `count` live writes."""
    backend = world.fresh()
    replay(backend, history.calls[:count])
    try:
        assessment = world.assess(backend, recorded_answers(history.answers), task)
    finally:
        backend.close()
    return assessment.task(task).status is Status.PASSED
