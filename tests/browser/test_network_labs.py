"""The network labs in a real browser, as an instructor and as a learner see them."""

import pytest

from hardenlab.course.load import load_course
from hardenlab.notebook.build import write_notebook
from helpers.direct import CHECKOUT
from helpers.jupyterlab import Notebook

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


def test_the_instructors_notebook_fails_first_and_earns_every_point_at_the_end(workspace, jupyterlab, page, screenshot):
    course = load_course(CHECKOUT)
    write_notebook(course, course.section(SECTION), workspace.notebook(SECTION), solutions=True)
    notebook = Notebook(page, jupyterlab())
    notebook.run_all()
    assert notebook.errors() == []
    first, *_, last = notebook.results()
    assert first["earned"] == 0
    assert {finding["verdict"] for task in first["tasks"] for finding in task["findings"]} == {"FAILED", "PASSED"}
    assert last["earned"] == last["points"] == 32
    notebook.show("check-everything")
    assert page.get_by_text("32 of 32 points, all 12 tasks passed").count()
    for theme in ("Light", "Dark"):
        screenshot(f"everything-{theme.lower()}", theme)


@pytest.mark.parametrize("notebook_name", ["2-segmentation", "3-dns", "4-edge"])
def test_the_other_sections_earn_every_point_too(workspace, jupyterlab, page, screenshot, notebook_name):
    course = load_course(CHECKOUT)
    section = course.section(f"m3-network/{notebook_name}")
    write_notebook(course, section, workspace.notebook(section.id), solutions=True)
    notebook = Notebook(page, jupyterlab(section.id))
    notebook.run_all()
    assert notebook.errors() == []
    first, *_, last = notebook.results()
    assert first["earned"] == 0
    assert last["earned"] == last["points"] == section.public().points
    notebook.show("check-everything")
    done = "public checks passed" if section.public().withheld else f"all {len(section.tasks)} tasks passed"
    assert page.get_by_text(done).count()
    for theme in ("Light", "Dark"):
        screenshot(f"{notebook_name}-{theme.lower()}", theme)


def test_a_picture_of_the_account_is_drawn(jupyterlab, page, screenshot):
    notebook = Notebook(page, jupyterlab())
    notebook.run(SETUP)
    notebook.run(f"check-{SSH}", "lab.map()")
    notebook.show(f"check-{SSH}")
    drawn = page.locator(".jp-RenderedMarkdown .jp-RenderedMermaid svg, .jp-RenderedMarkdown .jp-RenderedMermaid img")
    drawn.first.wait_for(timeout=30_000)
    screenshot("map")


def test_a_learner_mends_one_thing_and_sees_what_is_left(jupyterlab, page, screenshot):
    notebook = Notebook(page, jupyterlab())
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
