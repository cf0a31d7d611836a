from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from gdexplorer.lab.commands import Change, Restart
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.panels.boundary import REQUEST, WAITING, BoundaryPanel
from gdexplorer.panels.palette import PALETTES, Palette
from gdexplorer.panels.samples import MOST
from gdexplorer.probes.boundary import BoundaryReport
from tests.panels.map_frames import line, move, session, with_view


@pytest.fixture
def panel(qtbot: QtBot) -> BoundaryPanel:
    made = BoundaryPanel()
    qtbot.addWidget(made)
    made.resize(560, 440)
    made.show()
    return made


def show(panel: BoundaryPanel, run: Session) -> Frame:
    frame = run.frame(panel.needs())
    panel.show_frame(frame)
    return frame


def altered(frame: Frame, **changes: Any) -> Frame:
    report = frame.lane.views[REQUEST]
    assert isinstance(report, BoundaryReport)
    return with_view(frame, REQUEST, replace(report, **changes))


def bumps() -> Session:
    data = {"kind": "playground_multi_gauss", "amount": 60, "noise": 0.0}
    return session(5, data=data, loss={"kind": "half_mse"})


def color_at(panel: BoundaryPanel, x: float, y: float) -> QColor:
    place = panel.plot.mapTo(panel, panel.plot.pixel(x, y).toPoint())
    return panel.grab().toImage().pixelColor(place)


def test_before_any_report_it_says_so(panel: BoundaryPanel) -> None:
    panel.show_frame(session(0).frame())
    assert panel.stage.sentence.text() == panel.summary() == WAITING
    assert not panel.header.isVisible()


def test_a_map_has_the_colors_of_the_classes_and_a_line_between_them(qtbot: QtBot, panel: BoundaryPanel) -> None:
    frame = session().frame(panel.needs())
    x, y = frame.lane.views[REQUEST].axes
    tilted = np.clip(np.tile(x, (len(y), 1)), -1, 1)
    with qtbot.assertNotEmitted(panel.commanded), qtbot.assertNotEmitted(panel.needs_changed):
        panel.show_frame(altered(frame, values=tilted))
    panel.train.setChecked(False)
    panel.test.setChecked(False)
    low, high = color_at(panel, -1.5, 1.5), color_at(panel, 1.5, 1.5)
    assert low.blue() > low.red() + 80
    assert high.red() > high.blue() + 80
    across, _ = panel._decision._line.getData()
    assert across[np.isfinite(across)] == pytest.approx(0, abs=1e-9)
    assert color_at(panel, 0, 1).lightness() < 80


def test_the_caption_says_what_is_drawn(panel: BoundaryPanel) -> None:
    show(panel, session())
    for part in ("at update 20", "● 24 train, ○ 16 test", "64×64 grid", "color strength is confidence"):
        assert part in panel.summary()
    panel.test.click()
    assert "○" not in panel.summary()
    assert "● 24 train" in panel.summary()


def test_both_axes_have_one_scale(panel: BoundaryPanel) -> None:
    show(panel, session(data={"kind": "moons", "amount": 40}))
    for size in ((640, 400), (300, 170), (320, 700)):
        panel.resize(*size)
        area, (x0, x1, y0, y1) = panel.plot.area(), panel.plot.view()
        assert area.width() / (x1 - x0) == pytest.approx(area.height() / (y1 - y0), rel=0.03), size


def test_mistakes_are_ringed_and_counted(panel: BoundaryPanel) -> None:
    frame = session().frame(panel.needs())
    panel.show_frame(altered(frame, values=np.full((64, 64), 0.5)))
    assert "wrong" not in panel.summary()
    panel.mistakes.click()
    data = frame.lane.views[REQUEST].data
    assert f"{int((data.train.y == 0).sum())} of 24 train examples wrong" in panel.summary()
    assert f"{int((data.test.y == 0).sum())} of 16 test examples wrong" in panel.summary()
    assert panel._decision._halos.isVisible()


