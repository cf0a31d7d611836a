"""What every unit of a network makes of its inputs: maps over the input plane, means over the training set, health."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import numpy as np

from gdexplorer.arrays import Array, BoolArray, frozen
from gdexplorer.data import Data
from gdexplorer.fields import Settings
from gdexplorer.nn.activations import Activation
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.layers.dropout import Dropout
from gdexplorer.nn.layers.layer import Layer, Shape, Tape
from gdexplorer.nn.layers.normalization import BatchNorm, LayerNorm
from gdexplorer.nn.layout import Layout
from gdexplorer.nn.network import Network
from gdexplorer.nn.plan import Plan
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes.context import Context
from gdexplorer.probes.forward import tapes
from gdexplorer.probes.maps import kind_of

NO_UNITS = ("There is no network to show: a function has two parameters and no units, and a game has two networks, "
            "each with a loss of its own; choose a problem with one network.")  # fmt: skip
MOST = 16  # units a column that are drawn
SATURATED, SHARE = 0.01, 0.95  # of the slope's maximum, and of the training inputs
INPUTS = "inputs"
KINDS = {"gru": "GRU", "rnn": "simple RNN"}


@dataclass(frozen=True, slots=True)
class Units:
    """The request for a `UnitsReport`.

    Attributes
    ----------
    example
        The training example whose activations are wanted beside the means over all; None for none.
    unit
        Column and unit whose map is wanted in finer steps.
    """

    size: int = 24
    example: int | None = None
    unit: tuple[str, int] | None = None
    fine: int = 72


@dataclass(frozen=True, eq=False, slots=True)
class Column:
    """The inputs, or a layer with what follows it unit by unit: a norm, dropout. Anything else is a block.

    Attributes
    ----------
    id
        Of its first layer, which has the incoming weights.
    parts
        Kinds of its layers, such as ("dense", "dropout").
    shape
        Of what it makes; (n,) of units.
    drawn
        Whether its units are: flat ones are, images and sequences are not.
    names
        Of the inputs; empty for layers.
    maps
        (m, size, size) of the first m units, row = second input; (0, …) where there is no plane.
    means, example
        (n,) over the training set, and of the example that was asked for.
    dead, saturated
        (n,) whether it is 0 on every training input; whether |f′| is below 1 % of its maximum on more than 95 % of
        them. What is dead is not counted as saturated.
    dropped
        (n,) whether the mask of the first example of the latest batch is 0; None without dropout.
    share
        (n,) of the latest batch's examples for which a unit was dropped; None likewise.
    """

    id: str
    parts: tuple[str, ...]
    activation: str
    shape: Shape
    parameters: int
    drawn: bool
    names: tuple[str, ...]
    maps: Array
    means: Array
    example: Array | None
    dead: BoolArray
    saturated: BoolArray
    dropped: BoolArray | None = None
    share: Array | None = None
    ids: tuple[str, ...] = ()  # of its layers

    @property
    def units(self) -> int:
        """How many numbers it makes."""
        return prod(self.shape)

    @property
    def shown(self) -> int:
        """How many units are drawn."""
        return min(self.units, MOST) if self.drawn else 0


@dataclass(frozen=True, eq=False, slots=True)
class UnitsReport:
    """The network at one point.

    Attributes
    ----------
    theta, gradient
        (P,) at the time; the gradient is of the latest batch, with penalty.
    batch
        Examples that the gradient is a mean over.
    plane
        Whether there are maps over two raw inputs.
    fine
        (fine, fine) of the unit that was asked for; None where there is no plane or no such unit.
    """

    step: int
    request: Units
    data: Data
    columns: tuple[Column, ...]
    layout: Layout
    theta: Array
    gradient: Array
    batch: int
    plane: bool
    fine: Array | None = None

    @property
    def example_words(self) -> str:
        """Say what squares are colored by, where there are no maps."""
        if self.plane:
            return ""
        count, k = len(self.data.train.x), self.request.example
        if k is None:
            return f"squares: mean over {count:,} training examples"
        return f"squares: training example {k % count + 1:,} of {count:,}"


@dataclass(slots=True)
class _Tally:
    """What is summed of a layer's n units over the training set."""

    examples: int
    total: Array
    dead: BoolArray
    flat: Array  # on how many examples f′ is hardly there

    @property
    def mean(self) -> Array:
        """Mean activations."""
        return self.total / self.examples

    @property
    def saturated(self) -> BoolArray:
        """Where f′ is hardly there on nearly all examples."""
        return self.flat > SHARE * self.examples


