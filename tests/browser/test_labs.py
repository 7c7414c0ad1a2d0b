"""The labs in a real browser, as an instructor and as a learner see them: a new section needs no new test."""

import pytest

from hardenlab.attempt.client import ensure_running
from hardenlab.course.load import load_course
from hardenlab.notebook.build import write_notebook
from helpers.direct import CHECKOUT
from helpers.jupyterlab import Notebook

pytestmark = pytest.mark.xdist_group("labs-in-a-browser")  # one JupyterLab for all
SECTION = "m3-network/1-perimeter"
SSH, RDP = "ec2_instance_ssh_not_reachable_from_internet", "ec2_instance_rdp_not_reachable_from_internet"
SETUP = "setup"
CLOSE_SSH = """\
# Revoke what admits anybody but lab.facts["office"] to the bastion.
group = lab.facts["bastion_group"]
of_group = [{"Name": "group-id", "Values": [group]}]
for rule in ec2.describe_security_group_rules(Filters=of_group)["SecurityGroupRules"]:
    if not rule["IsEgress"] and rule.get("CidrIpv4") != lab.facts["office"]:
        ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])"""
COURSE = load_course(CHECKOUT)


@pytest.fixture
def opened(workspace, jupyterlab, page):
    """Opens a section's notebook, on an account as it was at first; `solutions`: the instructor's."""

    def open_notebook(section=SECTION, solutions=False):
        write_notebook(COURSE, COURSE.section(section), workspace.notebook(section), solutions=solutions)
        ensure_running(workspace, section).ask("reset")
        return Notebook(page, jupyterlab(section))

    return open_notebook


@pytest.mark.parametrize("section", COURSE.sections, ids=lambda section: section.id)
def test_the_instructors_notebook_fails_first_and_earns_every_point_at_the_end(opened, page, screenshot, section):
    notebook = opened(section.id, solutions=True)
    notebook.run_all()
    assert notebook.errors() == []
    first, *_, last = notebook.results()
    assert first["earned"] == 0
    assert {finding["verdict"] for task in first["tasks"] for finding in task["findings"]} == {"FAILED", "PASSED"}
    assert last["earned"] == last["points"] == section.public().points
    notebook.show("check-everything")
    done = "public checks passed" if section.public().withheld else f"all {len(section.tasks)} tasks passed"
    points = f"{last['points']:g} of {last['points']:g} points"
    assert page.get_by_text(f"{points}, {done}").count()
    for theme in ("Light", "Dark"):
        screenshot(f"{section.notebook}-{theme.lower()}", theme)


def test_a_picture_of_the_account_is_drawn(opened, page, screenshot):
    notebook = opened()
    notebook.run(SETUP)
    notebook.run(f"check-{SSH}", "lab.map()")
    notebook.show(f"check-{SSH}")
    drawn = page.locator(".jp-RenderedMarkdown .jp-RenderedMermaid svg, .jp-RenderedMarkdown .jp-RenderedMermaid img")
    drawn.first.wait_for(timeout=30_000)
    screenshot("map")


def test_a_learner_mends_one_thing_and_sees_what_is_left(opened, page, screenshot):
    notebook = opened()
    notebook.run(SETUP)
    screenshot("overview")
    notebook.run(f"answer-{SSH}", CLOSE_SSH)
    notebook.run(f"check-{SSH}")
    notebook.run(f"check-{RDP}")
    assert [result["tasks"][0]["status"] for result in notebook.results()] == ["passed", "failed"]
    notebook.show(f"check-{RDP}")
    page.get_by_text("how it is shown").filter(visible=True).first.click()
    notebook.show(f"answer-{SSH}")
    assert page.get_by_text("PASSED", exact=True).filter(visible=True).count()
    assert page.get_by_text("FAILED", exact=True).filter(visible=True).count()
    screenshot("lab")
    screenshot("lab-dark", "Dark")
    notebook.run(f"check-{RDP}", 'lab.check("ec2_instance_rdp")')
    (mistake,) = notebook.errors()
    assert mistake.startswith("this section has no task 'ec2_instance_rdp'. Did you mean")
    assert not page.get_by_text("Traceback").count()
