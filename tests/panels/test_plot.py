from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from gdexplorer.panels.palette import DARK, DASHED, LIGHT, PALETTES, PROJECTOR, Palette, contrast
from gdexplorer.panels.plot import Plot, ink


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    made = Plot("Loss")
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.grab()
    return made


def test_a_theme_restyles_everything(plot: Plot) -> None:
    curve, text, note = plot.curve("text", DASHED), plot.text("here"), plot.note("there", "accent")
    plot.show_palette(DARK, False)
    assert curve.opts["pen"].color().name().upper() == DARK.text
    assert curve.opts["pen"].dashPattern() == list(DASHED)
    assert text.color.name().upper() == DARK.muted
    assert note.brush().color().name().upper() == DARK.accent
    assert plot.backgroundBrush().color().name().upper() == DARK.panel
    assert plot.bottom.textPen().color().name().upper() == DARK.muted


def test_lines_are_wider_only_while_paused(plot: Plot) -> None:
    line, faint = plot.curve("text"), plot.curve("faint")
    for paused in (True, False):
        plot.show_palette(PROJECTOR, paused)
        assert line.opts["pen"].width() == (3 if paused else 1)
        assert faint.opts["pen"].width() == 1


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
def test_inks_can_be_seen(palette: object) -> None:
    assert contrast(ink(PROJECTOR, "#FFFF00"), PROJECTOR.panel) >= 3
    assert contrast(ink(palette, "faint"), palette.panel) > 1.5  # type: ignore[arg-type, attr-defined]


def test_the_view_is_exactly_what_was_asked_for(plot: Plot) -> None:
    plot.set_view(0, 120, -2, 0.5)
    assert plot.view() == (0, 120, -2, 0.5)
    plot.curve("text").setData(np.arange(5.0) * 1000, np.arange(5.0))
    plot.grab()
    assert plot.view() == (0, 120, -2, 0.5), "data moves it never"


def test_pixels_of_data(plot: Plot) -> None:
    plot.set_view(0, 10, 0, 1)
    area = plot.area()
    assert plot.pixel(0, 0) == area.bottomLeft()
    assert plot.pixel(10, 1) == area.topRight()


def test_names_of_axes_are_plain_text(plot: Plot) -> None:
    plot.set_labels("<b>x</b>", "y & z")
    assert plot.bottom.label.toPlainText().strip() == "<b>x</b>"
    assert plot.left.label.toPlainText().strip() == "y & z"


def test_left_axes_align(qtbot: QtBot, plot: Plot) -> None:
    other = Plot("Accuracy")
    qtbot.addWidget(other)
    other.resize(400, 200)
    other.set_log(y=True)
    other.set_view(0, 1, -9, 3)
    other.grab()
    assert other.area().left() == plot.area().left()


def test_ticks_are_few_and_labelled(plot: Plot) -> None:
    plot.set_log(y=True)
    plot.set_view(0, 1200, -3, 0)
    (_, values), *more = plot.left.tickValues(-3, 0, 250)
    assert not more
    assert plot.left.tickStrings(values, 1.0, 1.0) == ["0.001", "0.01", "0.1", "1"]
    assert len(plot.bottom.tickValues(0, 1200, 60)[0][1]) <= 3


def test_hovering_reads_the_plot(plot: Plot, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda place, text, widget: said.append(text))
    plot.set_view(0, 10, 0, 1)
    plot.reading = lambda x, y: f"<i> {x:.0f}, {y:.1f}"
    middle = plot.area().center().toPoint()
    plot.viewportEvent(QHelpEvent(QHelpEvent.Type.ToolTip, middle, QPoint(0, 0)))
    assert said == ["<qt>&lt;i&gt; 5, 0.5</qt>"]


def test_an_item_can_change_its_role(plot: Plot) -> None:
    curve = plot.curve("faint")
    plot.restyle(curve, "accent")
    plot.show_palette(LIGHT, False)
    assert curve.opts["pen"].color().name().upper() == LIGHT.accent


@pytest.mark.parametrize("cached", [False, True])
def test_a_curve_is_painted_all_over_a_view_that_changed(plot: Plot, cached: bool) -> None:
    """A curve that claims less than the view is cut off there."""
    curve = plot.curve("#d00000")
    if cached:
        curve.setCacheMode(curve.CacheMode.DeviceCoordinateCache)
    curve.setData(np.array([-10.0, 10.0]), np.array([-10.0, 10.0]))
    for low, high in ((0.0, 1.0), (-8.0, 9.0), (2.0, 3.0), (-9.0, -5.0)):
        plot.set_view(low, high, low, high)
        image = plot.grab().toImage()
        for share in (0.03, 0.31, 0.52, 0.77, 0.97):  # away from the lines of the grid
            at = plot.plotItem.mapToScene(plot.pixel(*[low + share * (high - low)] * 2)).toPoint()
            near = [image.pixelColor(at.x() + x, at.y()) for x in range(-3, 4)]
            assert any(color.red() > 150 and color.green() < 120 for color in near), (low, share)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
@pytest.mark.parametrize("width", [180, 240, 330, 700])
def test_labels_side_by_side_do_not_touch(plot: Plot, palette: Palette, width: int) -> None:
    plot.show_palette(palette, True)
    plot.set_view(-0.62, 0.31, 0.0, 1.0)
    plot.resize(width, 200)
    size = plot.area().width()
    ((_, places),) = plot.bottom.tickValues(-0.62, 0.31, size)
    assert places
    ends = [(at / 0.93 * size, plot.bottom.metrics.horizontalAdvance(text) / 2)
            for at, text in zip(places, plot.bottom.tickStrings(places, 1.0, 1.0), strict=True)]  # fmt: skip
    assert all(one + half < other - rest for (one, half), (other, rest) in pairwise(ends))


def test_names_of_axes_wear_the_theme_also_when_nothing_else_about_them_changed(qtbot: QtBot) -> None:
    plot = Plot("one")
    qtbot.addWidget(plot)
    for palette in (LIGHT, DARK):
        for paused in (True, False):
            plot.show_palette(palette, paused)
            plot.set_labels("x", "y")
            assert {axis.labelStyle["color"] for axis in (plot.bottom, plot.left)} == {palette.muted}
