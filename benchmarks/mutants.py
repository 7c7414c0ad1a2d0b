"""Break evaluators in one place at a time and count how many breaks the tests notice: python -m benchmarks.mutants iam

Each mutant is a small change of the syntax tree (a comparison turned, `and` for `or`, a condition negated, a constant
moved by one, a set operation exchanged). Nothing is written: a forked process loads the changed module in the place of
the right one and runs the evaluator's tests in it until one fails.
"""

import argparse
import ast
import importlib.abc
import importlib.machinery
import importlib.util
import io
import os
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType

ROOT = Path(__file__).resolve().parent.parent
SEMANTICS = ROOT / "src" / "hardenlab" / "semantics"
TESTS = ROOT / "tests" / "engine" / "semantics"
LIMIT = 180
TARGET = 0.9
NOTICED, SURVIVED = 0, 1
# what only words or speed hang on
UNTOUCHED = ("__str__", "__repr__", "explain", "tell")

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
OPERATIONS: dict[type[ast.operator], type[ast.operator]] = {
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Sub: ast.Add, ast.Add: ast.Sub, ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A place in a module and what is changed there; `number` is the change's place in the order of the walk."""

    path: Path
    number: int
    line: int
    change: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.change}"

    @property
    def module(self) -> str:
        parts = self.path.relative_to(ROOT / "src").with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


class Changer(ast.NodeTransformer):
    """Walks a module, counts what can be changed, and changes the one place whose number is asked for."""

    def __init__(self, wanted: int | None = None) -> None:
        self.wanted = wanted
        self.found: list[tuple[int, str]] = []

    def _here(self, node: ast.AST, change: str) -> bool:
        self.found.append((getattr(node, "lineno", 0), change))
        return len(self.found) - 1 == self.wanted

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if node.name in UNTOUCHED:
            return node
        node.body = [self.visit(child) for child in node.body]  # neither annotations nor decorators
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        return node if any(name.isupper() for name in names) else self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        for place, operator in enumerate(node.ops):
            other = COMPARISONS.get(type(operator))
            if other and self._here(node, f"{type(operator).__name__} becomes {other.__name__}"):
                node.ops[place] = other()
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        if self._here(node, f"{type(node.op).__name__} becomes {other.__name__}"):
            node.op = other()
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        other = OPERATIONS.get(type(node.op))
        if other and self._here(node, f"{type(node.op).__name__} becomes {other.__name__}"):
            node.op = other()
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not) and self._here(node, "`not` is left out"):
            return node.operand
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        if self._here(node, "the condition is negated"):
            node.test = ast.copy_location(ast.UnaryOp(ast.Not(), node.test), node.test)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        if self._here(node, "the choice is exchanged"):
            node.body, node.orelse = node.orelse, node.body
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool):
            if self._here(node, f"{node.value} becomes {not node.value}"):
                return ast.copy_location(ast.Constant(not node.value), node)
        elif isinstance(node.value, int) and self._here(node, f"{node.value} becomes {node.value + 1}"):
            return ast.copy_location(ast.Constant(node.value + 1), node)
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        self.generic_visit(node)
        simple = node.value is None or isinstance(node.value, ast.Constant)
        if not simple and self._here(node, "None is returned"):
            node.value = ast.copy_location(ast.Constant(None), node)
        return node


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every mutant of a module."""
    changer = Changer()
    changer.visit(ast.parse(path.read_text()))
    for number, (line, change) in enumerate(changer.found):
        yield Mutant(path, number, line, change)


def changed(mutant: Mutant) -> CodeType:
    tree = Changer(mutant.number).visit(ast.parse(mutant.path.read_text()))
    return compile(ast.fix_missing_locations(tree), str(mutant.path), "exec")


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads the changed module in the place of the right one."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(self, name: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if name != self._mutant.module:
            return None
        return importlib.util.spec_from_file_location(name, self._mutant.path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(changed(self._mutant), module.__dict__)


def try_mutant(mutant: Mutant, tests: Sequence[str]) -> int:
    """0 when the tests notice (or never end), 1 when they pass all the same. Runs in a fork."""
    child = os.fork()
    if child == 0:
        os.setsid()
        signal.alarm(LIMIT)
        sys.meta_path.insert(0, Finder(mutant))
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            import pytest

            code = pytest.main([*tests, "-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no"])
        os._exit(SURVIVED if code == 0 else NOTICED)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else NOTICED


def check(name: str, most: int, seed: int) -> float:
    """The share of an evaluator's mutants that its tests notice; prints those that they do not."""
    modules = sorted((SEMANTICS / name).rglob("*.py"))
    every = [mutant for path in modules for mutant in mutants_of(path)]
    drawn = sorted(random.Random(seed).sample(every, min(most, len(every))), key=str)
    tests = [str(TESTS / name)]
    started, survivors = time.monotonic(), []
    for number, mutant in enumerate(drawn, start=1):
        if try_mutant(mutant, tests) == SURVIVED:
            survivors.append(mutant)
            print(f"  not noticed: {mutant}", flush=True)
        if number % 20 == 0:
            print(f"  {number} of {len(drawn)}, {time.monotonic() - started:.0f} s", flush=True)
    share = 1 - len(survivors) / len(drawn) if drawn else 0.0
    print(
        f"{name}: {len(drawn) - len(survivors)} of {len(drawn)} mutants noticed ({share:.0%}), of {len(every)} in all"
    )
    return share


def main() -> int:
    names = sorted(path.parent.name for path in SEMANTICS.glob("*/__init__.py") if (TESTS / path.parent.name).is_dir())
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("evaluators", nargs="*", default=names, help=f"which: {', '.join(names)}")
    parser.add_argument("--most", type=int, default=100, help="how many mutants of each")
    parser.add_argument("--seed", type=int, default=0, help="which of them")
    options = parser.parse_args()
    unknown = set(options.evaluators) - set(names)
    if unknown:
        parser.error(f"there is no evaluator {', '.join(sorted(unknown))}")
    import pytest  # noqa: F401  loaded once for all forks

    shares = [check(name, options.most, options.seed) for name in options.evaluators]
    return 0 if all(share >= TARGET for share in shares) else 1


if __name__ == "__main__":
    sys.exit(main())
