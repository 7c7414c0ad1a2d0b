"""References of a control: known forms only, and ids of versioned benchmarks carry their version."""

import re

from hardenlab.model.content import Control
from hardenlab.model.problem import ContentProblem

FORMS = {
    "SecurityHub": r"SecurityHub [A-Za-z0-9]+\.\d+",
    "CIS": r"CIS v\d+\.\d+(\.\d+)? \d+(\.\d+)*",
    "course": r"course \d+\.\d+",
    "AWS": r"AWS [^:]+: .+",
    "NIST": r"NIST .+",
}


def check_references(control: Control) -> None:
    """Raise a ContentProblem with file and line for a reference that names nothing one can look up."""
    for reference in control.references:
        kind = reference.split(" ", 1)[0]
        form = FORMS.get(kind)
        if form is None:
            raise ContentProblem(
                f"{control.where}: the reference '{reference}' starts with none of {', '.join(FORMS)}."
            )
        if not re.fullmatch(form, reference):
            hint = ' A CIS id carries its version: "CIS v5.0 5.3".' if kind == "CIS" else ""
            raise ContentProblem(f"{control.where}: the reference '{reference}' is not of the form /{form}/.{hint}")
