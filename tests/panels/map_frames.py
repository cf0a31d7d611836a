"""Frames of small experiments for the panels that draw maps."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.experiment import validated
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.session import Session
from gdexplorer.panels.plot import Plot

CATALOGUE = standard()


def session(steps: int = 20, units: tuple[int, ...] = (4,), **settings: Any) -> Session:
    """A run of a two-class spiral, unless the settings say otherwise."""
    layers = [{"id": f"h{k}", "units": count, "activation": "tanh"} for k, count in enumerate(units, 1)]
    values = {
        "network": {"layers": layers},
        "data": {"kind": "gentle_spiral", "amount": 40},
        "optimizer": {"kind": "sgd", "learning_rate": 0.1},
    }
    made = Session(validated(values | settings, CATALOGUE), CATALOGUE)
    made.advance(steps)
    return made


def line(steps: int = 10) -> Session:
    """A run of linear regression: two parameters."""
    data = {"kind": "standard_line", "amount": 40, "noise": 0.1}
    return session(steps, (), data=data, loss={"kind": "half_mse"})


def function(problem: str, steps: int = 20, **settings: Any) -> Session:
    """A descent of a function of two variables."""
    values = {"problem": problem, "optimizer": {"kind": "sgd", "learning_rate": 0.01}}
    made = Session(validated(values | settings, CATALOGUE), CATALOGUE)
    made.advance(steps)
    return made


def with_view(frame: Frame, request: Probe, view: Any) -> Frame:
    """The frame with another report."""
    return replace(frame, lanes=(replace(frame.lane, views={request: view}),))


def mouse(plot: Plot, kind: QEvent.Type, x: float, y: float) -> None:
    """Send a mouse event at data coordinates."""
    place = QPointF(plot.mapFromScene(plot.box.mapViewToScene(QPointF(x, y))))
    button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
    event = QMouseEvent(kind, place, plot.viewport().mapToGlobal(place), button, button, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(plot.viewport(), event)


def press(plot: Plot, x: float, y: float) -> None:
    """The button goes down."""
    mouse(plot, QEvent.Type.MouseButtonPress, x, y)


def move(plot: Plot, x: float, y: float) -> None:
    """The mouse moves."""
    mouse(plot, QEvent.Type.MouseMove, x, y)


def release(plot: Plot, x: float, y: float) -> None:
    """The button comes up."""
    mouse(plot, QEvent.Type.MouseButtonRelease, x, y)


def click(plot: Plot, x: float, y: float) -> None:
    """A click without a drag."""
    press(plot, x, y)
    release(plot, x, y)


def turn(plot: Plot, x: float, y: float, notches: float) -> None:
    """The wheel turns away from the user."""
    place = QPointF(plot.mapFromScene(plot.box.mapViewToScene(QPointF(x, y))))
    event = QWheelEvent(
        place, QPointF(plot.viewport().mapToGlobal(place)), QPoint(), QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(plot.viewport(), event)
