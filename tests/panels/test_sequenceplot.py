import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.data import load
from gdexplorer.data.sequences import ADDING, DELAYED_SUM, PARITY, SINE_CONTINUATION
from gdexplorer.panels.sequenceplot import SequencePlot, looks
from gdexplorer.probes.sequences import SequencesReport
from tests.panels.sequence_runs import report_of


@pytest.fixture
def plot(qtbot: QtBot) -> SequencePlot:
    made = SequencePlot()
    qtbot.addWidget(made)
    made.resize(700, 320)
    made.show()
    return made


@pytest.mark.parametrize(
    ("source", "wanted"),
    [(DELAYED_SUM, ("stems",)), (PARITY, ("stems",)), (SINE_CONTINUATION, ("line",)), (ADDING, ("stems", "marks"))],
)
def test_features_look_as_they_are(source, wanted):
    assert looks(load(source, 60, source.noise, 0.5, 1)) == wanted


def test_target_and_prediction_stand_behind_the_last_step(plot: SequencePlot) -> None:
    report = report_of("delayed_sum", 3)
    plot.draw(report)
    assert [(round(end.x, 6), end.y, end.name) for end in plot._ends] == [
        (30.4, report.target, "target"), (30.4, report.predictions[3], "prediction")]  # fmt: skip
    assert plot._places == (29.5,)
    x0, x1, y0, y1 = plot.view()
    assert x0 < 0 < 30 < x1
    assert y0 < min(report.x.min(), report.target) < max(report.x.max(), report.target) < y1


def test_stems_reach_from_zero_to_the_inputs(plot: SequencePlot) -> None:
    report = report_of("adding")
    plot.draw(report)
    x, y = plot._features[0].getData()
    assert x[0::3].tolist() == x[1::3].tolist() == list(range(20))
    assert (y[0::3] == 0).all()
    assert y[1::3].tolist() == report.x[:, 0].tolist()
    marks, _ = plot._marks.getData()
    assert marks.tolist() == [t for t in range(20) if report.x[t, 1] == 1]


def test_a_sine_goes_on_beside_what_the_network_makes_of_it(plot: SequencePlot) -> None:
    report = report_of("sine_continuation", 2)
    assert report.continued is not None
    assert report.examples.beyond is not None
    plot.draw(report)
    x, truth = plot._truth.getData()
    assert x.tolist() == list(range(20, 61))
    assert truth.tolist() == [report.target, *report.examples.beyond[2]]
    assert plot._network.getData()[1].tolist() == [report.predictions[2], *report.continued]
    assert [marker.label for marker in plot._markers] == ["free running"]
    assert plot._places == (20.5,)  # its first input that is a prediction is that of step 20
    assert plot._features[0].getData()[1].tolist() == report.x[:, 0].tolist()
    plot.draw(report_of("delayed_sum"))
    assert not plot._truth.isVisible()
    assert not plot._network.isVisible()


def test_bars_are_as_long_as_classes_are_likely(plot: SequencePlot) -> None:
    report = report_of("parity")
    assert report.shares is not None
    plot.draw(report)
    x, y = plot._bars.getData()
    lengths = x[1::2] - x[0::2]
    assert lengths / lengths.sum() == pytest.approx(report.shares)
    assert (np.diff(y[0::2]) > 0).all()
    taken, true = int(report.predictions[0]), int(report.target)
    roles = {k: end.role for k, end in enumerate(plot._ends)}
    assert roles[taken] == ("good" if taken == true else "danger")
    assert [end.name.endswith("(true)") for end in plot._ends] == [k == true for k in range(2)]


def test_predictions_far_off_do_not_flatten_the_rest(plot: SequencePlot) -> None:
    report = report_of("delayed_sum")
    outputs = report.outputs.copy()
    outputs[0] = 1e6
    far = SequencesReport(report.step, report.request, 0, report.data, outputs, None, report.layers, report.recurrence,
                          None)  # fmt: skip
    plot.draw(far)
    assert plot.view()[3] < 10
    plot.draw(report)
    assert plot.view()[3] < 4


def test_hovering_tells_what_there_is(plot: SequencePlot) -> None:
    report = report_of("adding")
    plot.draw(report)
    assert plot._read(3.2, 0.0).startswith("step 3 value: ")
    assert "step 3 marker: " in plot._read(3.2, 0.0)
    assert plot._read(20.0, 0.0).startswith("prediction ")
    assert plot._read(-3.0, 0.0) == ""
    plot.draw(report_of("sine_continuation"))
    assert plot._read(33.0, 0.0).startswith("step 33, free running\nnetwork ")
    assert plot._read(99.0, 0.0) == ""


def test_ticks_end_with_the_steps(plot: SequencePlot) -> None:
    plot.draw(report_of("parity"))
    assert plot._ticks(-0.7, 14.0, 4) == [(0.0, "0"), (5.0, "5"), (10.0, "10")]
