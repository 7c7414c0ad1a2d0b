"""The report on a lab in a real browser: it opens without a network, and nothing in it runs."""

import pytest

from hardenlab.cohort.report.page import html_page
from helpers.report import report_of

OWN = "document.title='OWNED'"
HOSTILE = f'<script>{OWN}</script><img src=x onerror="{OWN}"><style>*{{display:none}}</style>'
INSERT = f"document.body.append(Object.assign(document.createElement('script'), {{text: \"{OWN}\"}}))"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_shows_what_learners_wrote_and_runs_none_of_it(page, tmp_path, scheme):
    place = tmp_path / "report.html"
    place.write_text(html_page(report_of(HOSTILE, 40)))
    complaints, requests = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: requests.append(request.url))
    page.emulate_media(color_scheme=scheme)
    page.goto(place.as_uri())
    assert page.title() == "Tiny: report"
    assert complaints == [] and requests == [place.as_uri()]
    assert page.get_by_text("<script>document.title='OWNED'</script>").first.is_visible()
    light = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert light is (scheme == "light")
    whole = page.viewport_size
    for width in (whole["width"], 480):
        page.set_viewport_size({"width": width, "height": whole["height"]})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out of the page"
    page.set_viewport_size(whole)
    page.locator("summary").first.click()
    assert page.locator("details[open] svg rect.check").count() == 1
    # the policy holds even where something would slip through: an inserted script is refused
    page.evaluate(INSERT)
    assert page.title() == "Tiny: report"
