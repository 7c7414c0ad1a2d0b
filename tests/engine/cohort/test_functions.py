"""A task that judges a learner's function: called in the sandbox, judged outside."""

import json
import re

import nbformat
import pytest

from hardenlab import grade
from hardenlab.assess.functions import judge_function
from hardenlab.cohort.build import init_course
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.forget import forget
from hardenlab.cohort.judging import Means
from hardenlab.cohort.notebooks import code_of
from hardenlab.cohort.regrade import apply, changed_marks
from hardenlab.cohort.release import release_lab
from hardenlab.cohort.resubmission import choose_best, keep_submissions
from hardenlab.cohort.results import read_results
from hardenlab.cohort.run import grade_cohort
from hardenlab.course.load import load_course
from hardenlab.course.student import write_student_course
from hardenlab.environment import find_environment
from hardenlab.law.ground import Ground
from hardenlab.law.run import POINTS, prove_point
from hardenlab.model.content import call
from hardenlab.model.problem import ContentProblem, UsageProblem
from hardenlab.model.variation import Variation
from helpers.classroom import LAB, NOTEBOOK, classroom, half
from helpers.functions import SOLUTION, tiny_with_a_function

pytestmark = pytest.mark.xdist_group("functions")  # one class for all tests


@pytest.fixture(scope="module")
def labs(tmp_path_factory):
    return tiny_with_a_function(tmp_path_factory.mktemp("functions") / "course")


FORGED = """
import sys, json
import hardenlab.cohort.kernel.calling as calling
answer = '{"answers": [' + ', '.join(['{"gave": true}'] * 5) + ']}'
calling.answers = lambda *_: calling.Text(answer)
sys.displayhook = lambda value: print(3.0)
type(lab).check = lambda *_: 3.0
class Yes:
    def __eq__(self, other): return True
def opens_port(rule, port): return Yes()
"""
ANSWERS = {
    "honest": SOLUTION,
    "wrong": "def opens_port(rule, port): return rule.get('FromPort') == port",
    "forger": FORGED,
    "killer": "import os\nos.kill(os.getpid(), 9)",
}


@pytest.fixture(scope="module")
def graded(labs, tmp_path_factory, moto_backend):
    """Four students and one who wrote nothing, with the same half of the account mended."""
    root = tmp_path_factory.mktemp("instructor") / "course"
    folder = init_course(root, "calls", labs)
    release_lab(folder, LAB, 1)
    with classroom(folder, moto_backend) as room:
        for student in (*ANSWERS, "nothing"):
            path = room.submit(student, half) / f"{NOTEBOOK}.ipynb"
            notebook = nbformat.read(path, as_version=4)
            cell = next(
                c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "opens_port_answer"
            )
            cell.source = ANSWERS.get(student, cell.source)
            nbformat.write(notebook, path)
        run = grade_cohort(root, LAB, run_notebooks=True, processes=1)
    return root, {mark.student: mark for mark in run.marks}


@pytest.mark.parametrize(
    ("student", "earned"), [("honest", 5), ("wrong", 2), ("forger", 2), ("killer", 2), ("nothing", 2)]
)
def test_a_function_earns_what_it_answers_and_the_journal_what_it_reached(graded, student, earned):
    mark = graded[1][student]
    assert (mark.earned, mark.points, mark.needs_person) == (earned, 10, False)


def test_why_stands_in_the_notebook_and_nothing_of_the_calls(graded):
    root, _ = graded
    wrong = (root / "autograded" / "wrong" / LAB / f"{NOTEBOOK}.ipynb").read_text()
    assert "3 of 5 calls are answered wrongly" in wrong and "a range holds what is between its ends" in wrong
    assert 'FromPort\\": 1' not in wrong
    reasons = {r.student: r.assessment.task("opens_port").reason for r in read_results(root, LAB)}
    assert "its kernel ended" in reasons["killer"] and "no function `opens_port`" in reasons["nothing"]


def test_without_running_the_notebook_the_function_waits_for_a_person(graded, labs):
    assessment = grade(graded[0] / "submitted" / "honest" / LAB, LAB, course=labs, confined=False)
    task = assessment.task("opens_port")
    assert (assessment.earned, task.status.value) == (2, "pending") and "runs the notebook" in task.reason


def submit_code(folder, student, code):
    """Another notebook in place of the one that the student handed in, a day later."""
    place = folder.root / "submitted" / student / LAB
    path = place / f"{NOTEBOOK}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "opens_port_answer")
    cell.source = code
    nbformat.write(notebook, path)
    (place / "timestamp.txt").write_text("2026-11-02 12:00:00.000000 UTC")


