"""What a grader keeps from one submission to the next: nbgrader makes each anew, and none changes within a run."""

import functools
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import fastjsonschema
import nbgrader.api
from bleach.sanitizer import Cleaner
from fastjsonschema import JsonSchemaException
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]
from jsonschema.validators import validator_for  # type: ignore[import-untyped]
from nbconvert.preprocessors import sanitize
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import common


def keep_all() -> None:
    """From now on this process has one engine, one schema and one cleaner. All are patches: there are no settings."""
    _keep_engine()
    _keep_course()
    _keep_schema()
    _keep_cleaner()


def _keep_engine() -> None:
    """nbgrader opens the gradebook ten times for each submission, with a new engine that compiles every query again.

    Each time it looks for thirteen tables; a run has opened its gradebook, which makes them, before its graders start.
    A file that is closed is only opened again; a server's connections are given back, as it may go away and return.
    """
    create, look = nbgrader.api.create_engine, nbgrader.api.inspect

    @functools.cache
    def engine(url: str, **settings: Any) -> Any:
        made = create(url, **settings)
        if made.dialect.name == "sqlite":
            made.dispose = lambda: None
        return made

    @functools.cache
    def inspected(engine: Any) -> Any:
        names = look(engine).get_table_names()
        return SimpleNamespace(get_table_names=lambda: names)

    nbgrader.api.create_engine, nbgrader.api.inspect = engine, inspected
    tables = nbgrader.api.Base.metadata
    tables.create_all = functools.cache(tables.create_all)


def _keep_course() -> None:
    """Each opening asks whether the gradebook knows the course; what it once knew stays there."""
    look, known = Gradebook.check_course, set[tuple[str, str]]()

    def check_course(gradebook: Gradebook, course_id: str = "default_course", **details: Any) -> Any:
        place = str(gradebook.engine.url), course_id
        if place not in known or details:
            look(gradebook, course_id, **details)
            known.add(place)

    Gradebook.check_course = check_course


def _keep_schema() -> None:
    """nbgrader validates the marks of each cell by `jsonschema.validate`, which first validates the schema itself."""
    common.jsonschema = SimpleNamespace(validate=_validate)


def _keep_cleaner() -> None:
    """nbconvert makes a cleaner for each cell, which takes longer than to clean it; bleach makes them to be kept."""
    sanitize.clean = _cleaning()


def _cleaning() -> Callable[..., str]:
    """bleach's `clean`, with one cleaner for all texts that are cleaned alike."""
    cleaners: dict[str, Cleaner] = {}

    def clean(text: str, *, css_sanitizer: Any = None, **settings: Any) -> str:
        key = repr((sorted(settings.items()), getattr(css_sanitizer, "allowed_css_properties", None)))
        if key not in cleaners:
            cleaners[key] = Cleaner(css_sanitizer=css_sanitizer, **settings)
        cleaned: str = cleaners[key].clean(text)
        return cleaned

    return clean


def _validate(instance: Any, schema: Any) -> None:
    """What holds by the compiled schema holds; of what does not, jsonschema says whether and why."""
    compiled, validator = _validators(json.dumps(schema))
    try:
        compiled(instance)
    except JsonSchemaException:
        error = best_match(validator.iter_errors(instance))
        if error is not None:
            raise error from None


@functools.cache
def _validators(schema: str) -> tuple[Callable[[Any], Any], Any]:
    found = json.loads(schema)
    kind = validator_for(found)
    kind.check_schema(found)
    return fastjsonschema.compile(found, use_default=False), kind(found)
