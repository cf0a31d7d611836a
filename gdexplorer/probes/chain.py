"""The chain rule of one parameter, with its numbers: ∂L/∂w = 1/B Σ_b Σ_places δ · a, and what δ is made of."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.layers.rnn import Rnn
from gdexplorer.nn.layout import Block
from gdexplorer.probes.stepwise import LayerStage, Stage

Places = Literal["", "place", "step"]


class Parameter(NamedTuple):
    """Where a number of θ is: the layer's place in the network, the block, its row, its column."""

    layer: int
    block: Block
    row: int
    column: int

    @property
    def bias(self) -> bool:
        """Whether it is the bias of an affine block."""
        return self.block.content == "affine" and self.column == self.block.shape[1] - 1


@dataclass(frozen=True, eq=False, slots=True)
class Chain:
    """The terms of one parameter's derivative.

    Attributes
    ----------
    delta, a : Array, shape (K, B), or None
        The factors at the K places where the parameter is used: B δ, of each example's own loss, and the input there.
        None where a layer is no sum of products; then only the terms are known.
    terms : Array, shape (K, B), or None
        Their products, or of a layer without them each example's own derivative, (1, B).
    penalty, total : float
        What the penalty adds, and ∂L/∂w.
    """

    where: Parameter
    places: Places
    delta: Array | None
    a: Array | None
    terms: Array | None
    penalty: float
    total: float


def parameter(stage: Stage, index: int) -> Parameter:
    """Return where a number of θ is."""
    block = next(block for block in stage.layout.blocks if block.start <= index < block.stop)
    row, column = divmod(index - block.start, block.shape[1])
    ids = [own.layer.id for own in stage.layers]
    return Parameter(ids.index(block.id.partition(".")[0]), block, row, column)


def incoming(stage: Stage, layer: int) -> Array:
    """Return what goes into a layer, (n, B)."""
    assert stage.batch is not None
    if layer == 0:
        return stage.batch.x
    a = stage.layers[layer - 1].a
    assert a is not None
    return a


def chain(stage: Stage, index: int) -> Chain:
    """Return the chain rule of θ's number `index`; the stage has come to its backward pass."""
    assert stage.backward is not None
    assert stage.batch is not None
    where, own, size = parameter(stage, index), stage.layers[parameter(stage, index).layer], stage.batch.size
    penalty, total = float(stage.backward.penalty[index]), float(stage.backward.gradient[index])
    found: tuple[Array, Array] | None = None
    places: Places = ""
    x = incoming(stage, where.layer)
    if isinstance(own.layer, Dense) and own.delta is not None:
        found = own.delta[where.row][None], np.ones((1, size)) if where.bias else x[where.column][None]
    elif isinstance(own.layer, Convolution) and own.delta is not None:
        found, places = _convolved(own, where, x), "place"
    elif isinstance(own.layer, Rnn):
        found, places = _through_time(stage, own, where, x), "step"
    if found is None:
        samples = stage.backward.samples
        return Chain(where, "", None, None, None if samples is None else samples[:, index][None] - penalty, penalty,
                     total)  # fmt: skip
    delta = size * found[0]
    return Chain(where, places, delta, found[1], delta * found[1], penalty, total)


def _convolved(own: LayerStage, where: Parameter, x: Array) -> tuple[Array, Array]:
    layer = own.layer
    assert isinstance(layer, Convolution)
    assert own.delta is not None
    delta = own.delta.reshape(layer.filters, -1, x.shape[1])[where.row]
    if where.bias:
        return delta, np.ones_like(delta)
    p = layer.padding
    image = np.pad(x.reshape(*own.inputs, -1), ((0, 0), (p, p), (p, p), (0, 0)))
    channel, rest = divmod(where.column, layer.size**2)
    windows = layer.windows.over(image)[(channel, *divmod(rest, layer.size))]  # (rows, columns, B)
    return delta, windows.reshape(delta.shape)


def _through_time(stage: Stage, own: LayerStage, where: Parameter, x: Array) -> tuple[Array, Array] | None:
    """Return δ_t = f′(z_t) ∂L/∂h_t, with z_t from θ, and what the weight multiplies at each step: x_t or h_{t−1}."""
    layer = own.layer
    if own.hidden is None or own.hidden_delta is None:
        return None
    assert isinstance(layer, Rnn)
    steps, batch = own.inputs[0], x.shape[1]
    h = own.hidden.reshape(steps, layer.units, batch)
    earlier = np.concatenate([np.zeros_like(h[:1]), h[:-1]])
    each = x.reshape(steps, -1, batch)
    delta = own.hidden_delta.reshape(h.shape)[:, where.row]
    if not stage.omitted:
        weights, recurrent = (stage.layout.block(stage.theta, id) for id in (layer.id, f"{layer.id}.h"))
        z = np.einsum("f,tfb->tb", weights[where.row, :-1], each) + weights[where.row, -1]
        z = z + np.einsum("k,tkb->tb", recurrent[where.row], earlier)
        delta = delta * layer.inner.derivative(z, layer.inner_knobs)
    if where.bias:
        return delta, np.ones_like(delta)
    return delta, (each if where.block.id == layer.id else earlier)[:, where.column]
