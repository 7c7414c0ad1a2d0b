"""Put the environments and the course inside the wheel, under `hardenlab/`."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BundleCourse(BuildHookInterface):
    """The repository root is a course; the wheel carries it so that `pip install hardenlab` is enough."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":  # a checkout finds these folders where they are
            return
        build_data["force_include"].update(
            {
                "environments": "hardenlab/environments",
                "labs": "hardenlab/bundled_course/labs",
                "graders": "hardenlab/bundled_course/graders",
                "hidden": "hardenlab/bundled_course/hidden",
                "scenarios": "hardenlab/bundled_course/scenarios",
            }
        )
