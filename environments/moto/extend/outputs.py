"""An answer must fit botocore's model: a member that the model does not know would be dropped in silence."""

from typing import Any


def check_output(shape: Any, value: Any, path: str = "") -> None:
    """Raise TypeError for a member that the output shape lacks, whatever its depth."""
    if value is None:
        return
    if shape is None:
        if value:
            raise TypeError(f"the operation answers nothing, not {value!r}")
    elif shape.type_name == "structure" and isinstance(value, dict):
        for name, item in value.items():
            if name not in shape.members:
                raise TypeError(f"the output shape has no member {path}{name}")
            check_output(shape.members[name], item, f"{path}{name}.")
    elif shape.type_name == "list" and isinstance(value, list):
        for item in value:
            check_output(shape.member, item, path)
    elif shape.type_name == "map" and isinstance(value, dict):
        for item in value.values():
            check_output(shape.value, item, path)
