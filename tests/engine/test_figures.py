"""What a benchmark says of a target, on a machine that is slower or faster than usual."""

import pytest


@pytest.mark.parametrize(
    ("here", "pace", "met"),
    [(50, 1.0, "yes"), (70, 1.4, "at that pace"), (70, 1.0, "no"), (100, 1.4, "no"), (50, 0.7, "no"), (40, 0.7, "yes")],
)
def test_a_target_is_met_at_the_ordinary_pace_or_not_at_all(benchmarks, here, pace, met):
    figures = benchmarks("figures")
    figure = figures.Figure("an assessment", here, "ms", target=60, pace=pace)
    assert figure.met == met and figures.missed([figure]) == ["an assessment"] * (met == "no")


def test_what_has_no_target_is_told_and_never_missed(benchmarks):
    figure = benchmarks("figures").Figure("a call", 1.5, "ms", "2 ms")
    assert figure.row() == ("a call", "1.50 ms", "", "2 ms", "", "")
