"""Load a course's Python files by path, as siblings of one package per folder, without touching `sys.path`."""

import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from hardenlab.model.problem import ContentProblem

T = TypeVar("T")


def load_modules(course: Path, folder: str) -> dict[str, ModuleType]:
    """Every module of `course/folder`, by file name. A file whose name starts with `_` is a helper, not content."""
    files = sorted((course / folder).glob("*.py"))
    package = _package(course, course / folder) if files else ""
    return {path.stem: _load(package, path) for path in files if not path.stem.startswith("_")}


def load_module(course: Path, path: Path) -> ModuleType:
    """One file. An error in it becomes one sentence with file and line."""
    return _load(_package(course, path.parent), path)


def _load(package: str, path: Path) -> ModuleType:
    name = f"{package}.{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise ContentProblem(
            f"{_where(error, path)}: {type(error).__name__}: {error}. Mend the file and try again."
        ) from error
    return module


def of_kind(module: ModuleType, kind: type[T]) -> Iterator[T]:
    """The records of one kind that the module itself defines, in the order of the file."""
    return (thing for thing in vars(module).values() if isinstance(thing, kind) and _defined_in(thing, module))


def _defined_in(thing: object, module: ModuleType) -> bool:
    return getattr(getattr(thing, "function", None), "__module__", module.__name__) == module.__name__


def _package(course: Path, folder: Path) -> str:
    """A package for the folder, so that files in it may import their siblings with `from . import x`."""
    course, folder = course.resolve(), folder.resolve()
    digest = hashlib.sha256(str(course).encode()).hexdigest()[:12]
    parts = folder.relative_to(course).parts
    name, folder = f"hardenlab_course_{digest}", course
    _ensure_package(name, folder)
    for part in parts:
        folder = folder / part
        name = f"{name}.{part.replace('-', '_')}"
        _ensure_package(name, folder)
    return name


def _ensure_package(name: str, folder: Path) -> None:
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package


def _where(error: Exception, path: Path) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f"{path}:{frames[-1].lineno}" if frames else str(path)
