"""Cases of a control, `(control, name, change, words)`, and what its findings must say after the change."""

import pytest


def named(cases):
    """The cases as parameters `control`, `change`, `words`."""
    return [pytest.param(control, change, words, id=f"{control}: {name}") for control, name, change, words in cases]


def assert_fails(findings, words):
    """A finding fails and says the words; answers all that fail."""
    failed = _of(findings, "FAILED")
    assert any(words in finding.message for finding in failed), _messages(findings)
    return failed


def assert_passes(findings, words):
    """Every finding passes, and one says the words."""
    assert {finding.verdict.value for finding in findings} == {"PASSED"}, _messages(findings)
    assert any(words in finding.message for finding in findings), _messages(findings)


def assert_doubted(findings, words):
    """A finding cannot be judged and says the words."""
    assert any(words in finding.message for finding in _of(findings, "UNKNOWN")), _messages(findings)


def assert_agrees(findings, good):
    """The findings are those of an oracle: `good` says of each resource whether it is as it should be.

    Answers the verdicts that were due, so that a test can ask for both.
    """
    expected = {id: "PASSED" if holds else "FAILED" for id, holds in good.items()}
    assert {finding.resource: finding.verdict.value for finding in findings} == expected
    return set(expected.values())


def _of(findings, verdict):
    return [finding for finding in findings if finding.verdict.value == verdict]


def _messages(findings):
    return [f"{finding.verdict.value} {finding.message}" for finding in findings]
