"""The first lab on LocalStack, as a learner does it: the account started, the instructor's notebook, every point."""

import pytest

from hardenlab.course.load import load_course
from hardenlab.environment import find_environment
from hardenlab.law.run import prove_point, proving_ground
from helpers.direct import CHECKOUT

pytestmark = [pytest.mark.xdist_group("environment localstack"), pytest.mark.kernel]
COURSE = load_course(CHECKOUT)
SECTION = COURSE.section("m0-orientation")


@pytest.fixture(scope="module")
def ground(localstack):
    with proving_ground(COURSE, find_environment(f"localstack@{localstack.url()}")) as ground:
        yield ground


@pytest.mark.parametrize("point", ["2 kernel", "2 solutions", "6 repeatable"])
def test_the_first_lab_holds_on_localstack(ground, point):
    proof = prove_point(ground, SECTION, point, "law-1")
    assert proof.claims > 1
    assert not proof.failures, "\n".join(map(str, proof.failures))
