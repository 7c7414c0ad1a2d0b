"""nbgrader's way from a notebook's file to the graded one, with one copy and one validation after the last step."""

import json
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import validator
from nbformat.v4.nbjson import BytesEncoder
from nbformat.v4.rwbase import split_lines, strip_transient


class GradedNotebook(NotebookExporter):  # type: ignore[misc]
    """Writes, byte for byte, what nbconvert's own writes.

    That copies a notebook that nobody else holds four times, and validates it again after it was validated.
    """

    def from_notebook_node(self, nb: Any, resources: Any = None, **options: Any) -> tuple[str, Any]:
        """Validated when it was read, as `nbformat.read` does, and after the last step. ValidationError: it is none."""
        _, nb = validator.normalize(nb)
        resources = self._init_resources(resources)
        for step in self._preprocessors:
            nb, resources = step(nb, resources)
        self._validate_preprocessor(nb, self._preprocessors[-1])
        resources["output_suffix"] = ".nbconvert"
        nb = strip_transient(split_lines(nb))
        text = json.dumps(nb, cls=BytesEncoder, indent=1, sort_keys=True, separators=(",", ": "), ensure_ascii=False)
        return text + "\n", resources
