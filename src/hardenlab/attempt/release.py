"""What a released lab says of its variants: `<lab>/variants.json`, beside the notebooks, equal for all learners.

It holds the release's key and seeds, drawn from the course's secret, so that a learner's own id is all that is needed
to find the variant: no list of names travels with a release. Whoever holds a release can compute anybody's variant.
Standard library only: the attempt's client reads it too.
"""

import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardenlab.model.problem import UsageProblem

NAME = "variants.json"
FORMAT = 1
LEARNER_VARIABLES = ("HARDENLAB_LEARNER", "JUPYTERHUB_USER")
MAX_BYTES = 1_000_000
LEARNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")


@dataclass(frozen=True)
class Release:
    """One lab as it was released: of which course, and how a learner's variant is drawn. No variants: one each."""

    course: str
    lab: str
    key: str
    variants: tuple[str, ...]

    def variant_of(self, learner: str) -> str:
        """The variant of a learner's id: HMAC-SHA256 of the id, modulo the number of variants."""
        drawn = hmac.digest(self.key.encode(), checked_learner(learner).encode(), hashlib.sha256)
        if not self.variants:
            return f"{self.lab}-{drawn.hex()[:24]}"
        return self.variants[int.from_bytes(drawn) % len(self.variants)]

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "course": self.course,
            "lab": self.lab,
            "key": self.key,
            "variants": list(self.variants),
        }


def read_release(folder: Path) -> Release | None:
    """The release of the lab in this folder; None where the folder is no release."""
    path = folder / NAME
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _broken(path)
        return _release(json.loads(path.read_bytes()), path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise _broken(path) from error


def checked_learner(learner: str) -> str:
    """The id of a learner, if it can be a folder's name and travel through nbgrader's exchange."""
    if not LEARNER.fullmatch(learner):
        raise UsageProblem(
            f"'{learner[:100]}' cannot be a learner's id: letters, digits and . _ @ - only, 100 characters at most, "
            "beginning with a letter or a digit."
        )
    return learner


def learner_named(known: str | None = None, environment: Mapping[str, str] = os.environ) -> str | None:
    """Who works here: as told to `hardenlab open --learner`, else HARDENLAB_LEARNER, else JupyterHub's user."""
    named = [known, *(environment.get(name) for name in LEARNER_VARIABLES)]
    return next((name for name in named if name), None)


def _release(data: Any, path: Path) -> Release:
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise _broken(path)
    variants, texts = data.get("variants"), [data.get(name) for name in ("course", "lab", "key")]
    if not isinstance(variants, list) or not all(isinstance(text, str) and text for text in (*texts, *variants)):
        raise _broken(path)
    return Release(str(data["course"]), str(data["lab"]), str(data["key"]), tuple(variants))


def _broken(path: Path) -> UsageProblem:
    return UsageProblem(f"{path} is not what this hardenlab releases a lab with. Fetch the lab again.")
