"""What `lab.map()` draws of the labs' accounts."""

import pytest

from hardenlab.law.ground import Ground


def drawn(ground: Ground, flags):
    section = ground.course.section("m3-network/4-edge")
    with ground.world(section, "graders-1", flags=flags) as world, ground.live(section, world) as live:
        return live.attempt.map()["mermaid"]


@pytest.mark.parametrize(
    ("flags", "way"), [(("route_past_firewall",), '|"out by NAT"|'), ((), '|"out, as a firewall decides"|')]
)
def test_the_way_out_is_told_from_the_way_through_the_firewall(ground, flags, way):
    picture = drawn(ground, flags)
    assert [line for line in picture.splitlines() if way in line], picture
