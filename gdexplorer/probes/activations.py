"""Where the pre-activations z of every layer lie upon its activation function, over the whole training set."""

from dataclasses import dataclass
from math import prod

import numpy as np

from gdexplorer.arrays import Array, IntArray
from gdexplorer.fields import Settings
from gdexplorer.nn.activations import Activation
from gdexplorer.nn.layers.layer import Tape
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes.context import Context
from gdexplorer.probes.forward import tapes
from gdexplorer.probes.units import SATURATED, steepest

NO_ACTIVATIONS = "No layer here has an activation function: there is no network, or its layers are linear or recurrent."
BINS = 64
NARROWEST = 4.0  # half the width of an axis; others are 2, 4, … times that
INSIDE = 0.99  # share of z that an axis holds


@dataclass(frozen=True, slots=True)
class Activations:
    """The request for an `ActivationReport`; the answer is a sentence where no layer has an activation function."""


@dataclass(frozen=True, eq=False, slots=True)
class LayerActivation:
    """One layer's z, evaluated without dropout and by running statistics.

    Attributes
    ----------
    reach
        The axis is from −reach to reach, in `BINS` equal bins.
    counts, below, above
        (BINS,) of z; what lies beyond the axis is counted, what is not a number with what lies above it.
    steepest
        The maximum of |f′|, of the function.
    slope
        Mean |f′(z)|.
    saturated
        Share of z where |f′| is below 1 % of its maximum.
    dead
        Units whose output is exactly 0 on every training example; of an image's maps and of sequences, at each place.
    """

    id: str
    activation: Activation
    knobs: Settings
    reach: float
    counts: IntArray
    below: int
    above: int
    steepest: float
    slope: float
    saturated: float
    dead: int
    units: int

    @property
    def size(self) -> int:
        """How many z there are."""
        return int(self.counts.sum()) + self.below + self.above


@dataclass(frozen=True, eq=False, slots=True)
class ActivationReport:
    """Layers with an activation function, from input to output."""

    step: int
    examples: int
    layers: tuple[LayerActivation, ...]


class _Tally:
    """Sums over the parts of the training set."""

    def __init__(self, first: Tape) -> None:
        self.layer, self.top = first.layer, steepest(first.layer.activation, first.layer.knobs)
        self.shape = first.outputs
        self.reach = self._reach(first.z)
        self.counts: IntArray = np.zeros(BINS, np.int64)
        self.below = self.above = self.flat = self.size = 0
        self.slope = 0.0
        self.dead = np.ones(self._units(), bool)

    def _units(self) -> int:
        return self.shape[0] if len(self.shape) == 3 else self.shape[-1]

    def _reach(self, z: Array) -> float:
        """Return half the width of an axis that holds z, and where the function becomes flat."""
        grid = np.linspace(0, 2 * NARROWEST, 161)
        slopes = np.abs(self.layer.activation.derivative(np.concatenate([-grid, grid])[None], self.layer.knobs))[0]
        flat = np.concatenate([grid, grid])[slopes < SATURATED * self.top]
        sizes = np.abs(z[np.isfinite(z)], dtype=np.float64)
        needed = float(np.quantile(sizes, INSIDE)) if sizes.size else 0.0
        needed = max(needed, float(flat.min()) / 0.9 if flat.size else 0.0, NARROWEST)
        return float(NARROWEST * 2.0 ** np.ceil(np.log2(needed / NARROWEST)))

    def add(self, tape: Tape) -> None:
        z = tape.z
        with np.errstate(all="ignore"):
            slopes = np.abs(self.layer.activation.derivative(z, self.layer.knobs))
            inside = np.abs(z) < self.reach
            bins = ((z[inside].astype(np.float64) / self.reach + 1) * (BINS / 2)).astype(np.int64)
        self.counts = self.counts + np.bincount(np.minimum(bins, BINS - 1), minlength=BINS)
        self.below += (below := int(np.count_nonzero(z <= -self.reach)))
        self.above += z.size - int(np.count_nonzero(inside)) - below
        self.flat += int(np.count_nonzero(slopes < SATURATED * self.top))
        self.slope += float(slopes.sum(dtype=np.float64))
        self.size += z.size
        zero = tape.a == 0
        if len(self.shape) == 3:
            zero = zero.reshape(self.shape[0], prod(self.shape[1:]), -1).all(axis=1)
        elif len(self.shape) == 2:
            zero = zero.reshape(*self.shape, -1).all(axis=0)
        self.dead &= zero.all(axis=-1)

    def report(self) -> LayerActivation:
        return LayerActivation(
            self.layer.id, self.layer.activation, self.layer.knobs, self.reach, self.counts, self.below, self.above,
            self.top, self.slope / self.size, self.flat / self.size, int(self.dead.sum()), len(self.dead),
        )  # fmt: skip


def has_activations(objective: object) -> bool:
    """Whether a layer has an activation function."""
    return isinstance(objective, SupervisedObjective) and any(
        layer.activation.name != "linear" for layer in objective.network.layers
    )


def measure(request: Activations, context: Context) -> ActivationReport:
    """Look at z of all training examples; context.theta and buffers must not change meanwhile."""
    objective = context.objective
    assert isinstance(objective, SupervisedObjective)
    tallies: list[_Tally] = []
    for part in tapes(objective, context):
        bent = [tape for tape in part if tape.layer.activation.name != "linear"]
        tallies = tallies or [_Tally(tape) for tape in bent]
        for tally, tape in zip(tallies, bent, strict=True):
            tally.add(tape)
    return ActivationReport(context.step, objective.full().size, tuple(tally.report() for tally in tallies))
