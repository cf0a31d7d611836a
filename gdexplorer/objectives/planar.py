"""A function of two variables as an objective: θ = (x, y), no examples, and noise on the gradient if asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.layout import Block, Layout
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.formula import Formula
from gdexplorer.objectives.objective import Landmark, Objective, Player, Product, Score, Split
from gdexplorer.objectives.per_sample import NO_SAMPLES
from gdexplorer.objectives.streams import Streams

_LAYOUT = Layout((Block("point", 0, (1, 2), "weights"),))
_STILL = Batch((np.zeros(2),), 1)

Box = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class PlanarObjective:
    """c f(x, y). An update's gradient is c ∇f + ξ, ξ ~ N(0, σ² I): the loss is seen without noise."""

    formula: Formula
    box: Box
    factor: float = 1.0  # c
    noise: float = 0.0  # σ
    landmarks: tuple[Landmark, ...] = ()

    layout = _LAYOUT
    buffers = Layout(())
    work = 2

    players = (Player("point", slice(0, 2)),)
    can = frozenset({"basins", "hvp", "stack"})
    dtype = np.dtype(np.float64)
    batch_size = 1
    axes = ("x", "y")

    @property
    def deterministic(self) -> bool:
        """Whether there is no noise."""
        return not self.noise

    @property
    def domain(self) -> Box:
        """The part of the plane that is worth seeing."""
        return self.box

    def fresh_buffers(self) -> Array:
        """Return nothing: a point is all there is."""
        return np.zeros(0)

    def solution(self) -> Array | None:
        """There is no formula for the minimizer."""
        return None

    def draw(self, streams: Streams) -> Batch:
        """Draw the noise on the next gradient."""
        if not self.noise:
            return _STILL
        return Batch((streams.generators["noise"].normal(0.0, self.noise, 2),), 1)

    def full(self, split: Split = "train") -> Batch:
        """There is nothing to draw."""
        return _STILL

    def program(self, like: Batch, stack: int = 0) -> "PlanarProgram":
        """Nothing is compiled for a batch size."""
        return PlanarProgram(self)

    def penalty_at(self, theta: Array) -> float:
        """There is no penalty."""
        return 0.0

    def same_loss(self, other: Objective) -> bool:
        """Whether it is the same function, whatever the noise."""
        return isinstance(other, PlanarObjective) and replace(self, noise=0.0) == replace(other, noise=0.0)

    def in_precision(self, dtype: Any) -> "PlanarObjective":
        """A function of two variables is cheap enough in float64."""
        return self


class PlanarProgram:
    """See `gdexplorer.objectives.objective.Program`."""

    def __init__(self, objective: PlanarObjective) -> None:
        self._formula, self._factor = objective.formula, objective.factor

    def value_and_gradient(self, theta: Array, buffers: Array, batch: Batch, out: Array) -> float:
        """Return c f(θ) and write c ∇f(θ) + ξ."""
        x, y = theta.tolist()
        value, out[0], out[1] = self._formula.gradient(x, y)
        out *= self._factor
        out += batch.arrays[0]
        return self._factor * float(value)

    def next_buffers(self, out: Array) -> None:
        """Write nothing: a point is all there is."""

    def hvp(self, theta: Array, v: Array, buffers: Array, batch: Batch, out: Array) -> None:
        """Write c ∇²f(θ) v."""
        out[:] = self.linearize(theta, buffers, batch)(v)

    def linearize(self, theta: Array, buffers: Array, batch: Batch) -> Product:
        """Return v ↦ c ∇²f(θ) v."""
        x, y = theta.tolist()
        _, _, _, xx, xy, yy = (float(part) for part in self._formula.hessian(x, y))
        hessian = self._factor * np.array([[xx, xy], [xy, yy]])
        return lambda v: np.asarray(hessian @ v)

    def sample_gradients(self, theta: Array, buffers: Array, batch: Batch) -> Array:
        """There are no examples."""
        raise ValueError(NO_SAMPLES)

    def score(self, theta: Array, buffers: Array, batch: Batch) -> Score:
        """The value of the function; there are no classes."""
        return Score(float(self.losses(theta[None], buffers, batch)[0]), None)

    def losses(self, thetas: Array, buffers: Array, batch: Batch) -> Array:
        """Return c f at each row of thetas (G, 2): (G,)."""
        return self._factor * self._formula.value(thetas[:, 0], thetas[:, 1])

    def losses_on(self, origin: Array, directions: Array, coordinates: Array, buffers: Array, batch: Batch) -> Array:
        """Return c f at origin (2,) + coordinates (G, 2) · directions (2, 2): (G,)."""
        return self.losses(origin + coordinates @ directions, buffers, batch)

    def predict(self, theta: Array, buffers: Array, x: Array, start: int = 0, stop: int | None = None) -> Array:
        """Nothing is predicted."""
        raise ValueError("A function of two variables predicts nothing; choose a network.")

    def deltas(self) -> Mapping[str, Array]:
        """There are no layers."""
        return {}

    def trace(self, theta: Array, buffers: Array, batch: Batch) -> Mapping[str, Array]:
        """There are no layers."""
        return {}
