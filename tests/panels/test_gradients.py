import math
import re
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.lab.commands import Change, Reinitialize, Restart
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.panels.gradients import LINES, NOW, REQUEST, TIMES, GradientsPanel
from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.quantities import QUANTITIES, Quantity
from gdexplorer.panels.ticks import number
from gdexplorer.probes.updates import NO_UPDATE
from tests.paired import paired
from tests.panels.branches import back
from tests.panels.runs import KINDS, frame, session
from tests.pixels import colors


@pytest.fixture
def panel(qtbot: QtBot) -> GradientsPanel:
    made = GradientsPanel()
    qtbot.addWidget(made)
    made.resize(700, 420)
    made.show()
    made.commanded.connect(lambda command: pytest.fail(f"a frame made it send {command}"))
    made.needs_changed.connect(lambda: pytest.fail("a frame changed its needs"))
    return made


def without(of: Frame) -> Frame:
    return replace(of, lanes=(replace(of.lane, views={}),))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", [0, 1, 40])
def test_every_kind_of_run_is_drawn(kind: str, steps: int, panel: GradientsPanel) -> None:
    shown = frame(session(kind, steps))
    panel.show_frame(shown)
    assert [layer.id for layer in panel.histograms.layers] == list(shown.lane.state.layers)
    assert panel._pages.currentIndex() == 1
    assert not panel.grab().isNull()


def test_it_asks_for_gradients(panel: GradientsPanel) -> None:
    assert panel.needs() == {REQUEST}


def test_it_says_which_gradient(panel: GradientsPanel) -> None:
    run = session("penalty")
    panel.show_frame(frame(run))
    assert panel.caption.text().startswith(
        "mean gradient of all 36 training examples before the first update · with penalty"
    )
    run.advance(3)
    panel.show_frame(frame(run))
    size = run.run.examples
    assert panel.caption.text().startswith(f"mean gradient of the last mini-batch of {size} · with penalty")
    run.run.deltas = dict  # as in a session that was opened
    panel.show_frame(frame(run))
    assert re.match(
        f"mean gradient of the last mini-batch of {size} · δ taken afresh, of 4 examples · with penalty",
        panel.caption.text(),
    ), "those of the next mini-batch, which an epoch of 36 leaves over"


@pytest.mark.parametrize(("clip", "at"), [("norm", "norm 0.001"), ("value", "±0.001")])
def test_it_says_how_gradients_are_clipped_and_what_came_of_it(clip: str, at: str, panel: GradientsPanel) -> None:
    run = session(training={"batch_size": 9, "clip": clip, "clip_threshold": 0.001})
    panel.show_frame(frame(run))
    assert f" · will be clipped at {at} · " in panel.caption.text()
    run.advance(4)
    panel.show_frame(frame(run))
    tally = run.run.state.tally
    last = f"last ‖g‖ {number(tally.before)} → {number(tally.after)}"
    assert f" · clipped at {at}: 100 % of updates, {last} · " in panel.caption.text()
    assert tally.before > 0.001
    run.send(Change("training.clip_threshold", 1000.0))
    run.advance(4)
    panel.show_frame(frame(run))
    assert ": 0 % of updates, last ‖g‖ " in panel.caption.text()
    run.send(Change("training.clip", "none"))
    run.advance(1)
    panel.show_frame(frame(run))
    assert "clipped" not in panel.caption.text()


def test_it_says_what_adds_up(panel: GradientsPanel) -> None:
    run = session(training={"batch_size": 9, "accumulate": 3, "zero_gradient": False})
    panel.show_frame(frame(run))
    assert panel.caption.text().startswith("mean gradient of all 36 training examples before the first update · ")
    run.advance(3)
    panel.show_frame(shown := frame(run))
    fresh, whole = shown.lane.state.buffer
    assert panel.caption.text().startswith(
        f"never zeroed: ‖Σg‖ {number(whole)}, fresh ‖g‖ {number(fresh)} · "
        "summed up to the last 3 mini-batches, 27 examples in all · "
    )
    assert shown.lane.views[REQUEST].norm == pytest.approx(whole)
    run.send(Change("training.accumulate_mean", False))
    run.send(Change("training.zero_gradient", True))
    run.advance(1)
    panel.show_frame(frame(run))
    assert panel.caption.text().startswith("summed gradient of the last 3 mini-batches, 27 examples in all · ")
    assert "zeroed" not in panel.caption.text()


@pytest.mark.parametrize(
    ("penalty", "said"),
    [({"l1": 9.0}, "with penalty · 0 of {n} weights exactly 0"),
     ({"l1": 9.0, "l1_form": "proximal"}, "L1 by a step of its own · {n} of {n} weights exactly 0"),
     ({"l1": 9.0, "l2": 0.1, "l1_form": "proximal"},
      "with L2 · L1 by a step of its own · {n} of {n} weights exactly 0"),
     ({"l2": 0.1, "l1_form": "proximal"}, "with penalty")],
)  # fmt: skip
def test_it_says_which_penalty_is_in_the_gradient_and_what_is_exactly_zero(
    penalty: dict[str, object], said: str, panel: GradientsPanel
) -> None:
    run = session(penalty=penalty, training={"batch_size": 36})
    run.advance(30)
    panel.resize(1400, 420)
    panel.show_frame(frame(run))
    weights = int(run.run.objective.layout.weights.sum())
    assert f" · {said.format(n=weights)} · " in panel.caption.text()


