"""The ways to break a source file in one place, as changed syntax trees."""

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.Mod: ast.Add,
}
TWINS = {"min": "max", "max": "min", "any": "all", "all": "any"}
# what these say is read by people; the verdict is the same whatever they say
TELLING = frozenset({"Malformed", "ValueError", "refuse", "Unjudged", "CannotJudge", "fixed", "shown", "TypeError"})
# what is drawn has no right value: a story is as good with other numbers
DRAWN = frozenset({"randint", "random", "choice", "choices", "sample", "expovariate", "wait", "talk"})

UNTOUCHED = (ast.JoinedStr, ast.Raise, ast.Import, ast.ImportFrom, ast.Assert)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with one change. `key` names it in the same way as long as the line is the same."""

    path: Path
    line: int
    source: str
    """The line, without its indentation."""
    change: str
    site: int
    """Which of the file's places, in the order of `_sites`."""
    which: int
    """Which of that place's changes."""
    functions: tuple[int, ...]
    """The first lines of the functions that hold the change, from the outermost in; none at the level of the module."""

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.path.name, self.source, self.change)

    def tree(self) -> ast.Module:
        """The changed file. Made when it is asked for: of thousands that are drawn from, few are tried."""
        changed = ast.parse(self.path.read_text())
        node, _ = next(islice(_sites(changed), self.site, None))
        _, apply = next(islice(_changes(node), self.which, None))
        apply()
        return ast.fix_missing_locations(changed)

    def __str__(self) -> str:
        return f"{self.path.name}:{self.line}: {self.change}: {self.source}"


def mutants(path: Path) -> Iterator[Mutant]:
    """Every single change to a file, in the order of its lines."""
    text = path.read_text()
    lines = text.splitlines()
    for site, (node, functions) in enumerate(_sites(ast.parse(text))):
        for which, (change, _) in enumerate(_changes(node)):
            line = (node.target if isinstance(node, ast.comprehension) else node).lineno
            yield Mutant(path, line, lines[line - 1].strip(), change, site, which, functions)


def rank(mutant: Mutant, seed: int) -> str:
    """A drawn order that stays as it is when other lines change."""
    return hashlib.sha256(f"{seed}/{mutant.key}".encode()).hexdigest()


def _sites(tree: ast.Module) -> Iterator[tuple[ast.AST, tuple[int, ...]]]:
    """The nodes that may be changed, with their functions; texts for people and types are left alone."""
    waiting: list[tuple[ast.AST, tuple[int, ...]]] = [(tree, ())]
    while waiting:
        node, functions = waiting.pop()
        inner = functions
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = (*functions, min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]))
            parts: list[ast.AST] = [*node.body, *node.args.defaults, *(d for d in node.args.kw_defaults if d)]
        elif isinstance(node, ast.ClassDef):
            parts = list(node.body)
        elif isinstance(node, ast.AnnAssign):
            parts = [node.value] if node.value else []
        elif _is_declaration(node) or isinstance(node, UNTOUCHED):
            parts = []
        elif isinstance(node, ast.Call) and _called(node) in TELLING | DRAWN | {"TypeVar", "compile"}:
            parts = [node.func]
        elif isinstance(node, ast.arguments | ast.arg):
            parts = []
        else:
            parts = list(ast.iter_child_nodes(node))
        if not isinstance(node, ast.Module):
            yield node, functions
        waiting += [(part, inner) for part in reversed(parts)]


def _is_declaration(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign):
        return any(getattr(target, "id", "") == "__all__" for target in node.targets)
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


def _changes(node: ast.AST):  # type: ignore[no-untyped-def]
    """What can be done to one node: a description, and the function that does it."""
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            for other in COMPARISONS[type(operator)]:
                yield (
                    f"{type(operator).__name__} to {other.__name__}",
                    lambda at=at, other=other: node.ops.__setitem__(at, other()),
                )
        for at, side in enumerate([node.left, *node.comparators]):
            yield from _texts(side, f"text {at}")
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{type(node.op).__name__} to {other.__name__}", lambda: setattr(node, "op", other())
        for at in range(len(node.values)):
            yield f"without operand {at}", lambda at=at: _drop(node, at)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "without not", lambda: _become(node, ast.Call(ast.Name("bool", ast.Load()), [node.operand], []))
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        yield "negated condition", lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.comprehension):
        for at in range(len(node.ifs)):
            yield f"without filter {at}", lambda at=at: node.ifs.pop(at)
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in OPERATORS:
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant)):
            other = OPERATORS[type(node.op)]
            yield f"{type(node.op).__name__} to {other.__name__}", lambda: setattr(node, "op", other())
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "returns None", lambda: setattr(node, "value", ast.Constant(None))
    elif isinstance(node, ast.Continue):
        yield "continue to break", lambda: _become(node, ast.Break())
    elif isinstance(node, ast.Break):
        yield "break to continue", lambda: _become(node, ast.Continue())
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Yield | ast.YieldFrom):
        yield "without the statement", lambda: setattr(node, "value", _empty(node.value))
    elif isinstance(node, ast.Slice):
        for bound in ("lower", "upper"):
            if getattr(node, bound) is not None:
                yield f"without the {bound} bound", lambda bound=bound: setattr(node, bound, None)
    elif isinstance(node, ast.Name) and node.id in TWINS:
        yield f"{node.id} to {TWINS[node.id]}", lambda: setattr(node, "id", TWINS[node.id])
    elif isinstance(node, ast.Dict):
        for at, key in enumerate(node.keys):
            if key is not None:
                yield from _texts(key, f"key {at}")
    elif isinstance(node, ast.Set):
        for at in range(len(node.elts) if len(node.elts) > 1 else 0):
            yield f"without element {at}", lambda at=at: node.elts.pop(at)
    elif isinstance(node, ast.Subscript):
        yield from _texts(node.slice, "subscript")
    elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("get", "startswith", "endswith", "pop"):
        for argument in node.args[:1]:
            yield from _texts(argument, "argument")


def _drop(node: ast.BoolOp, at: int) -> None:
    node.values.pop(at)
    if len(node.values) == 1:
        _become(node, node.values[0])


def _constants(node: ast.Constant):  # type: ignore[no-untyped-def]
    if isinstance(node.value, bool):
        yield f"{node.value} to {not node.value}", lambda: setattr(node, "value", not node.value)
    elif isinstance(node.value, int):
        yield f"{node.value} to {node.value + 1}", lambda: setattr(node, "value", node.value + 1)
        if node.value > 1:
            yield f"{node.value} to {node.value - 1}", lambda: setattr(node, "value", node.value - 1)


def _texts(node: ast.AST, place: str):  # type: ignore[no-untyped-def]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield f"{place}: another text", lambda: setattr(node, "value", f"?{node.value}")


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _empty(node: ast.AST) -> ast.expr:
    """A generator stays one: it yields from nothing."""
    if isinstance(node, ast.Yield | ast.YieldFrom):
        return ast.YieldFrom(ast.Tuple([], ast.Load()))
    return ast.Constant(None)


def _become(node: ast.AST, other: ast.AST) -> None:
    """Change a node into one of another kind, in place."""
    node.__class__ = other.__class__
    node.__dict__ = {**{key: value for key, value in node.__dict__.items() if "lineno" in key or "col_" in key}}
    node.__dict__ |= other.__dict__
