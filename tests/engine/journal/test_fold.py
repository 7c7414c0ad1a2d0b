"""The live history is a fold over the lines."""

from hypothesis import given
from hypothesis import strategies as st

from hardenlab.journal.fold import fold
from hardenlab.journal.line import Line


def call(number):
    return Line("call", number, 1.0, {"op": f"ec2:Do{number}", "request": {}})


def outcome(number, status=200):
    return Line("outcome", number, 1.0, {"status": status})


def live(lines):
    return [line.number for line, _ in fold(lines).calls]


def test_undo_takes_the_last_calls_back():
    assert live([call(1), outcome(1), call(2), outcome(2), Line("undo", 3, 1.0, {"count": 1})]) == [1]


def test_undo_of_more_than_there_is_leaves_nothing():
    assert live([call(1), Line("undo", 2, 1.0, {"count": 99})]) == []


def test_calls_after_an_undo_go_on_from_there():
    assert live([call(1), call(2), Line("undo", 3, 1.0, {"count": 1}), call(4)]) == [1, 4]


def test_reset_empties_the_history_and_forgets_checkpoints():
    history = fold([call(1), Line("checkpoint", 2, 1.0, {"name": "a"}), call(3), Line("reset", 4, 1.0)])
    assert not history.calls and not history.checkpoints
    assert history.last_number == 4


def test_rewind_goes_back_to_the_checkpoint():
    lines = [
        call(1),
        Line("checkpoint", 2, 1.0, {"name": "a"}),
        call(3),
        call(4),
        Line("rewind", 5, 1.0, {"name": "a"}),
    ]
    assert live(lines) == [1]


def test_a_checkpoint_after_the_point_gone_back_to_is_gone():
    lines = [
        call(1),
        Line("checkpoint", 2, 1.0, {"name": "early"}),
        call(3),
        Line("checkpoint", 4, 1.0, {"name": "late"}),
        Line("rewind", 5, 1.0, {"name": "early"}),
    ]
    assert fold(lines).checkpoints == {"early": 1}


def test_a_call_without_outcome_is_live_and_unacknowledged():
    history = fold([call(1), outcome(1), call(2)])
    assert [(line.number, end is not None) for line, end in history.calls] == [(1, True), (2, False)]


def test_answers_and_hints_survive_undo_and_reset():
    lines = [
        Line("answer", 1, 1.0, {"question": "q", "value": "a"}),
        Line("hint", 2, 1.0, {"task": "t"}),
        Line("reset", 3, 1.0),
        Line("answer", 4, 1.0, {"question": "q", "value": "b"}),
    ]
    history = fold(lines)
    assert history.answers == [("q", "a"), ("q", "b")] and history.hints == {"t": 1}


steps = st.lists(st.sampled_from(["call", "undo", "undo3", "reset", "checkpoint", "rewind", "answer"]), max_size=40)


@given(steps)
def test_no_number_is_ever_used_twice_and_live_calls_stay_in_order(steps):
    lines, number = [], 0
    for step in steps:
        number += 1
        if step == "call":
            lines += [call(number), outcome(number)]
        elif step.startswith("undo"):
            lines.append(Line("undo", number, 1.0, {"count": int(step[4:] or 1)}))
        elif step in ("checkpoint", "rewind"):
            lines.append(Line(step, number, 1.0, {"name": "c"}))
        elif step == "answer":
            lines.append(Line("answer", number, 1.0, {"question": "q", "value": "v"}))
        else:
            lines.append(Line("reset", number, 1.0))
    history = fold(lines)
    numbers = [line.number for line, _ in history.calls]
    assert numbers == sorted(set(numbers))
    assert history.last_number == number
    assert all(at <= len(numbers) for at in history.checkpoints.values())
