from collections.abc import Callable

import pytest
import shiboken6
from PySide6.QtCore import Qt, QThread
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gdexplorer.app import theme
from gdexplorer.app.docks import Dock
from gdexplorer.app.trouble import FAILURES
from gdexplorer.app.window import Window
from gdexplorer.lab.frame import Frame
from gdexplorer.runtime.trainer import FLAT_OUT
from tests.app.conftest import close
from tests.app.driver import Driver

Key = Qt.Key


def visible(window: Window) -> set[str]:
    return {dock.objectName() for dock in window.docks if dock.isVisible()}


def test_the_layout_is_kept_and_reset(open_window: Callable[[], Window]) -> None:
    first = open_window()
    first.host.show_workspace("Gradients")
    first.set_theme("dark", 1.2)
    first.docks[2].hide()
    shown = visible(first)
    assert shown == {"gradients", "activations", "gradientcheck", "boundary"}
    close(first)
    second = open_window()
    assert second.theme == "dark"
    assert second.scale == 1.2
    body = QApplication.font().pointSizeF()
    assert second.palette_now.body == body
    for part in (second.menuBar(), second.transport, second.controls):  # text of what was there before the theme
        assert part.font().pointSizeF() == body
    assert visible(second) == shown
    second.actions_now.themes["light"].trigger()
    reset = next(action for action in second.actions() if action.text() == "&Reset layout")
    reset.trigger()
    assert visible(second) == {"landscape", "boundary", "curves", "gradients"}


def test_settings_that_make_no_sense_are_passed_over(open_window: Callable[[], Window]) -> None:
    window = open_window()
    for key, value in {"theme": "pink", "geometry": "x", "docks": "y"}.items():
        window.settings.setValue(f"window/{key}", value)
    for scale in ("huge", "nan"):
        window.settings.setValue("window/scale", scale)
        window.restore_layout()
        assert window.theme == "light"
        assert theme.SCALES[0] <= window.scale <= theme.SCALES[1]
    assert visible(window) == {"landscape", "boundary", "curves", "gradients"}


def test_a_hidden_panel_comes_back_by_its_menu(driver: Driver) -> None:
    driver.open()
    dock = driver.window.docks[2]
    driver.click(dock.bar.close_button)
    assert not dock.isVisible()
    driver.train(5)
    dock.toggleViewAction().trigger()
    assert dock.isVisible()


def test_a_panel_that_a_workspace_leaves_out_can_be_shown_beside_the_others(driver: Driver) -> None:
    window = driver.window
    driver.open()
    window.host.show_workspace("Landscape")
    dock = next(dock for dock in window.docks if dock.objectName() == "gradients")
    dock.toggleViewAction().trigger()
    assert visible(window) == {"landscape", "curves", "gradients"}
    driver.train(5)
    shown = [dock for dock in window.docks if dock.isVisible()]
    for one in shown:
        assert window.host.dockWidgetArea(one) == Qt.DockWidgetArea.RightDockWidgetArea
        assert not any(one.geometry().intersects(other.geometry()) for other in shown if other is not one)


# ---- trouble ----


class Clumsy:
    """Makes a panel fail from here on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, dock: Dock) -> None:
        self.times = 0
        monkeypatch.setattr(dock.panel, "show_frame", self)

    def __call__(self, frame: Frame) -> None:
        self.times += 1
        raise ValueError("cannot draw this")


def noting(dock: Dock, seen: set[str]) -> Callable[[Frame], None]:
    show, name = dock.panel.show_frame, dock.objectName()

    def noted(frame: Frame) -> None:
        seen.add(name)
        show(frame)

    return noted


def test_a_panel_that_fails_three_times_is_hidden_and_the_others_stay_live(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, reports: list[str]
) -> None:
    driver.open()
    driver.train()
    broken, *others = driver.window.docks
    clumsy = Clumsy(monkeypatch, broken)
    said: list[str] = []
    driver.window.status.messageChanged.connect(said.append)
    driver.wait(lambda: not broken.isVisible())
    assert clumsy.times == FAILURES == 3
    assert any(broken.panel.title in text and "hidden" in text for text in said)
    assert len(reports) == 3
    assert all("cannot draw this" in text for text in reports)
    reports.clear()
    seen: set[str] = set()
    for dock in others:
        monkeypatch.setattr(dock.panel, "show_frame", noting(dock, seen))
    driver.wait(lambda: seen == {"boundary", "curves", "gradients"})
    assert driver.trainer.playing
    assert not reports


def test_an_error_in_the_trainer_pauses_and_is_told(driver: Driver, reports: list[str]) -> None:
    driver.window.host.show_workspace("Gradients")
    driver.open()
    driver.train()

    def stumble(count: int) -> int:
        del driver.trainer.session.advance  # type: ignore[union-attr]
        raise RuntimeError("stumbled")

    driver.ask(lambda session: setattr(session, "advance", stumble))
    driver.wait(lambda: reports)
    assert "stumbled" in reports.pop()
    assert "stumbled" in driver.status
    driver.wait(lambda: driver.window.transport.play_button.accessibleName() == "Play")
    driver.press(Key.Key_Space)
    driver.train()


def test_closing_while_it_trains_flat_out_leaves_no_thread(open_window: Callable[[], Window], qtbot: QtBot) -> None:
    for _ in range(4):
        window = open_window()
        window.conductor.open_path("first")
        window.conductor.set_speed(FLAT_OUT)
        trainer = window.conductor.trainer
        assert trainer is not None
        worker: QThread = trainer
        qtbot.waitUntil(lambda: trainer.made > 0, timeout=30_000)  # noqa: B023 - called in this round only
        jobs = trainer._jobs._thread
        close(window)
        assert not shiboken6.isValid(worker)
        qtbot.waitUntil(lambda: not jobs.is_alive(), timeout=30_000)  # noqa: B023
