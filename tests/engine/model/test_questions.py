"""Questions: what may be answered, which answer is right, and what a wrong one is told."""

import pytest

from hardenlab.assess.assess import Baseline, assess
from hardenlab.model.criteria import Criteria
from hardenlab.model.problem import UsageProblem
from hardenlab.model.question import Question, ask
from hardenlab.model.rubric import Section, Task

COLOURS = {"r": "red", "g": "green", "b": "blue"}
ONE = ask("Which?", choices=COLOURS, answer="g", because={"r": "too warm", "b": "too cold"})
SEVERAL = ask("Which?", choices=COLOURS, answer=["r", "g"], because={"b": "too cold"})
COUNT = ask("How many?", answer=12, because={13: "one too many"})
WORD = ask("Which address?", answer="i-0ABC", because={"I-0DEF": "that is the bastion"})


def status(question, *answers, success=""):
    task = Task("q", "A question", 4, ("", "", ""), question=question, success=success)
    criteria = Criteria(Section("lab", "1", "", 1, "s", (task,)), {}, {})
    result = assess(None, criteria, Baseline({}), {"q": list(answers)}).task("q")
    return result.status.value, result.earned, result.reason


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [(ONE, "g", "r"), (SEVERAL, "g, r", "b, g"), (COUNT, "12", "13"), (WORD, "i-0abc", "i-0def")],
)
def test_the_first_answer_counts_fully_and_a_later_one_half(question, right, wrong):
    assert status(question) == ("failed", 0, "not answered yet")
    assert status(question, right)[:2] == ("passed", 4)
    assert status(question, right, wrong)[:2] == ("passed", 4)
    assert status(question, wrong, right)[:2] == ("partial", 2)
    assert status(question, wrong, wrong, right, wrong)[:2] == ("partial", 2)
    assert status(question, wrong)[:2] == ("failed", 0)


@pytest.mark.parametrize(
    ("question", "wrong", "reason"),
    [
        (ONE, "b", "too cold"),
        (SEVERAL, "b, g", "b: too cold"),
        (SEVERAL, "g", "what you chose is right, and 1 is missing"),
        (COUNT, "13", "one too many"),
        (COUNT, "14", "that is not the answer"),
        (WORD, "i-0def", "that is the bastion"),
    ],
)
def test_a_wrong_answer_is_told_why(question, wrong, reason):
    assert status(question, wrong) == ("failed", 0, reason)


def test_an_answer_is_the_same_in_any_order_and_writing():
    assert SEVERAL.normal(["r", "g"]) == SEVERAL.normal("g,r ") == SEVERAL.normal({"r", "g"}) == SEVERAL.answer
    assert COUNT.normal(12) == COUNT.normal(" 012 ") == "12"
    assert WORD.is_right("I-0ABC")


@pytest.mark.parametrize(
    ("question", "value", "sentence"),
    [
        (ONE, "x", "none of the choices r, g, b"),
        (SEVERAL, ["r", "x"], "'x' is none of the choices"),
        (SEVERAL, [], "an empty answer"),
        (COUNT, "twelve", "no whole number"),
        (COUNT, "9" * 5000, "no whole number"),
    ],
)
def test_what_is_no_answer_is_refused_and_never_right(question, value, sentence):
    with pytest.raises(UsageProblem, match=sentence):
        question.normal(value)
    assert not question.is_right(value if isinstance(value, str) else ", ".join(value))


def test_a_right_answer_earns_the_authors_word():
    assert status(ONE, "g", success="Well seen.")[2] == "Well seen."


def test_a_question_travels_as_json():
    for question in (ONE, SEVERAL, COUNT, WORD):
        assert Question.from_json(question.to_json()) == question


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"choices": COLOURS, "answer": "x"}, "none of the choices"),
        ({"choices": COLOURS, "answer": "g", "because": {"r": "no"}}, "`because` must say why b is wrong"),
        ({"answer": ["r"]}, "needs `choices`"),
    ],
)
def test_an_author_is_told_what_is_missing(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        ask("Which?", **arguments)
