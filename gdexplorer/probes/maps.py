"""What a network that looks at images makes of one example, layer by layer, and the filters it does that with."""

import re
from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.data import Data, Dataset
from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.nn.layers.layer import Layer, Shape
from gdexplorer.objectives.objective import Program, Split
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes.confusion import decided
from gdexplorer.probes.context import Context

NO_MAPS = ("Feature maps are what layers of images make; choose a data set of images and a network with a convolution "
           "or pooling layer.")  # fmt: skip
CHUNK = 128  # examples at a time in the search for a mistake


@dataclass(frozen=True, slots=True)
class Maps:
    """The request for a `MapsReport`.

    Attributes
    ----------
    index
        Of the example in its split; beyond the last one, it begins anew.
    seek
        Whether to show the next example after this one whose class is not recognized.
    filters
        The id of the convolution whose filters are wanted; the first if there is none of that name.
    """

    split: Split = "test"
    index: int = 0
    seek: bool = False
    filters: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class LayerMaps:
    """What one layer makes of the example, after its activation: (channels, height, width)."""

    id: str
    kind: str  # such as "max pooling"
    values: Array


@dataclass(frozen=True, eq=False, slots=True)
class Filters:
    """Weights (filters, channels, k, k) and biases (filters,) of a convolution."""

    id: str
    weights: Array
    biases: Array


@dataclass(frozen=True, eq=False, slots=True)
class MapsReport:
    """One example on its way through the network, in evaluation.

    Attributes
    ----------
    index
        Of the example that is shown.
    x
        Its raw image (channels, height, width).
    outputs
        Of the last layer (C,), flat.
    shares
        Probabilities of the classes (K,), if the loss makes such of the outputs.
    predicted
        The class that it is taken for; None where there are no classes.
    """

    step: int
    request: Maps
    index: int
    data: Data
    x: Array
    layers: tuple[LayerMaps, ...]
    convolutions: tuple[str, ...]
    filters: Filters | None
    outputs: Array
    shares: Array | None
    predicted: int | None
    reconstructs: bool

    @property
    def examples(self) -> Dataset:
        """The split."""
        return self.data.split(self.request.split)

    @property
    def true(self) -> float:
        """The class of the example, or its value."""
        return float(self.examples.y[self.index])

    @property
    def right(self) -> bool:
        """Whether its class is recognized."""
        return self.predicted == self.true


def measure(request: Maps, context: Context) -> MapsReport:
    """Send one example through the network layer by layer; context.theta and buffers must not change meanwhile."""
    objective = context.objective
    assert isinstance(objective, SupervisedObjective)
    data, network = objective.data, objective.network
    program = objective.program(objective.full())
    examples = data.split(request.split)
    classes = data.task != "regression" and not objective.reconstruct
    index = request.index % len(examples.x)
    if request.seek and classes:
        index = next_mistake(program, context, examples, index)
    a, layers = examples.x[index : index + 1], []
    for k, (layer, shape) in enumerate(zip(network.layers, network.shapes[1:], strict=True)):
        a = program.predict(context.theta, context.buffers, a, k, k + 1)
        if len(shape) == 3:
            layers.append(LayerMaps(layer.id, kind_of(layer), frozen(a.reshape(shape))))
    convolutions = tuple((layer, shape) for layer, shape in zip(network.layers, network.shapes, strict=False)
                         if isinstance(layer, Convolution))  # fmt: skip
    return MapsReport(
        context.step, request, index, data, frozen(examples.x[index].reshape(data.shape)), tuple(layers),
        tuple(layer.id for layer, _ in convolutions), _filters(request, context, convolutions), frozen(a[0]),
        class_shares(objective, a[0]) if classes else None, int(decided(a)[0]) if classes else None,
        objective.reconstruct,
    )  # fmt: skip


def kind_of(layer: Layer) -> str:
    """Return what a layer is, in words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(layer).__name__).lower()


def next_mistake(program: Program, context: Context, examples: Dataset, index: int) -> int:
    """Return the next example whose class is not recognized, this one again if all are."""
    count = len(examples.x)
    order = (index + 1 + np.arange(count)) % count
    for rows in np.array_split(order, -(-count // CHUNK)):
        outputs = program.predict(context.theta, context.buffers, examples.x[rows])
        wrong = rows[decided(outputs) != examples.y[rows]]
        if len(wrong):
            return int(wrong[0])
    return index


def _filters(request: Maps, context: Context, convolutions: tuple[tuple[Convolution, Shape], ...]) -> Filters | None:
    if not convolutions:
        return None
    layer, inputs = next((found for found in convolutions if found[0].id == request.filters), convolutions[0])
    block = context.objective.layout.block(context.theta, layer.id)
    weights = block[:, :-1].reshape(layer.filters, inputs[0], layer.size, layer.size)
    return Filters(layer.id, frozen(weights), frozen(block[:, -1]))


def class_shares(objective: SupervisedObjective, outputs: Array) -> Array | None:
    """Return the classes' probabilities where the loss takes logits: softmax, or the sigmoid of the one output."""
    if not objective.loss.logits:
        return None
    z = outputs.astype(np.float64)
    if len(z) == 1:
        z = np.array([0.0, z[0]])
    with np.errstate(all="ignore"):  # infinite logits
        e = np.exp(z - z.max())
        return frozen(e / e.sum())
