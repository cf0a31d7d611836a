"""First and second order at the present point, seen in a plane: arrows, and the quadratic model of the loss."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.lab.accumulation import BUFFER
from gdexplorer.lab.run import Run
from gdexplorer.lab.state import State
from gdexplorer.lab.steering import proposer
from gdexplorer.landscape.plane import Plane
from gdexplorer.landscape.surface import Surface
from gdexplorer.objectives.objective import Objective
from gdexplorer.optim import Rule, Slots
from gdexplorer.optim.clipping import Tally
from gdexplorer.probes.landscape import Arrows

BUFFERS = ("b", "M", BUFFER)  # of past gradients: momentum's, Adam's, and the one that nobody clears


Propose = Callable[[Array, Slots, Array], None]


@dataclass(frozen=True, eq=False, slots=True)
class Quadratic:
    """L + sᵀd + ½ dᵀCd, d the coordinates in a plane from θ's."""

    theta: Array  # (P,)
    value: float
    slope: Array  # (2,)
    curvature: Array  # (2, 2)


def gradient_of(objective: Objective, state: State) -> Array:
    """Return ∂L/∂θ (P,) over all training examples, in float64; of a game each side's of its own loss."""
    out = np.zeros_like(state.theta)
    with np.errstate(all="ignore"):
        batch = objective.full()
        objective.program(batch).value_and_gradient(state.theta, state.buffers, batch, out)
    return out.astype(np.float64)


def velocity_of(*slots: Slots) -> Array | None:
    """Return minus the optimizer's buffer of past gradients (P,), the way it drifts; None if it has none or it is 0.

    Parameters
    ----------
    slots
        Of all players.
    """
    buffers = [buffer for own in slots if (buffer := _buffer(own)) is not None]
    buffer = np.concatenate(buffers) if buffers else np.zeros(0)
    return -buffer if buffer.any() else None


def _buffer(slots: Slots) -> Array | None:
    name = next((name for name in BUFFERS if name in slots.arrays), None)
    return None if name is None else slots.arrays[name].astype(np.float64)


def arrows(run: Run, plane: Plane) -> Callable[[], Arrows]:
    """Capture the present point; return what finds gradient, next update and velocity there, in any thread."""
    rule, objective = run.rule, run.objective
    slots = tuple(slots.copy() for slots in run.state.slots)
    state, rates = replace(run.state, theta=frozen(run.state.theta), slots=slots), [p.rate for p in objective.players]
    proposers: list[Propose] = []
    if isinstance(rule, Rule):
        proposers = [proposer(rule, state, run.catalogue, Tally(), objective, rate) for rate in rates]
    return lambda: _arrows(objective, state, proposers, plane)


def _arrows(objective: Objective, state: State, proposers: list[Propose], plane: Plane) -> Arrows:
    gradient = gradient_of(objective, state)
    inside = plane.components(gradient)
    square = float(gradient @ gradient)
    update = velocity = None
    rates = None
    if proposers:
        slots, proposed = state.slots[0], np.zeros_like(state.theta)
        drift = velocity_of(*state.slots)  # before it takes up this gradient
        for own, player, propose in zip(state.slots, objective.players, proposers, strict=True):
            part = player.parameters
            own.gradient[...] = gradient[part]
            with np.errstate(all="ignore"):
                propose(state.theta[part], own, proposed[part])
        step = (proposed - state.theta).astype(np.float64)
        update = plane.components(step)
        if drift is not None:
            velocity = plane.components(drift)
        if step.size == slots.gradient.size == 2:
            buffer, numbers = _buffer(slots), slots.numbers  # with this gradient in it
            base = gradient if buffer is None else buffer
            if "product1" in numbers:  # Adam's kin keep m / (1 − β₁), and correct it for its start at 0
                started = 1.0 if state.experiment.bugs.has("no_bias_correction") else 1.0 - numbers["product1"]
                base = base * (1.0 - numbers["beta1"]) / started
            with np.errstate(all="ignore"):
                first, second = np.abs(step / base).tolist()
            rates = (first, second)
    with np.errstate(all="ignore"):
        share = float(np.sum((inside @ plane.directions) ** 2)) / square if square > 0 else 1.0
    return Arrows(inside, update, velocity, rates, float(np.sqrt(square)), share, objective.full().size)


def quadratic(objective: Objective, theta: Array, plane: Plane) -> Quadratic:
    """Return the second-order model of L about θ along the plane's directions D: slope D g, curvature D H Dᵀ."""
    batch, buffers = objective.full(), np.zeros(0, objective.dtype)
    program, gradient = objective.program(batch), np.zeros_like(theta)
    directions = plane.directions
    with np.errstate(all="ignore"):
        value = program.value_and_gradient(theta, buffers, batch, gradient)
        product = program.linearize(theta, buffers, batch)
        products = np.stack([product(direction.astype(theta.dtype)) for direction in directions])
    curvature = directions @ products.T.astype(np.float64)
    return Quadratic(theta, value, directions @ gradient.astype(np.float64), (curvature + curvature.T) / 2)


def on_grid(model: Quadratic, surface: Surface) -> Array:
    """Return the model's values on a surface's grid, (rows, columns)."""
    x, y = surface.plane.project(model.theta[None])[0][0]  # in the present plane, which may have followed the point
    dx, dy = np.meshgrid(surface.xs - x, surface.ys - y)
    (xx, xy), (_, yy) = model.curvature
    return np.asarray(model.value + model.slope[0] * dx + model.slope[1] * dy
                      + 0.5 * (xx * dx**2 + 2 * xy * dx * dy + yy * dy**2))  # fmt: skip