def test_points_are_not_made_again_while_the_data_stays(panel: BoundaryPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    run = session()
    show(panel, run)
    made: list[int] = []
    monkeypatch.setattr(panel._decision._dots, "show_clouds", lambda *given: made.append(1))
    run.advance(5)
    show(panel, run)
    assert not made
    assert run.send(Change("data.noise", 0.1)).accepted
    show(panel, run)
    assert made == [1]


def test_hovering_reads_class_and_confidence(panel: BoundaryPanel) -> None:
    frame = session().frame(panel.needs())
    panel.show_frame(altered(frame, values=np.full((64, 64), -0.25)))
    move(panel.plot, 0.5, 0.5)
    assert panel.stage.reader.label.text().endswith("class 0, confidence 0.25")


def test_outputs_of_a_regression_are_drawn_on_a_scale_around_zero(panel: BoundaryPanel) -> None:
    frame = show(panel, bumps())
    low, high = panel.stage.bar._levels
    assert low == -high
    assert high == pytest.approx(np.abs(frame.lane.views[REQUEST].data.train.y).max())
    assert not panel.mistakes.isVisible()
    move(panel.plot, 0.5, 0.5)
    assert "output" in panel.stage.reader.label.text()
    assert "colors are outputs, those of points their targets" in panel.summary()


def test_one_input_shows_the_fitted_curve_and_residuals_on_demand(panel: BoundaryPanel) -> None:
    report = show(panel, line()).lane.views[REQUEST]
    x, y = panel._fitted._curve.getData()
    assert x == pytest.approx(report.axes[0])
    assert y == pytest.approx(report.values)
    assert not panel._fitted._stems.isVisible()
    assert not panel.stage.bar.isVisible()
    panel.residuals.click()
    assert panel._fitted._stems.isVisible()
    x, y = panel._fitted._stems.getData()
    assert len(x) == 3 * len(report.data.train.x)
    assert y[0] == report.data.train.y[0]
    assert y[1] == report.fitted[0]
    assert np.isnan(y[2])
    move(panel.plot, 0.5, 0.0)
    assert panel.stage.reader.label.text().startswith("x 0.5")
    assert panel.summary().startswith("Fitted curve at update 10")


def test_the_vertical_range_holds_still_until_it_must_move(panel: BoundaryPanel) -> None:
    frame = show(panel, line())
    before = panel.plot.view()
    report = frame.lane.views[REQUEST]
    panel.show_frame(altered(frame, values=report.values * 0.9))
    assert panel.plot.view() == before
    panel.show_frame(altered(frame, values=report.values + 1e6))
    assert "the curve leaves the picture" in panel.summary()
    assert panel.plot.view()[3] < 20


def test_what_is_not_finite_is_blank_and_said_so(panel: BoundaryPanel) -> None:
    frame = show(panel, session())
    values = np.zeros((64, 64))
    values[:4, :4] = np.nan
    panel.show_frame(altered(frame, values=values))
    assert "16 of 4,096 cells not finite, left blank" in panel.summary()
    panel.grab()
    frame = show(panel, line())
    panel.show_frame(altered(frame, values=np.full(256, np.nan), fitted=np.full(24, np.nan)))
    assert "not finite everywhere" in panel.summary()
    panel.grab()


def test_many_inputs_are_refused_in_a_sentence_with_the_accuracy(panel: BoundaryPanel) -> None:
    digits = session(0, data={"kind": "digits", "amount": 60, "noise": 0.0}, loss={"kind": "softmax_cross_entropy"})
    show(panel, digits)
    first, second = panel.summary().split("\n")
    assert first == "64 inputs: a boundary in the plane cannot be drawn."
    assert second.startswith("Test accuracy ")
    assert second.endswith(" % at update 0.")
    assert panel.stage.sentence.isVisible()
    assert panel.draw.isVisible()
    assert not panel.train.isVisible()
    show(panel, session())
    assert panel.plot.isVisible()
    assert panel.train.isVisible()


def test_a_change_of_kind_clears_the_picture_before(panel: BoundaryPanel) -> None:
    show(panel, session())
    show(panel, line())
    assert not panel._decision._heat.isVisible()
    assert panel._fitted._curve.isVisible()
    show(panel, bumps())
    assert not panel._fitted._curve.isVisible()
    assert panel._decision._heat.isVisible()


def test_a_run_that_begins_again_is_followed(panel: BoundaryPanel) -> None:
    run = session()
    show(panel, run)
    run.send(Restart())
    show(panel, run)
    assert "at update 0" in panel.summary()


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())
@pytest.mark.parametrize("make", [session, bumps, line])
def test_it_is_drawn_in_every_palette_and_size(panel: BoundaryPanel, palette: Palette, make: Any) -> None:
    show(panel, make())
    panel.show_palette(palette, paused=True)
    for size in ((300, 170), (640, 400), (1200, 800)):
        panel.resize(*size)
        image = panel.grab().toImage()
        middle = panel.plot.mapTo(panel, panel.plot.area().center().toPoint())
        colors = {
            image.pixelColor(middle.x() + k, middle.y() + j).rgb() for k in range(-20, 21) for j in range(-20, 21)
        }
        assert len(colors) > 3, size


def test_of_very_many_examples_it_says_how_many_are_drawn(panel: BoundaryPanel) -> None:
    data = {"kind": "moons", "amount": 10 * MOST, "train_share": 0.9}
    show(panel, session(0, data=data))
    assert f"● {MOST:,} of {9 * MOST:,} train, ○ {MOST:,} test" in panel.summary()