def test_before_the_first_measurement_it_says_so(panel: GradientsPanel) -> None:
    panel.show_frame(without(frame(session())))
    assert panel._pages.currentIndex() == 0
    assert panel.summary() == "Gradients: nothing has been measured yet."


def test_a_frame_without_a_measurement_leaves_the_last(panel: GradientsPanel) -> None:
    run = session(steps=5)
    panel.show_frame(frame(run))
    run.advance(1)
    panel.show_frame(without(frame(run)))
    assert panel._pages.currentIndex() == 1
    run.send(Restart())
    panel.show_frame(without(frame(run)))
    assert panel._pages.currentIndex() == 0, "the measurement belongs to a run that is gone"


def test_a_run_may_begin_again_with_other_layers(panel: GradientsPanel) -> None:
    panel.show_frame(frame(session("deep", 30)))
    panel.show_frame(frame(session("linear", 2)))
    assert [layer.id for layer in panel.histograms.layers] == ["output"]
    assert panel.profile.layers == panel.histograms.layers


def test_an_unchanged_report_is_not_drawn_again(panel: GradientsPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = frame(session(steps=5))
    panel.show_frame(shown)
    monkeypatch.setattr(panel.histograms, "draw", lambda *_: pytest.fail("drawn again"))
    panel.show_frame(shown)


@paired("name", PALETTES, "size", [(300, 170), (420, 260), (1200, 800)])
def test_every_theme_and_size(name: str, size: tuple[int, int], panel: GradientsPanel) -> None:
    panel.resize(*size)
    panel.show_palette(PALETTES[name], paused=True)
    panel.show_frame(frame(session("classes", 20)))
    assert PALETTES[name].accent in colors(panel.histograms.grab().toImage()), "there are bars"
    for plot in (panel.histograms, panel.profile):
        for note in (note for pool in plot._pools.values() for note in pool if note.isVisible()):
            assert note.x() >= 0
            assert note.x() + note.boundingRect().width() <= plot.width() + 1 or plot.isHidden(), note.text()


def test_the_summary_names_every_layer(panel: GradientsPanel) -> None:
    panel.show_frame(frame(session(steps=5)))
    assert panel.summary().startswith("Gradients at update 5, norm ")
    assert "h1: 12 elements, rms " in panel.summary()
    assert "output: 5 elements, rms " in panel.summary()
    assert panel.histograms.reading(0, 1.5).startswith("h1: 12 elements\nrms ")  # type: ignore[misc]


# ---- other quantities, and over time ---------------------------------------------


@pytest.fixture
def chooser(qtbot: QtBot) -> GradientsPanel:
    made = GradientsPanel()
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    return made


def look(panel: GradientsPanel, run: Session) -> None:
    panel.show_frame(run.frame(panel.needs()))
    panel.grab()


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda quantity: quantity.label)
@pytest.mark.parametrize("view", [NOW, TIMES, LINES])
def test_every_quantity_has_every_view(quantity: Quantity, view: int, chooser: GradientsPanel) -> None:
    asked: list[None] = []
    chooser.needs_changed.connect(lambda: asked.append(None))
    chooser.choose(quantity.label, view)
    assert chooser.needs() == {quantity.request}
    assert bool(asked) == (quantity.request != REQUEST or view != NOW)
    run = session("deep")
    look(chooser, run)
    for _ in range(5):
        run.advance(3)
        look(chooser, run)
    assert chooser._pages.currentIndex() == 1 + view
    assert len(chooser.pasts[quantity.label]) == (5 if quantity.label == "updates" else 6)
    assert chooser.summary().startswith(f"{quantity.label.capitalize()} at update 15")
    sizes = quantity.size(chooser._report)
    assert len(sizes) == 13
    steps, numbers = chooser.pasts[quantity.label].series()
    assert steps[-1] == 15
    assert numbers[-1].tolist() == pytest.approx(sizes, nan_ok=True)


def test_the_sizes_are_those_of_the_run(chooser: GradientsPanel) -> None:
    run = session()
    chooser.choose("weights", LINES)
    look(chooser, run)
    run.advance(4)
    look(chooser, run)
    layout, theta = run.run.objective.layout, run.run.state.theta
    _, numbers = chooser.pasts["weights"].series()
    wanted = [math.sqrt(sum(x * x for x in layout.block(theta, id).ravel().tolist())) for id in ("h1", "output")]
    assert numbers[-1].tolist() == pytest.approx(wanted, rel=1e-12)


