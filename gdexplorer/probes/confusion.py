"""Which classes are taken for which: counts of true and predicted classes over a split."""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array, IntArray
from gdexplorer.data import Data, Dataset
from gdexplorer.objectives.objective import Objective, Split
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes.context import Context

NO_CLASSES = "A confusion matrix counts classes that a network predicts; choose a data set of classes."


@dataclass(frozen=True, slots=True)
class Confusion:
    """The request for a `ConfusionReport`."""

    split: Split = "test"


@dataclass(frozen=True, eq=False, slots=True)
class ConfusionReport:
    """The confusion matrix, and which example is where in it.

    Attributes
    ----------
    counts
        (C, C), row = true class, column = predicted class.
    predicted
        The class of each example of the split (n,).
    """

    step: int
    split: Split
    data: Data
    labels: tuple[str, ...]
    counts: IntArray
    predicted: IntArray

    @property
    def examples(self) -> Dataset:
        """The split."""
        return self.data.split(self.split)

    @property
    def accuracy(self) -> float:
        """The share of examples on the diagonal."""
        return float(np.trace(self.counts) / self.counts.sum())

    @property
    def recall(self) -> Array:
        """Of each true class the share that is recognized: (C,), NaN for a class without examples."""
        return _shares(self.counts, self.counts.sum(axis=1))

    @property
    def precision(self) -> Array:
        """Of what is taken for each class the share that is right: (C,), NaN where nothing is taken for it."""
        return _shares(self.counts, self.counts.sum(axis=0))

    @property
    def largest(self) -> tuple[int, int] | None:
        """True and predicted class of the largest confusion, the larger share of its true class first; None without."""
        wrong = self.counts.astype(float)
        np.fill_diagonal(wrong, 0)
        if not wrong.any():
            return None
        share = wrong / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        row, column = np.unravel_index(np.argmax(wrong + share / 2), wrong.shape)
        return int(row), int(column)

    def members(self, true: int, predicted: int) -> IntArray:
        """Return the indices within the split of the examples in a cell."""
        return np.flatnonzero((self.examples.y == true) & (self.predicted == predicted))


def counts_classes(objective: Objective) -> bool:
    """Whether an objective predicts classes."""
    return (isinstance(objective, SupervisedObjective) and "answer" in objective.can
            and objective.data.task != "regression")  # fmt: skip


def measure(request: Confusion, context: Context) -> ConfusionReport:
    """Classify all examples of a split; context.theta and buffers must not change meanwhile."""
    objective = context.objective
    assert isinstance(objective, SupervisedObjective)
    data = objective.data
    examples = data.split(request.split)
    outputs = objective.program(objective.full()).predict(context.theta, context.buffers, examples.x)
    predicted = decided(outputs)
    counts = np.zeros((data.classes, data.classes), np.int64)
    np.add.at(counts, (examples.y.astype(int), predicted), 1)
    for array in (counts, predicted):
        array.setflags(write=False)
    labels = data.labels or tuple(str(k) for k in range(data.classes))
    return ConfusionReport(context.step, request.split, data, labels, counts, predicted)


def decided(outputs: Array) -> IntArray:
    """Return the classes (n,) that outputs (n, C) stand for: the largest of several, the sign of one."""
    return np.asarray(outputs[:, 0] > 0, np.intp) if outputs.shape[1] == 1 else outputs.argmax(axis=1)


def _shares(counts: IntArray, of: IntArray) -> Array:
    return np.asarray(np.divide(np.diag(counts), of, out=np.full(len(of), np.nan), where=of > 0))
