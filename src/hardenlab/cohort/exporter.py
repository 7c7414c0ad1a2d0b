"""nbgrader's way from a notebook's file to the graded one: no copy, and one validation after the last step."""

import json
from json.encoder import encode_basestring as quoted
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat.v4.nbjson import BytesEncoder
from nbformat.v4.rwbase import split_lines, strip_transient


class GradedNotebook(NotebookExporter):  # type: ignore[misc]
    """Writes, byte for byte, what nbconvert's own writes.

    That copies a notebook that nobody else holds five times, and validates it again after it was validated.
    """

    def from_notebook_node(self, nb: Any, resources: Any = None, **options: Any) -> tuple[str, Any]:
        """Of a notebook that `nbformat.read` has read: that repairs and validates it. ValidationError: it is none."""
        resources = self._init_resources(resources)
        for step in self._preprocessors:
            nb, resources = step(nb, resources)
        self._validate_preprocessor(nb, self._preprocessors[-1])
        resources["output_suffix"] = ".nbconvert"
        return written(strip_transient(split_lines(nb))) + "\n", resources


def written(value: Any, indent: str = "\n") -> str:
    """JSON as nbformat writes it: json's own encoder of indented text goes through a generator for every value."""
    if isinstance(value, str):
        return quoted(value)
    deeper = indent + " "
    if isinstance(value, dict) and value:
        items = (f"{quoted(key)}: {written(value[key], deeper)}" for key in sorted(value))
        return f"{{{deeper}{f',{deeper}'.join(items)}{indent}}}"
    if isinstance(value, list) and value:
        lines = [quoted(one) if isinstance(one, str) else written(one, deeper) for one in value]
        return f"[{deeper}{f',{deeper}'.join(lines)}{indent}]"
    return json.dumps(value, cls=BytesEncoder)
