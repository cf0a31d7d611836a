"""What the narrator needs to know of the layers: dead, saturated and equal units, δ, sharpness."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.landscape.curvature import spectrum
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.layers.layer import Layer
from gdexplorer.nn.network import Network
from gdexplorer.objectives.program import NUMBERS
from gdexplorer.objectives.stacked import cuts
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes.context import Context
from gdexplorer.probes.profile import Profile, profile
from gdexplorer.probes.units import SATURATED, SHARE, by_column, steepest

MOST_WORK = 2e8  # multiplications of a pass forward over the training set; beyond, layers are not looked at
MOST_PARAMETERS = 64  # up to which sharpness is measured, by as many Hessian products


@dataclass(frozen=True, slots=True)
class Vitals:
    """The request for a `VitalsReport`; nobody draws it."""


@dataclass(frozen=True, slots=True)
class LayerVitals:
    """A dense layer, with a norm behind it as one.

    Attributes
    ----------
    delta
        Root mean square of B δ over units and training examples, δ that of the layer's activation.
    dead
        Units whose output and slope are exactly 0 on every training example.
    saturated
        Others whose |f′| is below 1 % of its maximum on more than 95 % of the training examples.
    twins
        Units in the largest group that has the same weights exactly, incoming and outgoing; 0 if no two have.
    """

    id: str
    units: int
    activation: str
    delta: float
    dead: int
    saturated: int
    twins: int


@dataclass(frozen=True, slots=True)
class VitalsReport:
    """One point.

    Attributes
    ----------
    layers
        Hidden dense layers from input to output; none where a look at them would take too long.
    profile
        How δ changes from layer to layer; None unless all hidden layers are dense, four of them at least.
    loss
        Over all training examples, with penalty.
    sharpness
        λmax of that loss; None where updates see another one, or parameters are many.
    """

    step: int
    examples: int
    layers: tuple[LayerVitals, ...]
    profile: Profile | None
    loss: float
    sharpness: float | None


def measure(request: Vitals, context: Context) -> VitalsReport:
    """Look at all training examples, without dropout; context.theta and buffers must not change meanwhile."""
    objective, theta, full = context.objective, context.theta, context.objective.full()
    layers: list[LayerVitals] = []
    whole = None
    with np.errstate(all="ignore"):
        loss = float(objective.program(full).losses(theta[None], context.buffers, full)[0])
        if isinstance(objective, SupervisedObjective) and objective.work * full.size <= MOST_WORK:
            layers = _layers(objective, context)
            if len(layers) == len(_columns(objective.network)) and _dense_alone(objective.network):
                whole = profile([layer.delta for layer in layers])
        sharp = _sharpness(context)
    return VitalsReport(context.step, full.size, tuple(layers[:-1]), whole, loss, sharp)


def _sharpness(context: Context) -> float | None:
    objective, theta = context.objective, context.theta
    if "hvp" not in objective.can or not objective.deterministic or theta.size > MOST_PARAMETERS:
        return None
    full = objective.full()
    product = objective.program(full).linearize(theta, np.zeros(0, objective.dtype), full)
    try:
        return float(spectrum(product, theta.size).values[-1])
    except ValueError:  # curvature is not finite there
        return None


def _columns(network: Network) -> list[list[Layer]]:
    """Return the dense layers, each with the norm and the dropout that follow it; the output layer is the last."""
    found = [[network.layers[k] for k in members if k >= 0] for members in by_column(network.layers)]
    return [column for column in found if column and isinstance(column[0], Dense)]


def _dense_alone(network: Network) -> bool:
    return sum(map(len, _columns(network))) == len(network.layers)


def _layers(objective: SupervisedObjective, context: Context) -> list[LayerVitals]:
    network, full, theta = objective.network, objective.full(), context.theta
    columns = _columns(network)
    bent = [next((one for one in reversed(column) if one.activation.name != "linear"), column[0]) for column in columns]
    units = [int(np.prod(network.layout.by_id[column[0].id].shape[0])) for column in columns]
    squares, flat = np.zeros(len(bent)), [np.zeros(n) for n in units]
    silent, steep = [np.ones(n, bool) for n in units], [np.zeros(n) for n in units]
    program = objective.program(full)
    for cut in cuts(full.size, max(NUMBERS // network.numbers, 16)):
        part = full.part(cut)
        traced = program.trace(theta, context.buffers, part)
        for k, layer in enumerate(bent):
            squares[k] += float(np.square(part.size * traced[f"{layer.id}.delta"], dtype=np.float64).sum())
            if layer.activation.name == "linear":
                continue
            slopes = np.abs(layer.activation.derivative(traced[f"{layer.id}.z"], layer.knobs))
            silent[k] &= (traced[f"{layer.id}.a"] == 0).all(axis=1)
            steep[k] = np.maximum(steep[k], slopes.max(axis=1))
            flat[k] += (slopes < SATURATED * steepest(layer.activation, layer.knobs)).sum(axis=1)
    twins = _twins(objective, theta, columns)
    found = []
    for k, layer in enumerate(bent):
        bends = layer.activation.name != "linear"
        dead = silent[k] & (steep[k] == 0) & bends
        saturated = (flat[k] > SHARE * full.size) & ~dead
        found.append(LayerVitals(
            columns[k][0].id, units[k], layer.activation.label, float(np.sqrt(squares[k] / (units[k] * full.size))),
            int(dead.sum()), int(saturated.sum()), twins[k],
        ))  # fmt: skip
    return found


def _twins(objective: SupervisedObjective, theta: Array, columns: list[list[Layer]]) -> list[int]:
    layers, layout = list(objective.network.layers), objective.layout
    counts = [0] * len(columns)
    for k, (column, behind) in enumerate(pairwise(columns)):
        if layers.index(behind[0]) != layers.index(column[-1]) + 1:
            continue
        own, next_weights = layout.block(theta, column[0].id), layout.view(theta, behind[0].id, "weight")
        if not _repeats(own):
            continue
        _, found = np.unique(np.hstack([own, next_weights.T]), axis=0, return_counts=True)
        counts[k] = int(found.max()) if found.max() > 1 else 0
    return counts


def _repeats(rows: Array) -> bool:
    """Whether two rows begin with the same number: nearly always false, and soon found."""
    return bool((np.diff(np.sort(rows[:, 0])) == 0).any())
