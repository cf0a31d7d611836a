"""What a network makes of sequences: of all of a split, of one step by step, and how far back that one's gradient goes.

All of it is in evaluation, without penalty: ℓ is the loss of the one example.
"""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array, BoolArray, IntArray, frozen
from gdexplorer.data import Data, Dataset
from gdexplorer.nn.layers.recurrent import Recurrent
from gdexplorer.nn.layers.rnn import Rnn
from gdexplorer.nn.plan import Plan
from gdexplorer.objectives.objective import Split
from gdexplorer.objectives.program import Pass
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes.confusion import decided
from gdexplorer.probes.context import Context
from gdexplorer.probes.maps import class_shares

NO_SEQUENCES = ("Predictions over time are made of sequences; choose a data set of sequences, such as the delayed sum "
                "or the adding problem.")  # fmt: skip
CHUNK = 256  # examples at a time


@dataclass(frozen=True, slots=True)
class Sequences:
    """The request for a `SequencesReport`.

    Attributes
    ----------
    index
        Of the example in its split; beyond the last one, it begins anew.
    layer
        The id of the recurrent layer that is looked into; the first if there is none of that name.
    """

    split: Split = "test"
    index: int = 0
    layer: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Recurrence:
    """One recurrent layer at work on the example.

    Attributes
    ----------
    hidden
        h_t behind each step (T, H).
    norms
        ‖∂ℓ/∂h_t‖ (T,); its lag is T − 1 − t.
    radius
        ρ, the spectral radius of W_hh, of a simple RNN; None where gates do more than multiply.
    """

    id: str
    kind: str
    hidden: Array
    norms: Array
    radius: float | None

    @property
    def lags(self) -> IntArray:
        """Steps back from the last one: (T,)."""
        return np.arange(len(self.norms))[::-1]

    @property
    def per_step(self) -> float:
        """The factor of ‖∂ℓ/∂h_t‖ with each step back, by least squares of its logarithm; NaN if there are no 2."""
        known = np.isfinite(self.norms) & (self.norms > 0)
        if np.count_nonzero(known) < 2:
            return float("nan")
        lags, logs = self.lags[known].astype(float), np.log(self.norms[known].astype(float))
        lags -= lags.mean()
        return float(np.exp(lags @ logs / (lags @ lags)))


@dataclass(frozen=True, eq=False, slots=True)
class SequencesReport:
    """The predictions of a split, and one example on its way through the network.

    Attributes
    ----------
    index
        Of the example that is shown.
    outputs
        Of the last layer for all of the split (n, C).
    shares
        Probabilities of the classes (K,) for the example, if the loss makes such of the outputs.
    layers
        Ids of the recurrent layers.
    continued
        What the network goes on with behind its prediction when each prediction becomes the next input, as far as
        the truth is known: (K,).
    """

    step: int
    request: Sequences
    index: int
    data: Data
    outputs: Array
    shares: Array | None
    layers: tuple[str, ...]
    recurrence: Recurrence | None
    continued: Array | None

    @property
    def examples(self) -> Dataset:
        """The split."""
        return self.data.split(self.request.split)

    @property
    def x(self) -> Array:
        """The inputs of the example (T, F)."""
        return np.asarray(self.examples.x[self.index].reshape(self.data.shape))

    @property
    def target(self) -> float:
        """The value or class of the example."""
        return float(self.examples.y[self.index])

    @property
    def predictions(self) -> Array:
        """Values or classes (n,) that are predicted."""
        return np.asarray(self.outputs[:, 0] if self.data.task == "regression" else decided(self.outputs), float)

    @property
    def right(self) -> BoolArray:
        """Whether each class is recognized: (n,)."""
        return np.asarray(self.predictions == self.examples.y)

    @property
    def errors(self) -> Array:
        """|prediction − target|, or by how much the best other class's output exceeds that of the true one: (n,)."""
        y, outputs = self.examples.y, self.outputs
        if self.data.task == "regression":
            return np.asarray(np.abs(outputs[:, 0] - y))
        if outputs.shape[1] == 1:
            return np.asarray(outputs[:, 0] * (1 - 2 * y))
        rows, true = np.arange(len(y)), y.astype(int)
        others = outputs.copy()
        others[rows, true] = -np.inf
        return np.asarray(others.max(axis=1) - outputs[rows, true], float)

    @property
    def worst(self) -> int:
        """The example with the largest error."""
        return int(self.errors.argmax())


def measure(request: Sequences, context: Context) -> SequencesReport:
    """Predict a split and look into one of its examples; context.theta and buffers must not change meanwhile."""
    objective = context.objective
    assert isinstance(objective, SupervisedObjective)
    data, program = objective.data, objective.program(objective.full())
    examples = data.split(request.split)
    parts = np.array_split(examples.x, -(-len(examples.x) // CHUNK))
    outputs = np.concatenate([program.predict(context.theta, context.buffers, part) for part in parts])
    index = request.index % len(outputs)
    layers = tuple(layer for layer in objective.network.layers if isinstance(layer, Recurrent))
    layer = next((found for found in layers if found.id == request.layer), layers[0] if layers else None)
    continued = None if examples.beyond is None else _continued(objective, context, examples.x[index],
                                                                examples.beyond.shape[1])  # fmt: skip
    return SequencesReport(
        context.step, request, index, data, frozen(outputs),
        class_shares(objective, outputs[index]) if data.task != "regression" else None,
        tuple(found.id for found in layers), None if layer is None else _recurrence(objective, context, request, index,
                                                                                   layer), continued,
    )  # fmt: skip


def _recurrence(objective: SupervisedObjective, context: Context, request: Sequences, index: int,
                layer: Recurrent) -> Recurrence:  # fmt: skip
    """Send the example forward and its loss back, and read what the layer keeps of both."""
    theta = context.theta
    compiled = Pass.compiled(objective, Plan(objective.dtype), 1, theta, np.empty_like(theta), context.memory)
    with np.errstate(all="ignore"):
        compiled.plan.run(objective.full(request.split).part(slice(index, index + 1)).arrays)
    tape = next(tape for group in compiled.groups for tape in group.tapes if tape.layer is layer)
    shown = {name: array.reshape(-1, layer.units).astype(np.float64) for name, array in layer.shown(tape).items()}
    radius = None
    if isinstance(layer, Rnn):
        weights = objective.layout.block(theta, f"{layer.id}.h")
        radius = float(np.abs(np.linalg.eigvals(weights.astype(np.float64))).max())
    with np.errstate(over="ignore"):
        norms = np.linalg.norm(shown["hidden_delta"], axis=1)
    kind = f"{layer.inner.label} RNN" if isinstance(layer, Rnn) else type(layer).__name__.upper()
    return Recurrence(layer.id, kind, frozen(shown["hidden"]), frozen(norms), radius)


def _continued(objective: SupervisedObjective, context: Context, window: Array, count: int) -> Array:
    """Predict, take the prediction as the newest of the inputs and drop the oldest, so many times behind the first."""
    network, plan = objective.network, Plan(objective.dtype)
    groups = network.allocate(plan, 1)
    network.forward(plan, context.theta, groups, memory=context.memory)
    output, found = groups[-1].tapes[-1].a, np.empty(count + 1)
    with np.errstate(all="ignore"):
        for k in range(count + 1):
            plan.run((np.ascontiguousarray(objective.encode(window[None]).T),))
            found[k] = output.item()
            window = np.append(window[1:], found[k])
    return frozen(found[1:])
