from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.data.modes import NEAR
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.panels.curves import CurvesPanel
from gdexplorer.panels.gradients import GradientsPanel
from gdexplorer.panels.landscape import LandscapePanel
from gdexplorer.panels.modes import NOTHING, REQUEST, ModesPanel, circles, shafts
from gdexplorer.panels.palette import PALETTES, Palette
from gdexplorer.probes.modes import ModesReport
from tests.objectives.games import dirac, session
from tests.panels.map_frames import session as network
from tests.panels.map_frames import with_view


def shown(qtbot: QtBot, panel: Any, size: tuple[int, int] = (700, 480)) -> Any:
    qtbot.addWidget(panel)
    panel.resize(*size)
    panel.show()
    panel.commanded.connect(lambda command: pytest.fail(f"it sent {command}"))
    return panel


@pytest.fixture
def panel(qtbot: QtBot) -> ModesPanel:
    return shown(qtbot, ModesPanel())  # type: ignore[no-any-return]


def show(panel: ModesPanel, run: Session) -> Frame:
    frame = run.frame(panel.needs())
    panel.show_frame(frame)
    return frame


def altered(frame: Frame, **changes: Any) -> Frame:
    report = frame.lane.views[REQUEST]
    assert isinstance(report, ModesReport)
    return with_view(frame, REQUEST, replace(report, **changes))


def facts(panel: Any) -> str:
    return str(panel.summary())


def test_a_network_has_no_generator(panel: ModesPanel) -> None:
    show(panel, network(0))
    assert panel.stage.sentence.text() == NOTHING
    assert panel.summary() == NOTHING
    assert panel.header.isHidden()


def test_it_counts_what_is_covered_and_says_what_loss_is_not(panel: ModesPanel) -> None:
    frame = show(panel, session())
    report = frame.lane.views[REQUEST]
    made = np.repeat(report.centers[:3], 100, axis=0)
    shares = np.array([1, 1, 1, 0, 0, 0, 0, 0]) / 3
    panel.show_frame(altered(frame, made=made, shares=shares, covered=3))
    said = facts(panel)
    assert "3 of 8 modes covered" in said
    assert "loss is no measure of quality" in said
    assert "100 % of 300 generated samples near a mode" in said
    solid, dashed = panel._covered.xData, panel._open.xData
    assert np.isnan(solid).sum() == 3
    assert np.isnan(dashed).sum() == 5


def test_samples_beyond_the_picture_are_owned_up_to(panel: ModesPanel) -> None:
    frame = show(panel, session())
    assert "outside" not in facts(panel)
    made = frame.lane.views[REQUEST].made.copy()
    made[:4] = 99.0
    panel.show_frame(altered(frame, made=made))
    assert "4 samples outside the picture" in facts(panel)


def test_switches_show_and_hide(panel: ModesPanel) -> None:
    show(panel, session())
    assert not panel._arrows.isVisible()
    panel.push.click()
    assert panel._arrows.isVisible()
    assert "arrows: −∂L/∂x" in facts(panel)
    assert panel._heat.isVisible()
    panel.judged.click()
    assert not panel._heat.isVisible()
    assert len(panel._dots._clouds) == 2
    panel.real.click()
    assert len(panel._dots._clouds) == 1


def test_the_switch_of_real_samples_wears_their_color(panel: ModesPanel) -> None:
    show(panel, session())
    for palette in PALETTES.values():
        panel.show_palette(palette, True)
        image = panel.real.icon().pixmap(24).toImage()
        assert image.pixelColor(12, 12).name().upper() == panel._dots._clouds[0].color.upper() == palette.data[1]


def test_a_place_tells_its_mode_and_what_d_believes(panel: ModesPanel) -> None:
    report = show(panel, session()).lane.views[REQUEST]
    text = panel._read(2.0, 0.1)
    assert text.startswith("mode 1: ")
    value = report.believed[24, 24]
    assert f"D {value:.2g}".rstrip("0") in panel._read(0.0, 0.0)
    assert "mode" not in panel._read(0.0, 0.0)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
@pytest.mark.parametrize("paused", [True, False])
def test_every_theme_paints(panel: ModesPanel, palette: Palette, paused: bool) -> None:
    panel.push.click()
    show(panel, session())
    panel.show_palette(palette, paused)
    assert len(set(panel.grab().toImage().convertToFormat(panel.grab().toImage().Format.Format_Grayscale8).bits())) > 9


def test_circles_and_arrows_are_where_they_belong() -> None:
    x, y = circles(np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert np.isnan(x).sum() == 2
    assert np.nanmin(x) == pytest.approx(1 - NEAR)
    assert np.nanmax(y) == pytest.approx(4 + NEAR)
    x, y = shafts(np.zeros((2, 2)), np.array([[3.0, 0.0], [0.0, 1.0]]), 0.6)
    assert np.nanmax(x) == pytest.approx(0.6)
    assert np.nanmax(y) == pytest.approx(0.2)
    assert all(len(part) == 0 for part in shafts(np.zeros((2, 2)), np.zeros((2, 2)), 1.0))
    assert all(len(part) == 0 for part in circles(np.zeros((0, 2))))


def test_curves_are_the_two_sides(qtbot: QtBot) -> None:
    curves = shown(qtbot, CurvesPanel())
    run = session()
    run.advance(30)
    curves.show_frame(run.frame())
    row = run.run.recorder.curves.parts()[-1][-1]
    assert [line.yData[-1] for line in curves.loss._lines[:2]] == pytest.approx(row[1:3])  # on a linear axis
    named = sorted(note.text().split()[0] for note in curves.loss._end_notes if note.isVisible())
    assert named == ["discriminator", "generator"]
    assert curves.accuracy.isVisible()
    assert curves.loss._batch.xData is None or len(curves.loss._batch.xData) == 0
    assert "loss is no measure of quality" in curves.caption.text()
    assert "generator’s loss" in curves.summary()
    curves.show_frame(network(5).frame())
    assert "no measure" not in curves.caption.text()


def test_gradients_say_whose_they_are(qtbot: QtBot) -> None:
    gradients = shown(qtbot, GradientsPanel())
    run = session()
    run.advance(4)
    gradients.show_frame(run.frame(gradients.needs()))
    assert "each side’s own loss when it moved (generator last)" in gradients.caption.accessibleDescription()


def test_a_game_of_two_parameters_shows_its_field(qtbot: QtBot) -> None:
    landscape = shown(qtbot, LandscapePanel())
    run = dirac()
    landscape.show_frame(run.frame(landscape.needs()))
    landscape.show_frame(run.frame(landscape.needs()))
    assert landscape.switches["field"].isChecked()
    assert landscape.map.field.isVisible()
    assert not landscape.map._contours.isVisible()
    said = landscape.summary()
    assert "the gradient of no one function" in said
    assert "height: the generator’s loss alone" in said
    assert "contours" not in said
    landscape.show_frame(network(5).frame(landscape.needs()))
    assert not landscape.switches["field"].isChecked()