def test_grading_again_calls_functions_or_leaves_their_marks_alone(graded):
    folder = CourseFolder.open(graded[0])
    for student in ("forger", "killer", "nothing"):  # they have shown what they can, and each run takes seconds
        forget(folder, student)
    keep_submissions(folder, LAB)
    submit_code(folder, "wrong", SOLUTION)
    assert changed_marks(folder, LAB) == [], "functions are not called, and their marks are not compared"
    with pytest.raises(UsageProblem, match=r"opens_port in l1-tiny judges a function .* say --run-notebook"):
        apply(folder, LAB)
    with pytest.raises(UsageProblem, match="in a sandbox only"):
        changed_marks(folder, LAB, Means(confined=False, run_notebooks=True))
    told = []
    (change,) = changed_marks(folder, LAB, Means(1, run_notebooks=True), lambda *of: told.append(of))
    assert (change.student, change.task, change.before, change.after) == ("wrong", "opens_port", 0, 3)
    assert "before: failed, 3 of 5 calls" in change.why
    assert told == [(1, 2), (2, 2)]
    run = apply(folder, LAB, Means(1, run_notebooks=True))
    assert {mark.student: mark.earned for mark in run.marks} == {"honest": 5, "wrong": 5}


def test_the_best_submission_is_chosen_with_what_its_functions_answer(graded):
    folder = CourseFolder.open(graded[0])
    keep_submissions(folder, LAB)
    submit_code(folder, "honest", ANSWERS["wrong"])
    (honest, wrong) = choose_best(folder, LAB, Means(1, run_notebooks=True))
    assert (honest.student, honest.earned, honest.of) == ("honest", 5, 2)
    assert (wrong.student, wrong.earned, wrong.of) == ("wrong", 5, 2)
    code = code_of(folder.root / "submitted" / "honest" / LAB / f"{NOTEBOOK}.ipynb")
    assert SOLUTION.strip() in [cell.strip() for cell in code]


def test_the_law_holds_for_a_function(labs, moto_backend):
    ground = Ground(load_course(labs), find_environment("moto"), moto_backend)
    section = ground.course.section(LAB)
    for point in ("2 solutions", "3 alone", "6 repeatable", "7 empty"):
        name = next(known for known in POINTS if known.startswith(point[:5]))
        assert not prove_point(ground, section, name, "law-1").failures, name


def test_a_learners_copy_holds_none_of_the_calls_and_still_loads(labs, tmp_path):
    files = write_student_course(load_course(labs), tmp_path / "given")
    assert not [path for path in files if b"gives=" in path.read_bytes() or b"opens_port(rule" in path.read_bytes()]
    assert load_course(tmp_path / "given").section(LAB).task("opens_port").function == "opens_port"


def test_a_function_that_nothing_calls_is_told_with_the_near_miss(labs, tmp_path, moto_backend):
    from hardenlab.course.criteria import criteria_of

    root = tiny_with_a_function(tmp_path / "course")
    rubric = root / "labs" / LAB / "lab.toml"
    rubric.write_text(rubric.read_text().replace('"opens_port"', '"open_port"'))
    course = load_course(root)
    with pytest.raises(ContentProblem, match=re.escape("unknown function 'open_port'. Did you mean 'opens_port'?")):
        criteria_of(course, course.section(LAB))


TOLD = [
    None, 7, [], "x", {}, {"answers": 7}, {"answers": []}, {"answers": [{"gave": True}] * 4}, {"answers": ["x"] * 5},
    {"answers": [{"gave": True}] * 6}, {"answers": [{}] * 5}, {"answers": [{"gave": 1}] * 5},
    {"answers": [{"raised": 7}] * 5},
    {"answers": [{"gave": [[[]]] * 1_000}] * 5},
    {"missing": 7}, {"problem": 7}, {"problem": "<b>" * 10_000},
    {"gave": True}, {"answers": [{"gave": "true"}] * 5}, {"answers": [{"gave": None, "raised": {}}] * 5},
]  # fmt: skip


@pytest.mark.parametrize("told", TOLD, ids=range(len(TOLD)))
def test_whatever_a_kernel_tells_instead_of_answers_earns_nothing(labs, told):
    course = load_course(labs)
    result = judge_function(
        course.section(LAB).task("opens_port"), course.functions["opens_port"](Variation("x")), told
    )
    assert result.earned == 0 and result.status.value == "failed"
    assert len(json.dumps(result.reason)) < 1_100 and all(len(f.message) < 300 for f in result.findings)


@pytest.mark.parametrize(
    ("gives", "answer", "right"),
    [
        (1, 1.0, True), (1, True, False), (True, 1, False), (True, True, True), ([1, [2]], [1, [2]], True),
        ([1], [True], False),
        ({"a": [0]}, {"a": [0]}, True), ({"a": 0}, {"a": False}, False), ("1", 1, False), (None, None, True),
        ([], {}, False),
        (lambda answer: sorted(answer) == [1, 2], [2, 1], True),
    ],
)  # fmt: skip
def test_answers_are_equal_as_json_is(gives, answer, right):
    assert call(gives=gives, because="").is_right(answer) is right


def test_an_answer_that_the_judge_cannot_take_is_for_a_person(labs):
    task = load_course(labs).section(LAB).task("opens_port")
    result = judge_function(task, [call(gives=lambda answer: answer["x"], because="")], {"answers": [{"gave": 7}]})
    assert (result.earned, result.status.value) == (0, "pending")
