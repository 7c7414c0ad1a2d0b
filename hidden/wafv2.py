"""Hidden controls of AWS WAF: judged in grading, and in no learner's copy."""

from hardenlab import HIGH, PATH, control

from ..graders.wafv2 import READER, all_blocked

OTHER_SPELLINGS = ("/AD%4DIN", "//admin", "/./admin/articles", "/news/../admin", "/news/%2E%2e/Admin/users")


@control(
    severity=HIGH,
    layer=PATH,
    references=("course 3.47", "AWS WAF: Text transformations"),
)
def wafv2_closed_page_has_no_other_spelling(account):
    """The editors' page is closed to everybody else in spellings that the public check does not send.

    Judged by requests, as the site's server reads them: it decodes a path, cleans it up and ignores case.

    ## Why it matters
    Whoever lists the spellings that were tried has closed those. The next scanner brings others: two slashes, a dot, a
    step into a folder and back.

    ## Remediation
    Bring every path into one form before it is compared: the transformations URL_DECODE, NORMALIZE_PATH and LOWERCASE.
    """
    yield all_blocked(account, "spellings", [(READER, path, {"country": "DE"}) for path in OTHER_SPELLINGS])
