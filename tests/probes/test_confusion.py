import math
from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.probes.confusion import Confusion, ConfusionReport, counts_classes, measure
from gdexplorer.probes.context import Context
from tests.builders import dense, forward, learner, point
from tests.over_rows import over_rows

HIDDEN = (dense("h1", 5),)
CLASSIFIERS = [("binary_cross_entropy", 2), ("softmax_cross_entropy", 2), ("softmax_cross_entropy", 7), ("mse", 2),
               ("huber", 4), ("half_mse", 3)]  # fmt: skip


def measured(objective, theta, split="test"):
    context = Context(9, objective, theta, theta, {}, 0, objective.fresh_buffers())
    return measure(Confusion(split), context)


def of(counts, labels=None) -> ConfusionReport:
    """A report of these counts, as many examples in each cell."""
    counts = np.array(counts)
    rng = np.random.default_rng(0)
    objective = learner(rng, (), "softmax_cross_entropy", classes=3, examples=int(counts.sum()))
    cells = [cell for cell in np.ndindex(counts.shape) for _ in range(counts[cell])]
    true, predicted = (np.array([cell[k] for cell in cells]) for k in (0, 1))
    data = replace(objective.data, test=replace(objective.data.test, y=true.astype(float)), classes=len(counts))
    return ConfusionReport(0, "test", data, labels or tuple(map(str, range(len(counts)))), counts, predicted)


@over_rows(("loss", "classes"), CLASSIFIERS)
@over_rows("split", ["train", "test"])
def test_counts_are_those_of_a_loop(rng, loss, classes, split):
    objective = learner(rng, HIDDEN, loss, classes=classes, examples=50)
    theta = point(objective, rng)
    report = measured(objective, theta, split)
    examples, counts = getattr(objective.data, split), np.zeros((classes, classes), int)
    for x, y, predicted in zip(examples.x, examples.y, report.predicted, strict=True):
        outputs = forward(objective, theta, x[None])[0].tolist()
        found = outputs.index(max(outputs)) if len(outputs) > 1 else int(outputs[0] > 0)
        assert predicted == found
        counts[int(y), found] += 1
    assert (report.counts == counts).all()
    assert report.labels == tuple(str(k) for k in range(classes))
    assert (report.step, report.split) == (9, split)
    scored = objective.program(objective.full()).score(theta, objective.fresh_buffers(), objective.full(split))
    assert report.accuracy == pytest.approx(scored.accuracy, abs=1e-15)


def test_names_are_those_of_the_data(rng):
    objective = learner(rng, HIDDEN, "softmax_cross_entropy", classes=3)
    named = replace(objective, data=replace(objective.data, labels=("coat", "bag", "shirt")))
    assert measured(named, point(named, rng)).labels == ("coat", "bag", "shirt")


def test_recall_is_of_rows_and_precision_of_columns():
    report = of([[8, 2, 0], [1, 3, 0], [0, 0, 0]])
    assert report.recall.tolist()[:2] == [0.8, 0.75]
    assert report.precision.tolist()[:2] == [8 / 9, 0.6]
    assert math.isnan(report.recall[2])
    assert math.isnan(report.precision[2])
    assert report.accuracy == pytest.approx(11 / 14)


@pytest.mark.parametrize(
    ("counts", "cell"),
    [([[9, 0], [0, 4]], None), ([[9, 1], [3, 4]], (1, 0)), ([[1, 5, 0], [0, 9, 0], [0, 0, 3]], (0, 1)),
     # equally many: the larger share of its class; 3 of 4 rather than 3 of 12
     ([[9, 3, 0], [0, 9, 0], [3, 0, 1]], (2, 0))],
)  # fmt: skip
def test_the_largest_confusion(counts, cell):
    assert of(counts).largest == cell


def test_members_are_the_examples_of_a_cell(rng):
    objective = learner(rng, HIDDEN, "softmax_cross_entropy", classes=3, examples=40)
    report = measured(objective, point(objective, rng))
    seen = []
    for cell in np.ndindex(3, 3):
        members = report.members(*cell).tolist()
        assert len(members) == report.counts[cell]
        assert all((report.examples.y[k], report.predicted[k]) == cell for k in members)
        seen += members
    assert sorted(seen) == list(range(40))


def test_what_there_is_a_matrix_of(rng):
    assert counts_classes(learner(rng, HIDDEN, "binary_cross_entropy"))
    assert counts_classes(learner(rng, HIDDEN, "mse", classes=3))
    assert not counts_classes(learner(rng, HIDDEN, "mse"))
