"""The law's result as text and as JUnit XML."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from hardenlab.law.result import Proof


def summary(proofs: Sequence[Proof]) -> str:
    """One line a section, then every failure with its reproduction line."""
    lines = []
    for section in dict.fromkeys(proof.section for proof in proofs):
        mine = [proof for proof in proofs if proof.section == section]
        failed = sum(len(proof.failures) for proof in mine)
        variants = len({proof.variant for proof in mine})
        claims = sum(proof.claims for proof in mine)
        seconds = sum(proof.seconds for proof in mine)
        verdict = "holds" if not failed else f"FAILS in {failed}"
        lines.append(f"{section}: {verdict} ({claims} claims, {variants} variants, {seconds:.0f} s)")
    lines += [f"\n{failure}" for proof in proofs for failure in proof.failures]
    return "\n".join(lines)


def junit(proofs: Sequence[Proof]) -> str:
    """A test case for each point, section and variant."""
    cases = []
    for proof in proofs:
        name, where = quoteattr(f"{proof.point} [{proof.variant}]"), quoteattr(proof.section)
        failures = "".join(
            f"<failure message={quoteattr(failure.about)}>{escape(_printable(str(failure)))}</failure>"
            for failure in proof.failures
        )
        cases.append(f'<testcase classname={where} name={name} time="{proof.seconds:.2f}">{failures}</testcase>')
    failed = sum(bool(proof.failures) for proof in proofs)
    head = f'<testsuite name="hardenlab law" tests="{len(proofs)}" failures="{failed}">'
    return f'<?xml version="1.0" encoding="utf-8"?>\n{head}{"".join(cases)}</testsuite>\n'


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)
