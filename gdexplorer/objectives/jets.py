"""Exact first and second derivatives in two variables: truncated dual numbers, or jets, over NumPy.

One chain rule serves every operation: with uᵢ its arguments and gᵢ, gᵢⱼ its partial derivatives,

    f_p = Σᵢ gᵢ uᵢ_p        f_pq = Σᵢ gᵢ uᵢ_pq + Σᵢⱼ gᵢⱼ uᵢ_p uⱼ_q        p, q ∈ {x, y}

(Griewank & Walther, Evaluating Derivatives, 2008, ch. 13). Whatever is identically zero is None: it costs nothing,
and 0 · ∞ does not make it NaN.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

Order: TypeAlias = Literal[0, 1, 2]
Part: TypeAlias = Any  # np.float64, an array of any shape, or None: identically zero


class Jet(NamedTuple):
    """A value, and its derivatives as far as they were asked for."""

    value: Part
    x: Part = None
    y: Part = None
    xx: Part = None
    xy: Part = None
    yy: Part = None


@dataclass(frozen=True, slots=True, eq=False)
class Elementary:
    """One operation and its partial derivatives, as functions of its value f and its arguments.

    At a kink the derivative is that of `nn.activations`: |·|′(0) = relu′(0) = 0; min and max take the first of equals.
    """

    name: str
    arity: int
    value: Callable[..., Part]  # (u) or (u, v)
    slopes: Callable[..., tuple[Part, ...]]  # (f, u) -> (g_u,); (f, u, v) -> (g_u, g_v)
    curvatures: Callable[..., tuple[Part, ...]]  # (f, u) -> (g_uu,); (f, u, v) -> (g_uu, g_uv, g_uv, g_vv)


def apply(function: Elementary, order: Order, *jets: Jet) -> Jet:
    """Return the jet of a function of jets; the caller holds ``np.errstate(all="ignore")``."""
    values = [jet.value for jet in jets]
    f = function.value(*values)
    if order == 0:
        return Jet(f)
    slopes = function.slopes(f, *values)
    if len(jets) == 1:
        f_x, f_y = _product(slopes[0], jets[0].x), _product(slopes[0], jets[0].y)
    else:
        (u, v), (g, h) = jets, slopes
        f_x, f_y = _sum(_product(g, u.x), _product(h, v.x)), _sum(_product(g, u.y), _product(h, v.y))
    if order == 1:
        return Jet(f, f_x, f_y)
    partials = (*slopes, *function.curvatures(f, *values))
    x, y = [jet.x for jet in jets], [jet.y for jet in jets]

    def second(bent: list[Part], p: list[Part], q: list[Part]) -> Part:
        return reduce(_sum, map(_product, partials, [*bent, *(_product(a, b) for a in p for b in q)]))

    return Jet(f, f_x, f_y, second([jet.xx for jet in jets], x, x), second([jet.xy for jet in jets], x, y),
               second([jet.yy for jet in jets], y, y))  # fmt: skip


def _product(a: Part, b: Part) -> Part:
    return None if a is None or b is None else a * b


def _sum(a: Part, b: Part) -> Part:
    return b if a is None else a if b is None else a + b


@lru_cache(maxsize=256)
def raised(n: float) -> Elementary:
    """Return u ↦ uⁿ, exact also where log u is not: u⁰ = 1 everywhere, and whole n allow negative u."""
    return Elementary(
        f"**{n:g}", 1, lambda u: u**n,
        lambda f, u: (n * u ** (n - 1) if n else None,),
        lambda f, u: (n * (n - 1) * u ** (n - 2) if n not in (0, 1) else None,),
    )  # fmt: skip


# Where the base is 0 the derivative in the exponent is taken as 0, which it is for positive exponents.
def _log_base(u: Part) -> Part:
    return np.log(np.where(u == 0, 1.0, u))


def _power_slopes(f: Part, u: Part, v: Part) -> tuple[Part, ...]:
    return np.where(v == 0, 0.0, v * u ** (v - 1)), f * _log_base(u)


def _power_curvatures(f: Part, u: Part, v: Part) -> tuple[Part, ...]:
    log = _log_base(u)
    g_uv = u ** (v - 1) * (1 + v * log)
    return np.where((v == 0) | (v == 1), 0.0, v * (v - 1) * u ** (v - 2)), g_uv, g_uv, f * log * log


def _sigmoid(u: Part) -> Part:
    return 1 / (1 + np.exp(-u))


def _bell(s: Part) -> Part:
    return s * (1 - s)


def _inverse(u: Part) -> Part:
    return np.where(u < 0, np.nan, 1 / u)  # a logarithm has no slope where it has no value


def _away(r: Part) -> Part:
    return np.where(r == 0, 1.0, r)  # hypot's slopes at the tip of its cone are then 0


def _none(*_: Part) -> tuple[Part, ...]:
    return (None,)


def _none4(*_: Part) -> tuple[Part, ...]:
    return (None,) * 4


def _logarithm(name: str, value: Callable[..., Part], base: float) -> Elementary:
    k = 1 / float(np.log(base))
    return Elementary(name, 1, value, lambda f, u: (k * _inverse(u),), lambda f, u: (-k * _inverse(u) ** 2,))


def _hypot_curvatures(f: Part, u: Part, v: Part) -> tuple[Part, ...]:
    cube = _away(f) ** 3
    return v * v / cube, -u * v / cube, -u * v / cube, u * u / cube


def _atan2_slopes(f: Part, u: Part, v: Part) -> tuple[Part, ...]:
    square = u * u + v * v
    return v / square, -u / square


def _atan2_curvatures(f: Part, u: Part, v: Part) -> tuple[Part, ...]:
    p, q = _atan2_slopes(f, u, v)
    return 2 * p * q, q * q - p * p, q * q - p * p, -2 * p * q


NEGATIVE = Elementary("-", 1, np.negative, lambda f, u: (-1.0,), _none)
SUM = Elementary("+", 2, lambda u, v: u + v, lambda f, u, v: (1.0, 1.0), _none4)
DIFFERENCE = Elementary("-", 2, lambda u, v: u - v, lambda f, u, v: (1.0, -1.0), _none4)
PRODUCT = Elementary("*", 2, lambda u, v: u * v, lambda f, u, v: (v, u), lambda f, u, v: (None, 1.0, 1.0, None))
QUOTIENT = Elementary("/", 2, lambda u, v: u / v, lambda f, u, v: (1 / v, -f / v),
                      lambda f, u, v: (None, -1 / v**2, -1 / v**2, 2 * f / v**2))  # fmt: skip
POWER = Elementary("**", 2, lambda u, v: u**v, _power_slopes, _power_curvatures)

FUNCTIONS: tuple[Elementary, ...] = (
    Elementary("sin", 1, np.sin, lambda f, u: (np.cos(u),), lambda f, u: (-f,)),
    Elementary("cos", 1, np.cos, lambda f, u: (-np.sin(u),), lambda f, u: (-f,)),
    Elementary("tan", 1, np.tan, lambda f, u: (1 + f * f,), lambda f, u: (2 * f * (1 + f * f),)),
    Elementary("asin", 1, np.arcsin, lambda f, u: (1 / np.sqrt(1 - u * u),), lambda f, u: (u / (1 - u * u) ** 1.5,)),
    Elementary("acos", 1, np.arccos, lambda f, u: (-1 / np.sqrt(1 - u * u),), lambda f, u: (-u / (1 - u * u) ** 1.5,)),
    Elementary("atan", 1, np.arctan, lambda f, u: (1 / (1 + u * u),), lambda f, u: (-2 * u / (1 + u * u) ** 2,)),
    Elementary("sinh", 1, np.sinh, lambda f, u: (np.cosh(u),), lambda f, u: (f,)),
    Elementary("cosh", 1, np.cosh, lambda f, u: (np.sinh(u),), lambda f, u: (f,)),
    Elementary("tanh", 1, np.tanh, lambda f, u: (1 - f * f,), lambda f, u: (-2 * f * (1 - f * f),)),
    Elementary("exp", 1, np.exp, lambda f, u: (f,), lambda f, u: (f,)),
    _logarithm("log", np.log, np.e),
    _logarithm("ln", np.log, np.e),
    _logarithm("log2", np.log2, 2),
    _logarithm("log10", np.log10, 10),
    Elementary("sqrt", 1, np.sqrt, lambda f, u: (0.5 / f,), lambda f, u: (-0.25 / f**3,)),
    Elementary("cbrt", 1, np.cbrt, lambda f, u: (1 / (3 * f**2),), lambda f, u: (-2 / (9 * f**5),)),
    Elementary("abs", 1, np.abs, lambda f, u: (np.sign(u),), _none),
    Elementary("sign", 1, np.sign, _none, _none),
    Elementary("floor", 1, np.floor, _none, _none),
    Elementary("relu", 1, lambda u: np.maximum(u, 0.0), lambda f, u: (np.where(u > 0, 1.0, 0.0),), _none),
    Elementary("sigmoid", 1, _sigmoid, lambda f, u: (_bell(f),), lambda f, u: (_bell(f) * (1 - 2 * f),)),
    Elementary("softplus", 1, lambda u: np.logaddexp(0.0, u), lambda f, u: (_sigmoid(u),),
               lambda f, u: (_bell(_sigmoid(u)),)),
    Elementary("min", 2, np.minimum, lambda f, u, v: (np.where(u <= v, 1.0, 0.0), np.where(u <= v, 0.0, 1.0)), _none4),
    Elementary("max", 2, np.maximum, lambda f, u, v: (np.where(u >= v, 1.0, 0.0), np.where(u >= v, 0.0, 1.0)), _none4),
    Elementary("hypot", 2, np.hypot, lambda f, u, v: (u / _away(f), v / _away(f)), _hypot_curvatures),
    Elementary("atan2", 2, np.arctan2, _atan2_slopes, _atan2_curvatures),
)  # fmt: skip