def test_an_update_that_nobody_watched_is_waited_for(chooser: GradientsPanel) -> None:
    run = session(steps=3)
    chooser.choose("updates")
    look(chooser, run)
    assert chooser.waiting.text() == NO_UPDATE
    assert chooser._pages.currentIndex() == 0
    run.advance(1)
    look(chooser, run)
    assert chooser._pages.currentIndex() == 1
    assert chooser.caption.text().startswith("the update to 4, ")


def test_a_restart_forgets_and_new_weights_leave_a_gap(chooser: GradientsPanel) -> None:
    run = session()
    for _ in range(4):
        run.advance(5)
        look(chooser, run)
    run.send(Reinitialize("network", 3))
    run.advance(1)
    look(chooser, run)
    past = chooser.pasts["gradients"]
    assert past.steps.tolist() == [5, 10, 15, 21]
    assert len(past.series()[0]) == 5, "and a gap"
    run.send(Restart())
    run.advance(30)
    look(chooser, run)
    assert chooser.pasts["gradients"].steps.tolist() == [30]


def test_a_time_when_it_was_hidden_is_a_gap(chooser: GradientsPanel) -> None:
    run = session()
    look(chooser, run)
    chooser.hide()
    run.advance(9)
    chooser.show()
    look(chooser, run)
    assert np.isnan(chooser.pasts["gradients"].series()[1]).any(axis=1).tolist() == [False, True, False]


@pytest.mark.parametrize(("network", "said"), [
    ({"activation": "sigmoid"}, "vanishing: δ shrinks ×0.2"),
    ({"activation": "relu", "initializer": {"kind": "normal", "sigma": 1.0}}, "exploding: δ grows ×"),
])  # fmt: skip
def test_the_verdict_comes_first_and_quotes_factor_and_r2(
    network: dict[str, object], said: str, chooser: GradientsPanel
) -> None:
    activation = network.pop("activation")
    layers = [{"id": f"h{k}", "units": 20, "activation": activation} for k in range(10)]
    look(chooser, session(network={"layers": layers, **network}))
    assert chooser.caption.text().startswith(said)
    assert re.search(r" a layer back, R² (1\.000|\.9\d\d) · ", chooser.caption.text())
    assert said[1:] in chooser.summary()
    assert len(chooser.profile._fit.xData) == 10
    chooser.choose("weights")
    look(chooser, session(network={"layers": layers, **network}))
    assert "layer back" not in chooser.caption.text(), "that is of δ alone"


def test_few_layers_have_no_verdict(chooser: GradientsPanel) -> None:
    look(chooser, session())
    assert "layer back" not in chooser.caption.accessibleDescription()


def test_hovering_over_time_reads_a_share(chooser: GradientsPanel) -> None:
    chooser.choose("weights", TIMES)
    look(chooser, session())
    assert chooser.times.reading is not None
    assert chooser.times.reading(0.5, 1.5).startswith("h1, update 0\n33.3 % exactly 0"), "the biases"
    assert chooser.times.reading(40.0, 1.5) == ""


@pytest.mark.parametrize("view", [TIMES, LINES])
def test_travel_adds_what_was_not_measured_and_scrambles_nothing(chooser: GradientsPanel, view: int) -> None:
    chooser.choose("gradients", view)
    run = session()
    for _ in range(4):
        run.advance(10)
        look(chooser, run)
    back(run, 15)
    look(chooser, run)
    plot = chooser.times if view == TIMES else chooser.lines
    assert plot._cursor.xData.tolist() == [15, 15]
    assert chooser.pasts["gradients"].steps.tolist() == [10, 15, 20, 30, 40]
    run.advance(5)
    look(chooser, run)
    run.present()
    look(chooser, run)
    assert np.isnan(plot._cursor.xData).all()
    run.advance(10)
    look(chooser, run)
    assert chooser.pasts["gradients"].steps.tolist() == [10, 15, 20, 30, 40, 50]
    back(run, 30)
    run.send(Change("optimizer.learning_rate", 0.01))
    run.advance(1)
    look(chooser, run)
    assert chooser.pasts["gradients"].steps.tolist() == [31], "another run begins anew"


@pytest.mark.parametrize("theme", PALETTES)
def test_rows_without_any_height_do_no_harm(theme: str, panel: GradientsPanel) -> None:
    panel.show_palette(PALETTES[theme], True)
    panel.show_frame(frame(session(steps=3)))
    for height in range(60):
        panel.histograms.resize(400, height)
        panel.profile.resize(200, height)


def test_another_view_may_be_chosen_before_anything_was_measured_on_a_new_path(panel: GradientsPanel) -> None:
    run = session(steps=0)
    panel.needs_changed.disconnect()
    panel.how.setCurrentIndex(LINES)
    panel.show_frame(frame(run))
    assert run.send(Reinitialize("network", 5)).accepted
    panel.show_frame(without(frame(run)))
    for view in (TIMES, LINES):
        panel.how.setCurrentIndex(view)
        assert panel._pages.currentIndex() == 0
    panel.lines.read(0.0, 0.0)
    panel.show_frame(frame(run))
    assert panel._pages.currentIndex() == 1 + LINES
