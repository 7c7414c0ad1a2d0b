"""A question that a learner answers: what may be answered, which answer is right, and why another is not."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hardenlab.model.problem import UsageProblem

MAX_ANSWER = 2_000
NUMBER = re.compile(r"-?\d{1,15}")


class Kind(StrEnum):
    """What an answer is: one choice, a set of choices, a whole number, or a word (an id, an address, a name)."""

    CHOICE = "choice"
    SET = "set"
    NUMBER = "number"
    WORD = "word"


@dataclass(frozen=True)
class Question:
    """Text, choices, the right answer, and `because`: by wrong answer (or wrongly taken choice) why it is wrong.

    `answer` is normal: a set's choices sorted and joined by ", ", a number's digits, a word in small letters.
    `drawn` names the function of the scenario that draws the question for a variant; the rest is empty until then.
    """

    kind: Kind
    text: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""
    because: Mapping[str, str] = field(default_factory=dict)
    drawn: str = ""

    def normal(self, value: Any) -> str:
        """An answer in its normal form. UsageProblem: it is none of what may be answered."""
        text = _joined(value) if isinstance(value, list | tuple | set | frozenset) else str(value).strip()
        text = text[:MAX_ANSWER]
        if self.kind is Kind.SET:
            taken = {part.strip() for part in text.split(",") if part.strip()}
            foreign = sorted(taken - set(self.choices))
            if foreign or not taken:
                what = f"'{foreign[0][:60]}' is none" if foreign else "an empty answer is none"
                raise UsageProblem(f"{what} of the choices {', '.join(self.choices)}. Give a list of them.")
            return _joined(taken)
        if self.kind is Kind.CHOICE and text not in self.choices:
            raise UsageProblem(f"'{text[:60]}' is none of the choices {', '.join(self.choices)}.")
        if self.kind is Kind.NUMBER:
            if not NUMBER.fullmatch(text):
                raise UsageProblem(f"'{text[:60]}' is no whole number.")
            return str(int(text))
        return text.casefold() if self.kind is Kind.WORD else text

    def is_right(self, value: str) -> bool:
        """Whether a recorded answer is the right one; what was never an answer is not."""
        try:
            return self.normal(value) == self.answer
        except UsageProblem:
            return False

    def why_not(self, value: str) -> str:
        """What the learner reads about a wrong answer."""
        if self.kind is not Kind.SET:
            return self.because.get(value, "that is not the answer")
        taken, right = set(value.split(", ")), set(self.answer.split(", "))
        wrong = [f"{choice}: {self.because[choice]}" for choice in sorted(taken - right) if choice in self.because]
        if wrong:
            return " ".join(wrong)
        missing = len(right - taken)
        return f"what you chose is right, and {missing} {'is' if missing == 1 else 'are'} missing"

    def to_json(self) -> dict[str, Any]:
        """All of it, the answer too: for the process that judges, never for the learner's."""
        return {
            "kind": self.kind.value,
            "text": self.text,
            "choices": dict(self.choices),
            "answer": self.answer,
            "because": dict(self.because),
            "drawn": self.drawn,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Question":
        return cls(**{**data, "kind": Kind(data["kind"])})


def ask(
    text: str,
    *,
    answer: str | int | Iterable[str],
    choices: Mapping[str, str] | None = None,
    because: Mapping[Any, str] | None = None,
) -> Question:
    """A question: of a set when the answer is a list, a number when it is one, a choice when there are choices.

    Every choice that is wrong needs its reason in `because`; of a set, those that are right and easily missed may have
    one as well. ValueError says what is missing.
    """
    offered = {str(key): str(value) for key, value in (choices or {}).items()}
    kind = _kind(answer, offered)
    reasons = {str(key): str(value) for key, value in (because or {}).items()}
    if kind is Kind.WORD:
        reasons = {key.casefold(): value for key, value in reasons.items()}
    bare = Question(kind, text, offered, "", reasons)
    try:
        question = Question(kind, text, offered, bare.normal(answer), reasons)
    except UsageProblem as error:
        raise ValueError(f"the answer does not fit: {error}") from error
    silent = set(offered) - set(question.answer.split(", ")) - set(reasons)
    if silent:
        raise ValueError(f"`because` must say why {', '.join(sorted(silent))} is wrong")
    return question


def _kind(answer: object, choices: Mapping[str, str]) -> Kind:
    if isinstance(answer, int) and not isinstance(answer, bool):
        return Kind.NUMBER
    if isinstance(answer, str):
        return Kind.CHOICE if choices else Kind.WORD
    if len(choices) < 2:
        raise ValueError("a list as the answer needs `choices` to choose from")
    return Kind.SET


def _joined(values: Iterable[Any]) -> str:
    return ", ".join(sorted(str(value).strip() for value in values))
