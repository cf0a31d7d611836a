"""No order of what a person does raises, hangs or breaks the window: a state machine that hypothesis drives."""

from functools import cache
from typing import Any

import pytest
import shiboken6
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QMenu,
    QScrollBar,
    QSpinBox,
    QWidget,
)

from gdexplorer.app.workspaces import WORKSPACES
from gdexplorer.lab.session import Session
from gdexplorer.runtime.trainer import FLAT_OUT
from tests.app.driver import Driver
from tests.builders import CATALOGUE, experiment
from tests.draws import changes, others
from tests.starts import STARTS

LEAVE = ("Quit", "Open data", "Open example", "Open recent")  # what would end the window, or opens what is large
TEXTS = ("", "0.3", "1e-3", "-1", "1e300", "nan", "x", "sin(x)*y", "12", "\u202e")
MANY, PLACES = st.integers(0, 9999), st.sampled_from(["controls", "transport", "host"])
LARGEST = 40  # that a box is set to; images and batches of thousands would take their time


class Machine(RuleBasedStateMachine):
    """Somebody who tries everything."""

    driver: Driver
    reports: list[str]
    opened: str

    @initialize(start=st.sampled_from(sorted(STARTS)), workspace=st.sampled_from(sorted(WORKSPACES)))
    def begin(self, start: str, workspace: str) -> None:
        self.driver.window.host.restore_maximized()
        self.open(start, True)
        self.driver.window.host.show_workspace(workspace)

    @rule(start=st.sampled_from(sorted(STARTS)), playing=st.booleans())
    def open(self, start: str, playing: bool) -> None:
        self.opened = start
        self.driver.open(STARTS[start], playing=playing)

    # What there is to press depends on how far the run came, so what is drawn are numbers, the same in every run.

    @rule(which=MANY)
    def menu(self, which: int) -> None:
        offered = actions(self.driver.window.menuBar().actions())
        offered[which % len(offered)].trigger()

    @rule(which=MANY, where=PLACES)
    def press(self, which: int, where: str) -> None:
        if found := widgets(getattr(self.driver.window, where), QAbstractButton):
            QTimer.singleShot(0, put_away)  # a button with a menu returns when that is closed
            found[which % len(found)].click()

    @rule(which=MANY, where=PLACES, value=MANY, text=st.sampled_from(TEXTS))
    def set(self, which: int, where: str, value: int, text: str) -> None:
        found = widgets(getattr(self.driver.window, where), QComboBox, QAbstractSlider, QSpinBox, QLineEdit)
        match found[which % len(found)] if found else None:
            case QComboBox() as combo if combo.count():
                combo.setCurrentIndex(value % combo.count())
                combo.activated.emit(combo.currentIndex())
            case QScrollBar():
                return
            case QAbstractSlider() as slider:
                slider.setValue(slider.minimum() + value % (slider.maximum() - slider.minimum() + 1))
            case QSpinBox() as box:
                box.setValue(min(box.minimum() + value % LARGEST, box.maximum()))
            case QLineEdit() as field if not field.isReadOnly():
                field.setText(text)
                QTest.keyClick(field, Qt.Key.Key_Return)

    @rule(which=MANY, x=st.floats(0, 1), y=st.floats(0, 1), how=st.sampled_from(["click", "double", "drag", "wheel"]))
    def point(self, which: int, x: float, y: float, how: str) -> None:
        """Do something with the mouse in a picture."""
        found = [area.viewport() for area in widgets(self.driver.window.host, QAbstractScrollArea)]
        if not found:
            return
        view: QWidget = found[which % len(found)]
        at, left = QPoint(int(x * (view.width() - 1)), int(y * (view.height() - 1))), Qt.MouseButton.LeftButton
        match how:
            case "click":
                QTest.mouseClick(view, left, pos=at)
            case "double":
                QTest.mouseDClick(view, left, pos=at)
            case "drag":
                QTest.mousePress(view, left, pos=at)
                QTest.mouseMove(view, at + QPoint(15, -9))
                QTest.mouseRelease(view, left, pos=at + QPoint(15, -9))
            case "wheel":
                place = QPointF(at)
                QApplication.sendEvent(view, QWheelEvent(
                    place, QPointF(view.mapToGlobal(at)), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
                    Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False))  # fmt: skip

    @rule(data=st.data(), change=st.booleans())
    def command(self, data: st.DataObject, change: bool) -> None:
        session = untouched(self.opened)
        self.driver.conductor.command(data.draw(changes(session.start) if change else others(session)))

    @rule(share=st.floats(-0.1, 1.1), rounds=st.integers(1, 3))
    def scrub(self, share: float, rounds: int) -> None:
        for k in range(rounds):
            self.driver.conductor.travel(int(share * self.driver.frame.head) + k)

    @rule(
        what=st.sampled_from(["live", "step_back", "rewind", "toggle", "one_update", "one_epoch", "faster", "slower"])
    )
    def go(self, what: str) -> None:
        getattr(self.driver.conductor, what)()

    @rule(which=MANY, what=st.sampled_from(["activate", "discard", "rename", "show_run"]))
    def arrange(self, which: int, what: str) -> None:
        ids = [*(entry.id for entry in self.driver.frame.runs), 99]
        id, more = ids[which % len(ids)], {"rename": ("another",), "show_run": (True,)}
        getattr(self.driver.conductor, what)(id, *more.get(what, ()))

    @rule(count=st.integers(1, 4))
    def look(self, count: int) -> None:
        """Let some frames be drawn, or rest."""
        number = self.driver.frame.number
        self.driver.conductor.refresh()
        self.driver.wait(lambda: self.driver.frame.number >= number + (count if self.driver.trainer.playing else 1))

    @rule()
    def flat_out(self) -> None:
        self.driver.conductor.set_speed(FLAT_OUT)

    @invariant()
    def answers(self) -> None:
        driver = self.driver
        put_away()
        if driver.conductor.trainer is None:
            return  # nothing is opened yet
        driver.wait(lambda: not driver.conductor._sent)
        driver.wait(lambda: driver.conductor.frame is not None)  # what was opened has one soon
        driver.ask(lambda session: session.updates)
        assert shiboken6.isValid(driver.window)
        assert driver.window.isVisible()
        told = list(self.reports)
        self.reports.clear()  # it is told once
        assert not told, told