def measure(request: Units, context: Context, masks: dict[str, Array]) -> UnitsReport:
    """Look at every unit in evaluation; context.theta and buffers must not change meanwhile.

    Parameters
    ----------
    masks
        Of the latest batch, (n, B) by the id of a dropout layer.
    """
    objective = context.objective
    assert isinstance(objective, SupervisedObjective)
    data, network = objective.data, objective.network
    plane = len(data.inputs) == 2 and not data.shape
    grid = _trace(objective, context, _grid(data, request.size)) if plane else []
    members_of = by_column(network.layers)
    seen = {k + 1 for members in members_of if _by_units(network, members) for k in members}
    health = _health(objective, context, seen)
    example = None
    if request.example is not None:
        one = data.train.x[[request.example % len(data.train.x)]]
        example = [a[:, 0] for _, a in _trace(objective, context, one)]
    columns = []
    for members in members_of:
        last = members[-1] + 1  # 0 is what goes in
        layers = [network.layers[k] for k in members if k >= 0]
        drawn = last in seen
        maps = grid[last][1][:MOST] if plane and drawn else np.zeros((0, request.size**2))
        blocks = [block.shape for k in members if k >= 0 for block in network.layers[k].blocks(network.shapes[k])]
        mask = next((masks[layer.id] for layer in layers if layer.id in masks), None)
        columns.append(Column(
            layers[0].id if layers else INPUTS, tuple(map(_kind, layers)) or (INPUTS,),
            next((f.activation.label for f in reversed(layers) if f.activation.name != "linear"), "linear"),
            network.shapes[last], sum(map(prod, blocks)), drawn, _names(objective) if not layers else (),
            frozen(maps.reshape(-1, request.size, request.size)), frozen(health[last].mean),
            None if example is None or not drawn else frozen(example[last]), health[last].dead,
            np.logical_or.reduce([health[k + 1].saturated for k in members]) & ~health[last].dead,
            None if mask is None else mask[:, 0] == 0, None if mask is None else frozen((mask == 0).mean(axis=1)),
            tuple(layer.id for layer in layers),
        ))  # fmt: skip
    fine = _fine(request, objective, context, columns) if plane else None
    return UnitsReport(context.step, request, data, tuple(columns), network.layout, context.theta,
                       frozen(context.gradient), context.examples, plane, fine)  # fmt: skip


def by_column(layers: Sequence[Layer]) -> list[list[int]]:
    """Return the layers of each column, −1 for the inputs: a norm or dropout belongs to the dense layer before it."""
    found = [[-1]]
    for k, layer in enumerate(layers):
        before = found[-1][0]
        if isinstance(layer, BatchNorm | LayerNorm | Dropout) and before >= 0 and isinstance(layers[before], Dense):
            found[-1].append(k)
        else:
            found.append([k])
    return found


def _kind(layer: Layer) -> str:
    return KINDS.get(kind_of(layer), kind_of(layer))


def _by_units(network: Network, members: list[int]) -> bool:
    first = members[0]
    return len(network.shape) == 1 if first < 0 else isinstance(network.layers[first], Dense)


def _names(objective: SupervisedObjective) -> tuple[str, ...]:
    shape = objective.data.shape
    if len(shape) == 3:
        return tuple(",".join(map(str, place[shape[0] == 1 :])) for place in np.ndindex(shape))
    return objective.features or objective.data.inputs


def _grid(data: Data, size: int) -> Array:
    axes = (np.linspace(low, high, size) for low, high in data.domain)
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)


def _trace(objective: SupervisedObjective, context: Context, x: Array) -> list[tuple[Array, Array]]:
    """Return z and a (n, B) of the inputs and of every layer for raw inputs x (B, d), in evaluation."""
    network, inputs = objective.network, objective.encode(x).T
    plan = Plan(objective.dtype)
    groups = network.allocate(plan, len(x), apart=True)
    network.forward(plan, context.theta, groups, memory=context.memory)
    with np.errstate(all="ignore"):
        plan.run((np.ascontiguousarray(inputs),))
    tapes: list[Tape] = [tape for group in groups for tape in group.tapes]
    return [(inputs[:-1], inputs[:-1]), *((tape.z, tape.a) for tape in tapes)]


def _health(objective: SupervisedObjective, context: Context, seen: set[int]) -> list[_Tally]:
    """Look at the training set: at the inputs, 0, and every layer, those that are seen."""
    full, shapes = objective.full(), objective.network.shapes
    units = [prod(shape) if k in seen else 0 for k, shape in enumerate(shapes)]
    tallies = [_Tally(full.size, np.zeros(n), np.full(n, k > 0), np.zeros(n)) for k, n in enumerate(units)]
    if 0 in seen:
        tallies[0].total += full.xt[:, :-1].sum(axis=0, dtype=np.float64)
    for part in tapes(objective, context):
        for k in seen - {0}:
            tape, own = part[k - 1], tallies[k]
            own.total += tape.a.sum(axis=1)
            own.dead &= (tape.a == 0).all(axis=1)
            if (layer := tape.layer).activation.name != "linear":
                steep = np.abs(layer.activation.derivative(tape.z, layer.knobs))
                own.flat += (steep < SATURATED * steepest(layer.activation, layer.knobs)).sum(axis=1)
    return tallies


@lru_cache(maxsize=64)
def _steepest(activation: Activation, knobs: str) -> float:
    z = np.linspace(-20, 20, 8001)
    return float(np.abs(activation.derivative(z, activation.Knobs.model_validate_json(knobs))).max())


def steepest(activation: Activation, knobs: Settings) -> float:
    """Return the maximum of |f′|, on a fine grid."""
    return _steepest(activation, knobs.model_dump_json())


def _fine(request: Units, objective: SupervisedObjective, context: Context, columns: list[Column]) -> Array | None:
    """Return the map of the unit that was asked for in finer steps."""
    if request.unit is None:
        return None
    last, (id, unit) = 0, request.unit
    for column in columns:
        last += len(column.ids)
        if column.id == id and unit < column.units and column.drawn:
            a = _trace(objective, context, _grid(objective.data, request.fine))[last][1]
            return frozen(a[unit].reshape(request.fine, request.fine))
    return None
