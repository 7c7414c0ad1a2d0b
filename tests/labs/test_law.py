"""The law over every section of the course: a new lab needs no new test."""

import pytest

from hardenlab.course.load import load_course
from hardenlab.law.run import ONCE, POINTS, prove_point, proving_ground
from helpers.direct import CHECKOUT

VARIANTS = ("law-1", "law-2", "law-3")
COURSE = load_course(CHECKOUT)


@pytest.fixture(scope="module")
def ground():
    with proving_ground(COURSE) as ground:
        yield ground


def grouped(section, variant):
    """One process proves all points of a section and variant, so that what it seeds is seeded once for them."""
    return pytest.mark.xdist_group(f"{section.id}-{variant}")


CASES = [
    pytest.param(section, variant, id=f"{section.id}-{variant}", marks=grouped(section, variant))
    for section in COURSE.sections
    for variant in VARIANTS
]
SECTIONS = [pytest.param(section, id=section.id, marks=grouped(section, VARIANTS[0])) for section in COURSE.sections]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("section", "variant"), CASES)
def test_the_law_holds(ground, section, point, variant):
    proof = prove_point(ground, section, point, variant)
    assert proof.claims
    assert not proof.failures, "\n".join(map(str, proof.failures))


@pytest.mark.kernel
@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("point", ONCE)
def test_the_law_holds_once(ground, section, point):
    proof = prove_point(ground, section, point, VARIANTS[0])
    assert proof.claims
    assert not proof.failures, "\n".join(map(str, proof.failures))
