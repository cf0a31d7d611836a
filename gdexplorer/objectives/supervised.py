"""Supervised learning as an objective: network + data + loss + penalty.

Linear regression is the case of no hidden layer, linear output and squared error; logistic regression the
case of no hidden layer and cross-entropy.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.data.features import expand
from gdexplorer.data.scaling import Scaler, Scaling, learned
from gdexplorer.data.source import Data, Dataset
from gdexplorer.fields import Settings
from gdexplorer.nn.activations import LINEAR
from gdexplorer.nn.layout import Layout
from gdexplorer.nn.losses import Loss, Task
from gdexplorer.nn.network import Network
from gdexplorer.nn.penalties import Penalty
from gdexplorer.objectives.batch import Batch, Portion, whole
from gdexplorer.objectives.objective import Landmark, Objective, Player, Split
from gdexplorer.objectives.per_sample import separable
from gdexplorer.objectives.program import SupervisedProgram
from gdexplorer.objectives.streams import Streams


@dataclass(frozen=True)
class SupervisedObjective:
    """Mean loss of a network over examples, plus a penalty on its weights."""

    network: Network
    data: Data
    features: tuple[str, ...]  # inputs made of two raw coordinates; empty: the raw inputs themselves
    loss: Loss
    loss_knobs: Settings
    penalty: Penalty
    penalize_biases: bool
    batch_size: int
    dtype: np.dtype[Any]
    scaling: Scaling = "none"  # of what the network sees: after features
    reconstruct: bool = False  # whether the targets are the inputs, as the network sees them: an autoencoder
    _dropped: int = field(init=False, repr=False, compare=False)  # units that may be; a field: it is read at each draw

    domain = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "_dropped", sum(count for count, _ in self.network.masks))

    @cached_property
    def can(self) -> frozenset[str]:
        """What there is."""
        exact = {"exact hvp"} if self.network.plain else set()
        purpose = {"reconstruct"} if self.reconstruct else {"answer"}
        images = len(self.network.shape) == 3 and any(len(shape) == 3 for shape in self.network.shapes[1:])
        maps = {"maps"} if images else set()
        classes = len(self.data.shape) == 3 and self.data.classes > 0 and not self.reconstruct
        pixels = {"pixels"} if classes and not self.features else set()
        time = {"sequences"} if len(self.network.shape) == 2 and not self.reconstruct else set()
        own = {"per_sample"} if separable(self.network) else set()
        usual = {"examples", "layers", "hvp", "stack", "predict", "trace"}
        return frozenset(usual | exact | purpose | maps | pixels | time | own)

    @property
    def buffers(self) -> Layout:
        """Blocks of the state outside θ, by layer id."""
        return self.network.buffers

    def fresh_buffers(self) -> Array:
        """Return what running statistics begin with."""
        return self.network.initial_buffers(self.dtype)

    @property
    def layout(self) -> Layout:
        """Blocks of θ by layer id."""
        return self.network.layout

    @property
    def work(self) -> int:
        """Multiplications of an example's pass forward."""
        return self.network.work

    @property
    def task(self) -> Task:
        """What is to be learned."""
        return "regression" if self.reconstruct else self.data.task

    @property
    def players(self) -> tuple[Player, ...]:
        """The network, alone."""
        return (Player("network", slice(0, self.layout.size)),)

    @property
    def deterministic(self) -> bool:
        """Whether every batch holds all training examples, and no unit is dropped."""
        return self.batch_size >= len(self.data.train.x) and not self._dropped

    @property
    def axes(self) -> tuple[str, str]:
        """Names of two parameters."""
        return ("weight", "bias") if self.layout.blocks[0].shape == (1, 2) else ("parameter 1", "parameter 2")

    @cached_property
    def landmarks(self) -> tuple[Landmark, ...]:
        """The least-squares point of a linear regression."""
        point = self.solution()
        return () if point is None else (Landmark("minimum", point, "least squares"),)

    def solution(self) -> Array | None:
        """Return the minimizer (P,) of a linear regression with squared error, None for anything else."""
        return self._solution

    @cached_property
    def _solution(self) -> Array | None:
        """Solve the normal equations of a linear regression with squared error.

        (2c / nC) Xᵀ(X wᵀ − y) + λ₂ m ∘ w = 0 for each output's row w of the block, c the loss's factor ½ or 1.
        """
        linear = len(self.network.layers) == 1 and self.network.plain and self.network.layers[0].activation is LINEAR
        if not linear or self.reconstruct or self.loss.name not in ("mse", "half_mse") or self.penalty.l1:
            return None
        batch = self._splits["train"]
        x, y = batch.xt.astype(np.float64), batch.y.astype(np.float64)  # (n, F + 1), (C, n)
        factor = (2.0 if self.loss.name == "mse" else 1.0) / y.size
        mask = self.layout.block(self.penalty_mask.astype(np.float64), self.layout.blocks[0].id)
        rows = [
            np.linalg.lstsq(
                np.vstack([np.sqrt(factor) * x, np.sqrt(self.penalty.l2) * np.diag(own)]),
                np.concatenate([np.sqrt(factor) * target, np.zeros(x.shape[1])]), None,
            )[0] for own, target in zip(mask, y, strict=True)
        ]  # fmt: skip
        return np.concatenate(rows)

    def penalty_at(self, theta: Array) -> float:
        """Return the penalty on θ's weights."""
        with np.errstate(over="ignore"):
            return float(self.penalty.value(theta, self.penalty_mask))

    @cached_property
    def penalty_mask(self) -> Array:
        """1 where a parameter is penalized, else 0: (P,)."""
        return np.asarray(self.layout.weights | self.penalize_biases, self.dtype)

    def encode(self, x: Array) -> Array:
        """Raw inputs (n, d) to network inputs (n, F + 1): features, scaled as the training split is, ones last."""
        return np.column_stack([self.scaler(self._expanded(x)), np.ones(len(x))]).astype(self.dtype)

    @cached_property
    def scaler(self) -> Scaler:
        """The scaling of the F features, learned on the training split."""
        return learned(self.scaling, self._expanded(self.data.train.x))

    def _expanded(self, x: Array) -> Array:
        return expand(x, self.features) if self.features else x

    @cached_property
    def _splits(self) -> dict[Split, Batch]:
        return {"train": whole(*self._encoded(self.data.train)), "test": whole(*self._encoded(self.data.test))}

    def _encoded(self, dataset: Dataset) -> tuple[Array, Array]:
        inputs = self.encode(dataset.x)
        if self.reconstruct:
            return inputs, np.ascontiguousarray(inputs[:, :-1])
        targets = self.loss.targets(self.data.task, self.data.classes, dataset.y)
        return inputs, np.ascontiguousarray(targets.T, self.dtype)

    def full(self, split: Split = "train") -> Batch:
        """All examples of a split."""
        return self._splits[split]

    def draw(self, streams: Streams) -> Batch:
        """Return the next mini-batch of a fresh permutation each epoch.

        The short last one is used too, unless it is one example and a batch norm needs two.
        """
        if streams.owner is not self or not streams.ready:
            self._prepare(streams)
        batch = streams.ready.pop()
        streams.cursor += batch.size
        return batch.with_masks(self._masks(streams, batch.size)) if self._dropped else batch

    def example(self, index: int, streams: Streams) -> Batch:
        """Return one training example as a batch of its own; of the streams only masks are drawn, if there are any."""
        train = self.full()
        xt = train.xt[index : index + 1]
        batch = Batch.of(xt.T, xt, train.y[:, index].copy())
        return batch.with_masks(self._masks(streams, 1)) if self._dropped else batch

    def _masks(self, streams: Streams, size: int) -> Array:
        """Draw 1/(1 − p), or with probability p a 0, for every unit that may be dropped and every example."""
        masks, start = np.empty((self._dropped, size), self.dtype), 0
        for count, p in self.network.masks:
            kept = streams.generators["dropout"].random((count, size)) >= p
            np.multiply(kept, 1 / (1 - p), masks[start : start + count], casting="same_kind")
            start += count
        return masks

    def _prepare(self, streams: Streams) -> None:
        count, fewest = len(self.data.train.x), self.network.fewest
        if len(streams.permutation) != count or streams.cursor > count - fewest:
            streams.permutation = streams.generators["order"].permutation(count)
            streams.cursor = 0
            streams.epoch += 1
        if streams.buffers is None or streams.owner is not self:
            train = self.full()
            streams.owner = self
            streams.buffers = Portion(train.xt, np.ascontiguousarray(train.y.T), min(self.batch_size, train.size))
        rows = streams.permutation[streams.cursor : streams.cursor + streams.buffers.examples]
        if 0 < (short := len(rows) % self.batch_size) < fewest:
            rows = rows[:-short]
        streams.ready = streams.buffers.fill(rows)[::-1]

    def program(self, like: Batch, stack: int = 0) -> SupervisedProgram:
        """Compile for batches of this size."""
        return SupervisedProgram(self, stack)

    def same_loss(self, other: Objective) -> bool:
        """Whether L(θ) is the same function, whatever the batches."""
        if not isinstance(other, SupervisedObjective) or self.data is not other.data:
            return False
        return replace(self, batch_size=1) == replace(other, batch_size=1)

    def in_precision(self, dtype: Any) -> "SupervisedObjective":
        """Return the same objective in another floating type, for surfaces in float32."""
        return self if self.dtype == np.dtype(dtype) else replace(self, dtype=np.dtype(dtype))
