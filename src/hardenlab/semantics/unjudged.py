"""What an evaluator raises instead of guessing."""


class Unjudged(Exception):
    """The model cannot judge this question; the text says why. Never a yes and never a no."""

    @property
    def reason(self) -> str:
        return str(self)
