"""What can be descended: a network on data, a test function, or a formula that somebody typed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import create_model, field_validator

from gdexplorer.fields import Settings, knob
from gdexplorer.lab.games import DIRAC, GAN, DiracKnobs, GanKnobs, dirac
from gdexplorer.objectives.formula import compile_formula
from gdexplorer.objectives.functions import FUNCTIONS, Function
from gdexplorer.objectives.objective import Landmark, Objective
from gdexplorer.objectives.planar import Box, PlanarObjective

NETWORK, AUTOENCODER, FORMULA = "network", "autoencoder", "formula"


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of loss."""

    name: str
    label: str
    formula: str
    help: str
    Knobs: type[Settings]
    make: Callable[[Any], Objective] | None = None  # None where more than the knobs describes it: networks
    learning_rate: float | None = None  # that suits plain gradient descent from the usual start


class NetworkKnobs(Settings):
    """A network has its own groups of settings."""

    kind: Literal["network"] = "network"


def _start(name: str, default: float) -> Any:
    return knob(default, f"start {name}", f"Where the descent begins, in {name}.", symbol=f"{name}₀", ge=-1e6, le=1e6,
                slider=(-6, 6))  # fmt: skip


class AutoencoderKnobs(Settings):
    """An autoencoder is a network like any other."""

    kind: Literal["autoencoder"] = "autoencoder"


class PointKnobs(Settings):
    """Where a descent on a function begins, and what is done to the function."""

    x: float = _start("x", 0.0)
    y: float = _start("y", 0.0)
    factor: float = knob(
        1.0, "factor", "The function is multiplied by c; adaptive optimizers hardly notice.", symbol="c", log=True,
        gt=0, le=1e9, slider=(1e-3, 1e3), more=True,
    )  # fmt: skip
    noise: float = knob(
        0.0, "gradient noise", "Each gradient is that of c f plus ξ ~ N(0, σ²) in x and in y.", symbol="σ", ge=0,
        le=1e6, slider=(0, 1), more=True,
    )  # fmt: skip


class FormulaKnobs(PointKnobs):
    """A function that somebody typed."""

    kind: Literal["formula"] = "formula"
    text: str = knob("x^2 - y^2 + y^4/2", "formula", "Numbers, x, y, pi, e, + − * / ^, and functions such as sin, exp, "
                     "sqrt, abs, min.", symbol="f(x, y)", max_length=500)  # fmt: skip
    x: float = _start("x", 1.5)
    y: float = _start("y", 0.1)
    reach: float = knob(2.0, "reach", "The picture shows x and y from −reach to reach.", log=True, gt=0, le=1e6,
                        slider=(0.1, 100))  # fmt: skip

    @field_validator("text")
    @classmethod
    def _compiles(cls, value: str) -> str:
        compile_formula(value)
        return value


def _landmarks(function: Function) -> tuple[Landmark, ...]:
    known: tuple[tuple[Literal["minimum", "saddle", "maximum"], Any], ...] = (
        ("minimum", function.minima), ("saddle", function.saddles), ("maximum", function.maxima),
    )  # fmt: skip
    return tuple(Landmark(kind, np.array(point[:2], float)) for kind, points in known for point in points)


def _problem(function: Function) -> Problem:
    x, y = function.start
    fields: dict[str, Any] = {"kind": (Literal[function.name], function.name), "x": (float, _start("x", x)),
                              "y": (float, _start("y", y))}  # fmt: skip
    Knobs = create_model(f"{function.name}_knobs", __base__=PointKnobs, **fields)
    marks, box = _landmarks(function), function.domain

    def make(knobs: PointKnobs) -> PlanarObjective:
        return PlanarObjective(function.compiled, box, knobs.factor, knobs.noise, marks)

    return Problem(function.name, function.label, function.formula, function.help, Knobs, make, function.learning_rate)


def _typed(knobs: FormulaKnobs) -> PlanarObjective:
    box: Box = ((-knobs.reach, knobs.reach), (-knobs.reach, knobs.reach))
    return PlanarObjective(compile_formula(knobs.text), box, knobs.factor, knobs.noise)


PROBLEMS: tuple[Problem, ...] = (
    Problem(NETWORK, "network", "", "A network learns from examples; θ are its weights.", NetworkKnobs),
    Problem(GAN, "GAN", "", "A generator against a discriminator in the plane: two networks, each with a loss of its "
            "own.", GanKnobs),
    Problem(DIRAC, "Dirac GAN", "f(θψ) + f(0)", "The smallest game: a generator θ against a discriminator ψ, one "
            "parameter each.", DiracKnobs, dirac, 0.1),
    Problem(AUTOENCODER, "autoencoder", "", "A network learns to give back its inputs through a narrow layer.",
            AutoencoderKnobs),
    Problem(FORMULA, "f(x, y), typed", "", "A function of x and y that you type; θ = (x, y).", FormulaKnobs, _typed),
    *(_problem(function) for function in FUNCTIONS),
)  # fmt: skip
