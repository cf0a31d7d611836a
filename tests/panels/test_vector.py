"""Widgets as SVG, read back as XML."""

from typing import Any
from xml.dom import minidom

import numpy as np
import pytest
from PySide6.QtCore import QByteArray, QPointF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget
from pytestqt.qtbot import QtBot

from gdexplorer.panels import vector
from gdexplorer.panels.plot import Plot, thicker


class Painted(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        pen = QPen(QColor("red"), 2)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.scale(10, 10)
        painter.drawLine(QPointF(1, 1), QPointF(3, 4))
        painter.end()


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    made = Plot("A plot")
    qtbot.addWidget(made)
    made.resize(200, 120)
    made.set_view(0, 4, 0, 4)
    curve = made.curve("text")
    curve.setData(np.arange(5.0), np.arange(5.0))
    made.show()
    made.grab()
    return made


def parsed(widget: QWidget) -> tuple[str, minidom.Document]:
    text = vector.document(vector.svg_of(widget), widget.size(), "#ffffff", "A & B")
    return text, minidom.parseString(text)


def test_a_plot_is_lines_and_text_not_pixels(plot: Plot) -> None:
    text, found = parsed(plot)
    assert not found.getElementsByTagName("image")
    points = [node.getAttribute("points") or node.getAttribute("d") for node in
              (*found.getElementsByTagName("polyline"), *found.getElementsByTagName("path"))]  # fmt: skip
    corner, end = plot.plotItem.mapToScene(plot.pixel(0, 0)), plot.plotItem.mapToScene(plot.pixel(4, 4))
    wanted = [(round(place.x()), round(place.y())) for place in (corner, end)]
    curves = [[tuple(round(float(v)) for v in pair.lstrip("ML").split(",")) for pair in path.split() if "," in pair]
              for path in points]  # fmt: skip
    assert any(len(curve) >= 2 and [curve[0], curve[-1]] == wanted for curve in curves)
    assert QSvgRenderer(QByteArray(text.encode())).isValid()


def test_the_shim_is_still_needed(plot: Plot) -> None:
    """Where this fails, pyqtgraph reads closed paths: take `closing_paths` out."""
    assert not vector.reads_closed_paths()
    with pytest.raises(ValueError, match="unpack"):
        vector.exporter.SVGExporter(plot.plotItem).export(toBytes=True)


def test_the_shim_is_taken_off_and_leaves_a_repaired_pyqtgraph_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = vector.exporter.correctCoordinates
    with vector.closing_paths():
        assert vector.exporter.correctCoordinates != usual
    assert vector.exporter.correctCoordinates is usual
    monkeypatch.setattr(vector, "reads_closed_paths", lambda: True)
    with vector.closing_paths():
        assert vector.exporter.correctCoordinates is usual


def test_every_widget_stands_in_its_place_and_hidden_ones_do_not(qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    row = QHBoxLayout(whole)
    labels = [QLabel(name) for name in ("one", "two", "three", "four")]
    for label in labels:
        row.addWidget(label)
    labels[1].hide()
    whole.show()
    whole.grab()
    text = vector.document(vector.svg_of(whole, frozenset({labels[3]})), whole.size(), "#ffffff", "")
    found = minidom.parseString(text)
    words = ["".join(part.data for part in node.childNodes).strip() for node in found.getElementsByTagName("text")]
    assert words == ["one", "three"]
    places = [node.getAttribute("x") for node in found.getElementsByTagName("svg")[1:]]
    assert places == ["0", str(labels[0].x()), str(labels[2].x())]


def test_lines_of_a_width_of_their_own_are_not_scaled_by_programs_that_do_not_know_them(qtbot: QtBot) -> None:
    widget = Painted()
    qtbot.addWidget(widget)
    widget.resize(60, 60)
    widget.show()
    text, found = parsed(widget)
    assert vector.UNSCALED not in text
    groups = [node for node in found.getElementsByTagName("g") if node.getAttribute("stroke") == "#ff0000"
              and node.getElementsByTagName("polyline")]  # fmt: skip
    assert {float(node.getAttribute("stroke-width")) for node in groups} == {0.2}


def test_names_in_two_plots_do_not_meet(qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    row = QHBoxLayout(whole)
    row.addWidget(Plot("One"))
    row.addWidget(Plot("Another"))
    whole.resize(400, 120)
    whole.show()
    whole.grab()
    _, found = parsed(whole)
    ids = [node.getAttribute("id") for node in found.getElementsByTagName("*") if node.hasAttribute("id")]
    clips = {node.getAttribute("clip-path") for node in found.getElementsByTagName("g")} - {""}
    assert len(ids) == len(set(ids))
    assert clips
    assert clips <= {f"url(#{id})" for id in ids}


def test_curves_are_thicker_for_a_while(qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    plot = Plot("A plot", parent=whole)
    curve: Any = plot.curve("text")
    before = curve.opts["pen"].widthF()
    with thicker(whole, 3):
        assert curve.opts["pen"].widthF() == 3 * before
    assert curve.opts["pen"].widthF() == before