@cache
def untouched(start: str) -> Session:
    """A session as it is opened: what is drawn must be the same in every run."""
    return Session(experiment(STARTS[start]), CATALOGUE)


def put_away() -> None:
    """Close every dialog and menu."""
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QDialog | QMenu) and widget.isVisible():
            widget.close()


def actions(listed: list[QAction]) -> list[QAction]:
    """All that the menus have to offer now."""
    found: list[QAction] = []
    for action in listed:
        if action.text().replace("&", "").startswith(LEAVE):
            continue
        if isinstance(menu := action.menu(), QMenu):
            found += actions(menu.actions())
        elif action.isEnabled() and not action.isSeparator():
            found.append(action)
    return found


def widgets(parent: QWidget, *kinds: type[QWidget]) -> list[Any]:
    """What can be seen and used of these kinds."""
    found = [widget for kind in kinds for widget in parent.findChildren(kind)]
    return [widget for widget in found if widget.isVisible() and widget.isEnabled()]


QUICK = settings(max_examples=5, stateful_step_count=6, deadline=None, database=None,
                 suppress_health_check=list(HealthCheck), print_blob=False)  # fmt: skip


def played(kept_driver: Driver, reports: list[str], **more: Any) -> Any:
    return type("Played", (Machine,), {"driver": kept_driver, "reports": reports, **more})


@pytest.mark.timeout(600)
@pytest.mark.parametrize("piece", range(4))  # of twenty
def test_nothing_that_is_done_breaks_the_window(driver: Driver, reports: list[str], piece: int) -> None:
    run_state_machine_as_test(seed(piece)(played(driver, reports)), settings=QUICK)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("piece", range(20))
def test_nor_does_anything_of_five_hundred(driver: Driver, reports: list[str], piece: int) -> None:
    chosen = settings(QUICK, max_examples=25, stateful_step_count=50)
    run_state_machine_as_test(seed(piece)(played(driver, reports)), settings=chosen)
