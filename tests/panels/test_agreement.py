from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.panels.agreement import REACH, Agreement, counts, rmse
from gdexplorer.probes.sequences import SequencesReport
from tests.panels.sequence_runs import report_of


@pytest.fixture
def plot(qtbot: QtBot) -> Agreement:
    made = Agreement()
    qtbot.addWidget(made)
    made.resize(300, 300)
    made.show()
    return made


@pytest.fixture(scope="module")
def values() -> SequencesReport:
    return report_of("delayed_sum", 4)


@pytest.fixture(scope="module")
def classes() -> SequencesReport:
    return report_of("parity")


def test_points_are_targets_and_predictions(plot: Agreement, values: SequencesReport) -> None:
    plot.draw(values)
    all_of_them, chosen = plot._dots._clouds
    assert all_of_them.x.tolist() == values.examples.y.tolist()
    assert all_of_them.y.tolist() == values.outputs[:, 0].tolist()
    assert (chosen.x.tolist(), chosen.y.tolist()) == ([values.target], [values.outputs[4, 0]])
    x0, x1, y0, y1 = plot.view()
    assert y0 <= x0 < x1 <= y1
    assert x0 < min(values.examples.y) < max(values.examples.y) < x1
    x, y = plot._diagonal.getData()
    assert x.tolist() == y.tolist() == [x0, x1]


def test_the_example_at_a_pixel(plot: Agreement, values: SequencesReport) -> None:
    plot.draw(values)
    at = plot.pixel(float(values.examples.y[7]), float(values.predictions[7]))
    near = plot.near(at.x(), at.y())
    assert near is not None
    there = plot.pixel(float(values.examples.y[near]), float(values.predictions[near]))
    assert abs(there.x() - at.x()) + abs(there.y() - at.y()) < REACH
    assert plot.near(-500.0, -500.0) is None
    x0, _, _, y1 = plot.view()
    assert plot._read(x0, y1) == ""
    assert plot._read(values.target, float(values.predictions[4])).startswith("example ")


def test_the_error_is_that_of_a_loop(values: SequencesReport) -> None:
    squares = [(o - y) ** 2 for o, y in zip(values.outputs[:, 0], values.examples.y, strict=True)]
    assert rmse(values) == pytest.approx((sum(squares) / len(squares)) ** 0.5)


def test_bars_are_accuracies_of_classes(plot: Agreement, classes: SequencesReport) -> None:
    plot.draw(classes)
    right, total = counts(classes)
    rows = list(zip(classes.examples.y, classes.outputs[:, 0] > 0, strict=True))
    for k in (0, 1):
        assert total[k] == sum(y == k for y, _ in rows)
        assert right[k] == sum(y == k and bool(taken) == bool(k) for y, taken in rows)
    assert plot._bars.opts["x1"] == pytest.approx(right / total)
    words = [note.text() for note in plot._notes if note.isVisible()]
    assert words[0] == f"accuracy {100 * right.sum() / total.sum():.1f} %"
    assert {"even", "odd", f"{right[0]} of {total[0]}"} <= set(words)
    assert plot.near(10.0, 10.0) is None
    assert plot._read(0.1, 1.5) == f"even: {right[0]} of {total[0]} recognized"
    assert plot._read(0.1, 0.5) == f"odd: {right[1]} of {total[1]} recognized"


def test_its_name_says_what_it_is(plot: Agreement, values: SequencesReport, classes: SequencesReport) -> None:
    plot.draw(classes)
    assert plot.accessibleName() == "Accuracy of each class"
    plot.draw(values)
    assert plot.accessibleName() == "Prediction against target"
    assert next(note.text() for note in plot._notes if note.isVisible()).startswith("RMSE ")


def test_predictions_far_from_the_targets_are_seen_too(plot: Agreement, values: SequencesReport) -> None:
    plot.draw(replace(values, outputs=np.linspace(50, 90, len(values.outputs))[:, None]))
    _, x1, y0, y1 = plot.view()
    assert x1 < 3
    assert y0 < 0
    assert 85 < y1 < 95
    plot.draw(replace(values, outputs=np.full_like(values.outputs, np.nan)))
    assert plot.view()[:2] == plot.view()[2:]
