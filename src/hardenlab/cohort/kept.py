"""What a grader keeps from one submission to the next: nbgrader makes each anew, and none changes within a run."""

import functools
import json
from types import SimpleNamespace
from typing import Any

import nbgrader.api
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]
from jsonschema.validators import validator_for  # type: ignore[import-untyped]
from nbgrader.nbgraderformat import common


def keep_all() -> None:
    """From now on this process has one engine and one schema. Both are patches: nbgrader has no setting for them."""
    _keep_engine()
    _keep_schema()


def _keep_engine() -> None:
    """nbgrader opens the gradebook ten times for each submission, with a new engine that compiles every query again.

    Each time it looks for thirteen tables; a run has opened its gradebook, which makes them, before its graders start.
    """
    nbgrader.api.create_engine = functools.cache(nbgrader.api.create_engine)
    nbgrader.api.inspect = functools.cache(nbgrader.api.inspect)
    tables = nbgrader.api.Base.metadata
    tables.create_all = functools.cache(tables.create_all)


def _keep_schema() -> None:
    """nbgrader validates the marks of each cell by `jsonschema.validate`, which first validates the schema itself."""
    common.jsonschema = SimpleNamespace(validate=_validate)


def _validate(instance: Any, schema: Any) -> None:
    error = best_match(_validator(json.dumps(schema)).iter_errors(instance))
    if error is not None:
        raise error


@functools.cache
def _validator(schema: str) -> Any:
    found = json.loads(schema)
    kind = validator_for(found)
    kind.check_schema(found)
    return kind(found)
