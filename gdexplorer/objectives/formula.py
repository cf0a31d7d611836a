"""Formulas f(x, y) that a person types: compiled to a tree of known operations, never to Python code.

The text is cut into the few tokens a formula has before Python's parser sees any of it, so that no other syntax gets
there; the parser is used for precedence alone.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import NoReturn, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from gdexplorer.arrays import Array
from gdexplorer.objectives.jets import (
    DIFFERENCE,
    FUNCTIONS,
    NEGATIVE,
    POWER,
    PRODUCT,
    QUOTIENT,
    SUM,
    Elementary,
    Jet,
    Order,
    Part,
    apply,
    raised,
)  # fmt: skip

LENGTH, DEPTH, SIGNS, NODES = 500, 50, 50, 200

_FUNCTIONS = {function.name: function for function in FUNCTIONS}
_CONSTANTS = {"pi": np.pi, "e": np.e}
NAMES: tuple[str, ...] = ("x", "y", *_CONSTANTS, *_FUNCTIONS)

_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<operator>\*\*|[-+*/^(),·×÷−])| +"
)
_SPELLINGS = {"^": "**", "·": "*", "×": "*", "÷": "/", "−": "-"}
_OPERATORS: dict[type[ast.operator], Elementary] = {
    ast.Add: SUM, ast.Sub: DIFFERENCE, ast.Mult: PRODUCT, ast.Div: QUOTIENT, ast.Pow: POWER,
}  # fmt: skip


class FormulaError(ValueError):
    """A formula that cannot be used: one sentence for its author, and the column (from 0) where it is wrong."""

    def __init__(self, sentence: str, column: int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.column = column


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    function: Elementary
    arguments: tuple["_Node", ...]


_Node: TypeAlias = _Call | Jet | str  # an operation, a constant, "x" or "y"


def _walk(node: _Node, variables: dict[str, Jet], order: Order) -> Jet:
    if isinstance(node, _Call):
        return apply(node.function, order, *[_walk(argument, variables, order) for argument in node.arguments])
    return variables[node] if isinstance(node, str) else node


@dataclass(frozen=True, slots=True)
class Formula:
    """A compiled f(x, y) in float64; where it has no value or an infinite one, so do its results."""

    text: str
    _root: _Node = field(compare=False, repr=False)

    def value(self, x: ArrayLike, y: ArrayLike) -> Array:
        """Return f, in the shape to which x and y broadcast."""
        return self._parts(x, y, 0, 1)[0]

    def gradient(self, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array, Array]:
        """Return (f, ∂f/∂x, ∂f/∂y), each in the shape to which x and y broadcast."""
        f, fx, fy = self._parts(x, y, 1, 3)
        return f, fx, fy

    def hessian(self, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array, Array, Array, Array, Array]:
        """Return (f, fx, fy, fxx, fxy, fyy), each in the shape to which x and y broadcast."""
        f, fx, fy, fxx, fxy, fyy = self._parts(x, y, 2, 6)
        return f, fx, fy, fxx, fxy, fyy

    def _parts(self, x: ArrayLike, y: ArrayLike, order: Order, count: int) -> list[Array]:
        x, y = np.asarray(x, np.float64)[()], np.asarray(y, np.float64)[()]
        shape = np.broadcast(x, y).shape
        with np.errstate(all="ignore"):
            jet = _walk(self._root, {"x": Jet(x, 1.0), "y": Jet(y, None, 1.0)}, order)
        return [_spread(part, shape) for part in jet[:count]]


def _spread(part: Part, shape: tuple[int, ...]) -> Array:
    part = np.float64(0.0 if part is None else part)
    # A copy: neither a view of an argument nor of another part.
    return np.broadcast_to(part, shape).copy() if shape else part


@lru_cache(maxsize=256)
def compile_formula(text: str) -> Formula:
    """Compile a formula of numbers, x, y, pi, e, + − * / **, brackets and `FUNCTIONS`.

    `^` is another `**`; · × ÷ − are what they look like. Precedence is Python's: −x**2 = −(x**2), 2**3**2 = 2**9.

    Raises
    ------
    FormulaError
        if the text is anything else, or has more than 500 characters, 50 nested brackets, 50 signs in a row or 200
        operations, numbers and names.
    """
    tokens = _tokens(text)
    nodes = [column for token, column in tokens if token not in "(),"]
    if len(nodes) > NODES:
        raise FormulaError(f"A formula has at most {NODES} operations, numbers and names; shorten it.", nodes[NODES])
    columns = [column for token, column in tokens for _ in range(len(token) + 1)]
    try:
        tree = ast.parse(" ".join(token for token, _ in tokens), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FormulaError("The formula cannot be read; make it simpler.", 0) from None
    return Formula(text, _node(tree, columns))


def _tokens(text: str) -> list[tuple[str, int]]:
    """Cut a text into tokens as Python spells them, each with its column; numbers are float64 from here on."""
    if len(text) > LENGTH:
        raise FormulaError(f"A formula has at most {LENGTH} characters, this one {len(text)}; shorten it.", LENGTH)
    tokens: list[tuple[str, int]] = []
    brackets: list[tuple[int, bool]] = []  # those open: their column, and whether they hold arguments
    before, complete, signs = "", False, 0  # complete: what stands before is a value, so that an operator may follow
    for column, match in _matches(text):
        token, name = _SPELLINGS.get(match[0], match[0]), match.lastgroup == "name"
        signs = signs + 1 if token in ("+", "-") else 0
        if before in _FUNCTIONS and token != "(":
            _refuse_bare(before, tokens[-1][1])
        if complete and (token == "(" or match.lastgroup != "operator"):
            raise FormulaError(f"Put an operator, such as *, between {before[:20]!r} and {token[:20]!r}.", column)
        if name and token not in NAMES:
            _refuse_name(token, column)
        if signs > SIGNS:
            raise FormulaError(f"A formula has at most {SIGNS} signs in a row; remove some.", column)
        if match.lastgroup == "operator" and not complete and token not in ("(", "+", "-"):
            raise FormulaError(f"{match[0]!r} cannot stand here; remove it, or put a value before it.", column)
        if token == "(":
            brackets.append((column, before in _FUNCTIONS))
            if len(brackets) > DEPTH:
                raise FormulaError(f"Brackets go at most {DEPTH} deep; make the formula simpler.", column)
        elif token == ")" and not brackets:
            raise FormulaError("This bracket closes none; remove it, or open one before it.", column)
        elif token == ")":
            brackets.pop()
        elif token == "," and not (brackets and brackets[-1][1]):
            raise FormulaError("A comma stands only between the arguments of a function; write decimals with a point.",
                               column)  # fmt: skip
        before, complete = token, token == ")" or match.lastgroup == "number" or (name and token not in _FUNCTIONS)
        if match.lastgroup == "number":
            token = repr(float(token))
            if token == "inf":
                raise FormulaError("This number is too large; use one below 1e308.", column)
        tokens.append((token, column))
    if before in _FUNCTIONS:
        _refuse_bare(before, tokens[-1][1])
    if not complete:
        raise FormulaError("The formula breaks off; end it with a value, as in x**2 + y**2.", len(text))
    if brackets:
        raise FormulaError("This bracket is never closed; add a ')'.", brackets[-1][0])
    return tokens


def _matches(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    column = 0
    while column < len(text):
        match = _TOKEN.match(text, column)
        if match is None:
            raise FormulaError(f"{text[column]!r} is not part of a formula; use numbers, x, y, + - * / **, brackets "
                               "and functions.", column)  # fmt: skip
        if match.lastgroup:
            yield column, match
        column = match.end()


def _refuse_bare(name: str, column: int) -> NoReturn:
    raise FormulaError(f"{name!r} is a function; write {name}({', '.join('xy'[: _FUNCTIONS[name].arity])}).", column)


def _refuse_name(name: str, column: int) -> NoReturn:
    close = ["*".join(name)] if set(name) <= {"x", "y"} else get_close_matches(name, NAMES, n=1)
    meant = f" (did you mean {close[0]!r}?)" if close else ""
    raise FormulaError(f"{name[:20]!r} is not known{meant}; there are {', '.join(NAMES)}.", column)


def _node(tree: ast.expr, columns: list[int]) -> _Node:
    column = columns[tree.col_offset]
    match tree:
        case ast.Constant(value=float(value)):
            return Jet(np.float64(value))
        case ast.Name(id=name):
            return Jet(np.float64(_CONSTANTS[name])) if name in _CONSTANTS else name
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _node(operand, columns)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            function, operands = NEGATIVE, [operand]
        case ast.BinOp(left=left, op=operator, right=right):
            function, operands = _OPERATORS[type(operator)], [left, right]
        case ast.Call(func=ast.Name(id=name), args=operands):
            function = _FUNCTIONS[name]
            if len(operands) != function.arity:
                takes = {1: "one value", 2: "two values"}[function.arity]
                raise FormulaError(f"{name} takes {takes}, not {len(operands)}.", column)
        case _:
            raise FormulaError("The formula cannot be read here; make it simpler.", column)
    return _folded(function, tuple(_node(operand, columns) for operand in operands), column)


def _folded(function: Elementary, arguments: tuple[_Node, ...], column: int) -> _Node:
    # Folding makes −2 and 1/3 exponents that are known, for which negative bases have derivatives too.
    constants = [argument for argument in arguments if isinstance(argument, Jet)]
    if len(constants) == len(arguments):
        with np.errstate(all="ignore"):
            result = apply(function, 0, *constants)
        if not np.isfinite(result.value):
            raise FormulaError("What begins here is not a finite number; correct it.", column)
        return result
    if function is POWER and isinstance(exponent := arguments[1], Jet):
        return _Call(raised(float(exponent.value)), arguments[:1])
    return _Call(function, arguments)
