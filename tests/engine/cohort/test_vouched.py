"""A course with a classroom grades the journals that the classroom signed; every other waits for a person."""

import json

import pytest

from hardenlab.cohort.build import init_course
from hardenlab.cohort.folder import CourseFolder
from hardenlab.cohort.one import grade
from hardenlab.cohort.release import release_lab
from hardenlab.cohort.results import read_results
from hardenlab.cohort.run import grade_cohort
from hardenlab.cohort.vouched import vouched
from hardenlab.course.load import load_course
from hardenlab.journal.signed import draw_key, public_key, sign
from hardenlab.model.problem import JournalProblem, UsageProblem
from helpers.classroom import LAB, NOTEBOOK, classroom, everything
from helpers.direct import TINY

pytestmark = pytest.mark.xdist_group("cohort")

KEY = draw_key()
SECTION = f"{LAB}/{NOTEBOOK}"


def signed(place, learner, section=SECTION, key=KEY):
    journal = place / f"{NOTEBOOK}.journal"
    journal.with_name(journal.name + ".signature").write_bytes(sign(key, journal.read_bytes(), learner, section))
    return journal


@pytest.fixture(scope="module")
def graded(tmp_path_factory, moto_backend):
    """Three equal pieces of work: signed, unsigned, signed and changed; the run, and the folder."""
    root = tmp_path_factory.mktemp("classroom") / "course"
    init_course(root, "signed", TINY)
    with (root / "course.toml").open("r+") as file:
        text = file.read()
        file.seek(0)
        file.write(f'classroom = "{public_key(KEY)}"\n' + text)
    folder = CourseFolder.open(root)
    release_lab(folder, LAB, 1)
    with classroom(folder, moto_backend) as room:
        signed(room.submit("honest", everything), "honest")
        room.submit("unsigned", everything)
        altered = signed(room.submit("altered", everything), "altered")
        altered.write_bytes(altered.read_bytes() + b"\n")
    run = grade_cohort(root, LAB, confined=False, processes=1)
    return root, run


def test_a_signed_journal_is_graded_and_marked_as_signed(graded):
    root, run = graded
    marks = {mark.student: mark for mark in run.marks}
    assert run.graded == ["honest"]
    assert marks["honest"].earned == marks["honest"].points > 0 and not marks["honest"].needs_person
    results = {result.student: result for result in read_results(root, LAB)}
    assert results["honest"].signed and not results["unsigned"].signed
    cells = json.loads((root / "autograded" / "honest" / LAB / f"{NOTEBOOK}.ipynb").read_text())["cells"]
    assert "Signed by the classroom, 20" in json.dumps(cells)


@pytest.mark.parametrize(
    ("student", "told"),
    [
        ("unsigned", "is not signed by the classroom"),
        ("altered", "changed or exchanged afterwards"),
    ],
)
def test_every_other_journal_waits_for_a_person_with_a_sentence(graded, student, told):
    _, run = graded
    assert told in run.problems[student]
    assert all(mark.earned == 0 for mark in run.marks if mark.student == student)


def test_one_call_grades_a_signed_journal_with_the_classrooms_key_and_refuses_every_other(graded):
    root, _ = graded

    def graded_alone(folder, **more):
        place = root / "submitted" / folder / LAB
        return grade(place, SECTION, course=TINY, confined=False, **more)

    key = public_key(KEY)
    assert graded_alone("honest", classroom=key, student="honest").earned > 0
    refused = {
        "unsigned": ("is not signed by the classroom", key, "unsigned"),
        "altered": ("changed or exchanged afterwards", key, "altered"),
        "honest": ("was signed for 'honest', not for 'eve'", key, "eve"),
    }
    for folder, (told, public, student) in refused.items():
        with pytest.raises(JournalProblem, match=told):
            graded_alone(folder, classroom=public, student=student)
    with pytest.raises(JournalProblem, match="was not made by the classroom"):
        graded_alone("honest", classroom=public_key(draw_key()), student="honest")


def test_one_call_without_a_key_reads_no_signature_and_a_key_without_a_student_is_refused(graded):
    root, _ = graded
    unsigned = root / "submitted" / "unsigned" / LAB
    assert grade(unsigned, SECTION, course=TINY, confined=False).earned > 0
    with pytest.raises(UsageProblem, match="name the `student`"):
        grade(unsigned, SECTION, course=TINY, confined=False, classroom=public_key(KEY))
    with pytest.raises(UsageProblem):
        grade(unsigned, SECTION, course=TINY, confined=False, classroom="no key", student="unsigned")


@pytest.fixture
def handed_in(tmp_path):
    """A signed journal of ada's."""
    (tmp_path / f"{NOTEBOOK}.journal").write_text("a journal\n")
    return signed(tmp_path, "ada")


def told(journal, student="ada"):
    section = load_course(TINY).section(LAB)
    with pytest.raises(JournalProblem) as refused:
        vouched(public_key(KEY), journal, section, student)
    return str(refused.value)


def test_a_neighbours_signed_journal_is_not_ones_own(handed_in):
    assert "signed for 'ada', not for 'bob'" in told(handed_in, "bob")


def test_a_home_made_signature_does_not_pass(handed_in):
    signed(handed_in.parent, "ada", key=draw_key())
    assert "not made by the classroom of this course" in told(handed_in)


def test_a_link_in_the_signatures_place_is_not_followed(handed_in):
    signature = handed_in.with_name(handed_in.name + ".signature")
    signature.rename(handed_in.parent / "elsewhere")
    signature.symlink_to(handed_in.parent / "elsewhere")
    assert "not signed by the classroom" in told(handed_in)


def test_a_course_without_a_classroom_takes_journals_as_before(tmp_path):
    assert vouched("", tmp_path / "none.journal", None, "ada") is None


def test_a_key_that_is_none_is_told_when_the_course_is_opened(tmp_path):
    init_course(tmp_path / "course", "c", TINY)
    path = tmp_path / "course" / "course.toml"
    path.write_text('classroom = "secret"\n' + path.read_text())
    with pytest.raises(UsageProblem, match="no classroom's public key"):
        CourseFolder.open(tmp_path / "course")


def test_a_signature_without_a_journal_is_no_submission(tmp_path):
    assert "has no journal" in told(tmp_path / f"{NOTEBOOK}.journal")
