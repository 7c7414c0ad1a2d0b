"""What a person did, wrote or has that stops the work, told in one sentence."""


class Problem(Exception):
    """Something a person can mend: the message says what is wrong, where, and what to do. Never a traceback."""

    exit_code = 1

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback."""
        return [str(self)]


class UsageProblem(Problem):
    """The command was asked for something that does not exist or does not fit."""

    exit_code = 2


class ContentProblem(Problem):
    """A course, lab, scenario, control or notebook is broken: its author mends it."""

    exit_code = 1


class JournalProblem(Problem):
    """A journal cannot be read or replayed as it is; nothing of it has been changed."""

    exit_code = 1


class EnvironmentProblem(Problem):
    """The emulated account, or a program it needs, does not work."""

    exit_code = 3


LISTED = 12


def nearest(word: str, known: "list[str] | set[str] | dict[str, object]") -> str:
    """ " Did you mean 'x'?" for the closest known word, or some of what there is when nothing is close."""
    from difflib import get_close_matches

    names = sorted(known)
    close = get_close_matches(word, names, n=2, cutoff=0.5)
    if close:
        return " Did you mean " + " or ".join(f"'{name}'" for name in close) + "?"
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f" There is: {', '.join(names[:LISTED])}{more}." if names else " There is none yet."
