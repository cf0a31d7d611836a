"""The loss as a function of one weight, the others held; its tangent, and the step that gradient descent takes."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.nn.layout import Layout
from gdexplorer.objectives.objective import Objective
from gdexplorer.probes.context import Context

NO_WEIGHT = "A game has two losses, one of each side; choose a problem with one loss to see it over one weight."
POINTS, CHUNK = 97, 16
LEAST = 1.0  # half of the width that is shown at least, where no width is asked for


@dataclass(frozen=True, slots=True)
class Weight:
    """A parameter by its place: block, row (unit) and column (input, the bias last)."""

    block: str
    row: int
    column: int

    def index(self, layout: Layout) -> int | None:
        """Return its place in θ; None if there is no such parameter now."""
        block = layout.by_id.get(self.block)
        if block is None or not (0 <= self.row < block.shape[0] and 0 <= self.column < block.shape[1]):
            return None
        return block.start + self.row * block.shape[1] + self.column

    @classmethod
    def of(cls, layout: Layout, index: int) -> "Weight":
        """Return the place of a parameter."""
        block = next(block for block in layout.blocks if block.start <= index < block.stop)
        return cls(block.id, *divmod(index - block.start, block.shape[1]))


@dataclass(frozen=True, slots=True)
class OneWeight:
    """The request for a `OneWeightReport`.

    Attributes
    ----------
    weight
        Which one; the first of θ if there is none of that place.
    half
        Half of the width of the range; 0 for as much as shows 0, the weight and its step; below 0 to see the step
        from near, where there is one.
    """

    weight: Weight | None = None
    half: float = 0.0


@dataclass(frozen=True, eq=False, slots=True)
class OneWeightReport:
    """L(w), with penalty, over all training examples and without dropout.

    Attributes
    ----------
    present
        The place of the weight that is shown.
    ws, losses
        (n,)
    w, loss, slope
        Its value, the loss there and ∂L/∂w, in float64.
    batch_slope
        ∂L/∂w of the latest batch, `batch` examples.
    rate
        η of the next update, where that is w ← w − η ∂L/∂w with all examples; None where it is not, and `why`.
    landing
        L at w − η ∂L/∂w, the other weights held.
    """

    step: int
    request: OneWeight
    name: str
    present: Weight
    layout: Layout
    ws: Array
    losses: Array
    w: float
    loss: float
    slope: float
    batch_slope: float
    batch: int
    rate: float | None
    why: str
    landing: float
    trained: bool  # whether L is of examples, not a function of two parameters
    axes: tuple[str, str]

    @property
    def move(self) -> float:
        """What the step adds to the weight, −ηg."""
        return -(self.rate or 0.0) * self.slope

    @property
    def predicted(self) -> float:
        """By how much the tangent says the loss changes, −ηg²."""
        return self.move * self.slope

    @property
    def actual(self) -> float:
        """By how much it changes along this weight."""
        return self.landing - self.loss


def span(w: float, half: float, move: float) -> tuple[float, float]:
    """Return the range to show around a weight: it stands still while the weight moves within its middle."""
    if half < 0 and move:
        return w + move / 2 - 1.5 * abs(move), w + move / 2 + 1.5 * abs(move)
    if half <= 0:
        wanted = max(LEAST, 1.25 * abs(w), 1.5 * abs(move))
        unit = 10.0 ** math.floor(math.log10(wanted))
        half = next(unit * k for k in (1, 2, 5, 10) if unit * k >= 0.999999 * wanted)
    middle = round(w / half * 2) * half / 2
    return middle - half, middle + half


def measure(request: OneWeight, context: Context, rate: float | None, why: str,
            tell: Callable[[float], None] = lambda done: None) -> OneWeightReport:  # fmt: skip
    """Evaluate the loss along one weight; context.theta must not change meanwhile.

    Parameters
    ----------
    rate, why
        η if the next update is plain descent on this loss, else None and the reason.
    tell
        Is told the share that is done.
    """
    objective = context.objective.in_precision(np.float64)
    theta, layout = context.theta.astype(np.float64), objective.layout
    index = (request.weight.index(layout) if request.weight else None) or 0
    batch, gradient = objective.full(), np.empty_like(theta)
    program = objective.program(batch)
    with np.errstate(all="ignore"):
        program.value_and_gradient(theta, np.zeros(0), batch, gradient)
    w, slope = float(theta[index]), float(gradient[index])
    move = -(rate or 0.0) * slope
    low, high = span(w, request.half, move if math.isfinite(move) else 0.0)
    ws = np.linspace(low, high, POINTS)
    at = np.array([*ws, w, w + move])
    thetas = np.tile(theta, (CHUNK, 1))
    losses = np.empty(len(at))
    for start in range(0, len(at), CHUNK):
        part = at[start : start + CHUNK]
        thetas[: len(part), index] = part
        with np.errstate(all="ignore"):
            losses[start : start + CHUNK] = program.losses(thetas[: len(part)], np.zeros(0), batch)
        tell((start + len(part)) / len(at))
    return OneWeightReport(
        context.step, request, name_of(objective, index), Weight.of(layout, index), layout, frozen(ws),
        frozen(losses[:POINTS]), w, float(losses[POINTS]), slope, float(context.gradient[index]), context.examples,
        rate, why, float(losses[POINTS + 1]), "examples" in objective.can, objective.axes,
    )  # fmt: skip


def name_of(objective: Objective, index: int) -> str:
    """Return what a parameter is called: that of a function by its axis."""
    return objective.layout.name(index) if "examples" in objective.can else objective.axes[index]
