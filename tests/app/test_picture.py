"""A panel's picture: larger than on the screen, without controls, with what it depends on."""

from xml.dom import minidom

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QGraphicsView

from gdexplorer.app.picture import SCALE, Picture
from gdexplorer.panels.header import Header
from gdexplorer.panels.panel import Panel
from tests.app.driver import Driver

STATUS = "seed 7 · moons · η 0.1 · update 3"


@pytest.fixture
def panel(driver: Driver) -> Panel:
    driver.open(playing=False)
    driver.settle()
    return driver.panel("curves")


def picture(panel: Panel, status: str = STATUS) -> Picture:
    return Picture(panel, panel.palette_now, "Loss — a test", status)


def pixels(image: QImage) -> np.ndarray:
    found = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(found.constBits(), np.uint32).reshape(found.height(), found.width()).copy()


def test_it_is_twice_as_large_and_in_the_theme(driver: Driver, panel: Panel) -> None:
    for theme in ("light", "dark"):
        driver.window.set_theme(theme)
        made = picture(panel)
        image = QImage.fromData(made.png(), "PNG")
        assert image.size() == made.size * SCALE
        assert image.pixelColor(1, 1) == QColor(panel.palette_now.panel)
        assert panel.palette_now.name == theme


def test_a_plot_that_waits_to_be_painted_is_in_it(panel: Panel) -> None:
    whole = picture(panel).image()
    for view in panel.findChildren(QGraphicsView):
        view.viewport().setUpdatesEnabled(False)  # as half of a tick is spent while a run plays
    assert (pixels(picture(panel).image()) == pixels(whole)).all()


def test_title_and_status_stand_in_it_and_controls_do_not(panel: Panel) -> None:
    header = panel.findChild(Header)
    assert header is not None
    assert header.isVisible()
    made = picture(panel)
    assert made.size.height() < panel.height() + 100
    found = minidom.parseString(made.svg().decode())
    words = [node.firstChild.data.strip() for node in found.getElementsByTagName("text") if node.firstChild]
    assert "Loss — a test" in words
    assert STATUS in words
    assert "log loss" not in " ".join(words)
    top = header.mapTo(panel, QPoint(0, 0)).y() + header.height()
    assert any(node.getAttribute("viewBox") == f"0 {top} {panel.width()} {panel.height() - top}"
               for node in found.getElementsByTagName("svg"))  # fmt: skip


def test_the_plot_in_it_is_the_one_on_the_screen(panel: Panel) -> None:
    ours, other = pixels(picture(panel).image()), pixels(picture(panel, "x").image())
    different = np.flatnonzero((ours != other).any(axis=1))
    assert len(different)
    assert different.min() > 0.8 * len(ours)  # the status line alone
    assert len(np.unique(ours[: different.min()])) > 20


def test_a_long_status_is_broken_at_its_dots(panel: Panel) -> None:
    short, long = picture(panel), picture(panel, " · ".join(["word and word"] * 20))
    assert long.size.height() > short.size.height()
    assert long.size.width() == short.size.width()


def test_the_window_is_as_it_was(driver: Driver, panel: Panel) -> None:
    before = pixels(panel.grab().toImage())
    picture(panel).png()
    picture(panel).svg()
    assert np.array_equal(pixels(panel.grab().toImage()), before)
