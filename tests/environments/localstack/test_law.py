"""The law over every section that runs on LocalStack: one whose services it has needs no new test."""

import pytest

from hardenlab.course.load import load_course
from hardenlab.course.needs import missing_in
from hardenlab.environment import find_environment
from hardenlab.law.run import POINTS, prove_point, proving_ground
from helpers.direct import CHECKOUT

pytestmark = [pytest.mark.xdist_group("environment localstack"), pytest.mark.kernel]
COURSE = load_course(CHECKOUT)
SECTIONS = [one for one in COURSE.sections if not missing_in(find_environment("localstack"), COURSE, one.id)]


@pytest.fixture(scope="module")
def ground(localstack):
    with proving_ground(COURSE, find_environment(f"localstack@{localstack.url()}")) as ground:
        yield ground


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.id)
@pytest.mark.parametrize("point", ["2 kernel", *POINTS])
def test_the_law_holds_on_localstack(ground, section, point):
    proof = prove_point(ground, section, point, "law-1")
    assert proof.claims
    assert not proof.failures, "\n".join(map(str, proof.failures))


def test_some_section_runs_on_localstack():
    assert "m0-orientation/1-first-fix" in [section.id for section in SECTIONS]
