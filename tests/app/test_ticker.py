from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QGraphicsView, QMainWindow
from pytestqt.qtbot import QtBot

from gdexplorer.app import ticker
from gdexplorer.app.docks import Dock
from gdexplorer.app.ticker import LONGEST_MS, TICK_MS, Ticker
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.session import Session
from gdexplorer.panels.canvas import Canvas
from gdexplorer.panels.panel import Panel
from gdexplorer.probes.gradients import Gradients
from gdexplorer.runtime.trainer import Trainer
from tests.builders import CATALOGUE, experiment


class View(QGraphicsView):
    """Tells its sheet when it is painted."""

    def __init__(self, sheet: "Sheet") -> None:
        super().__init__(sheet)
        self.sheet = sheet

    def paintEvent(self, event: QPaintEvent) -> None:
        self.sheet.painted.append(len(self.sheet.frames))


class Drawing(Canvas):
    """Counts how often it is painted."""

    def __init__(self, sheet: "Sheet") -> None:
        super().__init__(sheet)
        self.setGeometry(400, 10, 10, 10)  # beside the view
        self.show()
        self.painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted += 1


class Sheet(Panel):
    """Notes the frames it is shown and how often it is painted."""

    def __init__(self, name: str, log: list[str], probes: frozenset[Any] = frozenset()) -> None:
        super().__init__()
        self.title, self.log, self.probes = name, log, probes
        self.frames: list[Frame] = []
        self.painted: list[int] = []  # how many frames it had been shown by then
        self.error: Exception | None = None
        self.view = View(self)
        self.steps: list[Callable[[], object]] = []  # that it takes in turn

    def needs(self) -> frozenset[Probe]:
        return self.probes

    def show_frame(self, frame: Frame) -> None:
        self.log.append(self.title)
        self.frames.append(frame)
        if self.error is not None:
            raise self.error
        self.view.viewport().update()
        self.in_turn(*self.steps)

    def summary(self) -> str:
        return self.title


class Stub:
    """A trainer that does nothing but answer, at once, with a frame that is numbered."""

    def __init__(self) -> None:
        self.playing = True
        self.wants: list[tuple[frozenset[Any], frozenset[Any]]] = []
        self.frame: Frame | None = None
        self._session = Session(experiment(), CATALOGUE)

    def want_frame(self, needs: frozenset[Any], visible: frozenset[Any]) -> None:
        self.wants.append((needs, visible))
        self.frame = self._session.frame(needs, visible)

    def take_frame(self) -> Frame | None:
        frame, self.frame = self.frame, None
        return frame


class Stand:
    """A ticker that a test turns by hand, with three docks."""

    def __init__(self, qtbot: QtBot) -> None:
        self.log: list[str] = []
        self.window = QMainWindow()
        qtbot.addWidget(self.window)
        self.window.resize(600, 500)
        probes = (frozenset({Gradients()}), frozenset[Any](), frozenset[Any]())
        self.sheets = [Sheet(name, self.log, probe) for name, probe in zip("abc", probes, strict=True)]
        self.docks = [Dock(sheet.title, sheet.title, lambda sheet=sheet: sheet) for sheet in self.sheets]
        for dock in self.docks:
            self.window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.trainer = Stub()
        self.ticker = Ticker(self.trainer, lambda: self.docks, self.window)  # type: ignore[arg-type]

    def turn(self, times: int = 1) -> None:
        for _ in range(times):
            self.ticker._on_timeout()

    def rest(self) -> None:
        self.trainer.playing = False
        self.turn(20)
        assert self.ticker.settled


@pytest.fixture
def stand(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Stand:
    monkeypatch.setattr(ticker, "STRIPS_SECONDS", 1e9)
    monkeypatch.setattr(ticker, "PART_SECONDS", 1e9)  # however slow the machine
    return Stand(qtbot)


def test_one_panel_is_drawn_a_tick_in_turn_and_painted_half_a_tick_later(stand: Stand) -> None:
    stand.turn()  # asks for the first frame
    assert stand.log == []
    for k in range(7):
        stand.turn()
        assert stand.log == ["a", "b", "c", "a", "b", "c", "a"][: k + 1]
        sheet = stand.sheets[k % 3]
        before = len(sheet.painted)
        assert not sheet.view.viewport().updatesEnabled()
        stand.turn()
        assert sheet.view.viewport().updatesEnabled()
        assert len(sheet.painted) == before + 1
        assert stand.ticker.ticks == k + 1


def test_a_panel_that_takes_long_to_paint_is_painted_plot_by_plot(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticker, "PART_SECONDS", 0.0)
    first = stand.sheets[0]
    views = [first.view, View(first), View(first)]
    stand.turn(2)
    before = len(first.painted)
    for k, view in enumerate(views, 1):
        assert not view.viewport().updatesEnabled()
        assert stand.log == ["a"]
        stand.turn()
        assert view.viewport().updatesEnabled()
        assert len(first.painted) - before <= k
        assert stand.ticker.ticks == (k == len(views))
    stand.turn()
    assert stand.log == ["a", "b"]
    views.pop().deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    stand.turn(20)
    assert stand.log[:6] == ["a", "b", "c", "a", "b", "c"]


def test_what_a_panel_takes_in_turn_is_taken_a_half_tick_each_and_painted_after_the_last(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticker, "PART_SECONDS", 0.0)
    first, taken = stand.sheets[0], list[str]()
    first.steps = [lambda: taken.append("one"), lambda: taken.append("two")]
    stand.turn(2)
    before = len(first.painted)
    for done in ([], ["one"], ["one", "two"]):
        assert taken == done
        assert len(first.painted) == before
        assert not first.view.viewport().updatesEnabled()
        stand.turn()
    assert len(first.painted) == before + 1
    assert stand.log == ["a"]
    stand.turn()
    assert stand.log == ["a", "b"]


def test_what_a_panel_takes_in_turn_is_taken_at_once_where_it_is_quick_or_nobody_waits(stand: Stand) -> None:
    first, taken = stand.sheets[0], list[str]()
    first.steps = [lambda: taken.append("one"), lambda: taken.append("two")]
    stand.turn(2)
    assert taken == ["one", "two"]
    first.show_frame(first.frames[0])
    assert taken == ["one", "two"] * 2


def test_a_step_that_fails_is_told_and_the_panel_is_painted(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticker, "PART_SECONDS", 0.0)
    taken: list[str] = []
    stand.sheets[0].steps = [lambda: 1 / 0, lambda: taken.append("never")]
    spy = QSignalSpy(stand.ticker.panel_failed)
    stand.turn(20)
    assert [spy.at(k)[0] for k in range(spy.count())] == [stand.docks[0]] * spy.count()
    assert isinstance(spy.at(0)[1], ZeroDivisionError)
    assert not taken
    assert stand.log[:4] == ["a", "b", "c", "a"]
    assert stand.sheets[1].view.viewport().updatesEnabled()


def test_a_canvas_is_painted_in_its_panels_half_tick_and_only_if_it_changed(stand: Stand) -> None:
    first = stand.sheets[0]
    drawing = Drawing(first)
    first.steps = [drawing.update]
    QCoreApplication.processEvents()
    stand.turn(2)
    before = drawing.painted
    QCoreApplication.sendPostedEvents()
    assert drawing.painted == before  # held
    stand.turn()
    assert drawing.painted == before + 1
    QCoreApplication.sendPostedEvents()
    assert drawing.painted == before + 1
    first.steps = []
    stand.turn(12)
    assert stand.log.count("a") >= 3
    assert drawing.painted == before + 1
    drawing.update()
    QCoreApplication.sendPostedEvents()
    assert drawing.painted == before + 2


def test_while_it_plays_only_the_next_panel_is_measured_and_all_seen_are_remembered(stand: Stand) -> None:
    gradients = frozenset({Gradients()})
    stand.turn(1 + 2 * 6)
    assert {visible for _, visible in stand.trainer.wants} == {gradients}
    needs = [needs for needs, _ in stand.trainer.wants]
    assert needs == [gradients, *[frozenset(), frozenset(), gradients] * 2]


def test_a_panel_that_is_not_seen_is_neither_measured_nor_drawn(stand: Stand) -> None:
    stand.docks[0].hide()
    stand.turn(20)
    assert set(stand.log) == {"b", "c"}
    assert {needs | visible for needs, visible in stand.trainer.wants} == {frozenset()}


def test_which_panels_are_seen_is_looked_at_now_and_then_and_at_once_after_a_refresh(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticker, "DOCKS_SECONDS", 1e9)
    stand.turn(12)
    stand.docks[0].hide()
    stand.log.clear()
    stand.turn(12)
    assert set(stand.log) == {"a", "b", "c"}
    stand.ticker.refresh()
    stand.log.clear()
    stand.turn(12)
    assert set(stand.log) == {"b", "c"}
    stand.docks[0].show()
    monkeypatch.setattr(ticker, "DOCKS_SECONDS", 0.0)
    stand.turn(12)
    assert "a" in stand.log


def test_nothing_is_drawn_and_the_run_is_still_told_when_no_panel_is_seen(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    for dock in stand.docks:
        dock.hide()
    spy = QSignalSpy(stand.ticker.framed)
    stand.turn(10)
    assert stand.log == []
    assert spy.count() == 0  # nobody reads faster
    monkeypatch.setattr(ticker, "STRIPS_SECONDS", 0.0)
    stand.turn(8)
    assert spy.count() == 8


def test_the_strips_and_a_panel_are_told_of_a_frame_one_soon_after_the_other(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand.turn()
    told: list[Frame] = []
    stand.ticker.framed.connect(told.append)
    monkeypatch.setattr(ticker, "STRIPS_SECONDS", 0.0)
    for k in range(3):
        stand.turn()
        assert len(told) == k + 1
        assert len(stand.log) == k
        assert stand.ticker._timer.interval() == ticker.SOON_MS
        stand.turn()
        assert len(told) == len(stand.log) == k + 1
        assert stand.sheets[k].frames == [told[k]]
        assert stand.ticker._timer.interval() >= TICK_MS // 2
        stand.turn()  # paints


def test_at_rest_every_panel_shows_the_same_frame_once_and_then_nothing_happens(stand: Stand) -> None:
    stand.turn(9)
    stand.trainer.playing = False
    asked = len(stand.trainer.wants)
    stand.log.clear()
    stand.turn(40)
    assert stand.ticker.settled
    assert stand.log[-3:] == ["a", "b", "c"]
    last = [sheet.frames[-1] for sheet in stand.sheets]
    assert last[0] is last[1] is last[2]
    assert stand.trainer.wants[asked:] == [(frozenset({Gradients()}),) * 2]
    drawn, ticks = len(stand.log), stand.ticker.ticks
    stand.turn(40)
    assert (len(stand.log), stand.ticker.ticks, len(stand.trainer.wants)) == (drawn, ticks, asked + 1)


def test_a_refresh_at_rest_draws_everything_once_more(stand: Stand) -> None:
    stand.rest()
    stand.log.clear()
    stand.ticker.refresh()
    assert not stand.ticker.settled
    stand.turn(40)
    assert stand.log == ["a", "b", "c"]
    assert stand.ticker.settled


def test_a_frame_that_a_finished_job_brings_is_drawn_at_rest(stand: Stand) -> None:
    stand.rest()
    stand.log.clear()
    stand.trainer.frame = stand.trainer._session.frame(frozenset(), frozenset())
    stand.turn(10)
    assert stand.log == ["a", "b", "c"]


def test_a_panel_that_fails_is_told_and_the_others_are_drawn(stand: Stand) -> None:
    error = stand.sheets[1].error = ValueError("cannot")
    spy = QSignalSpy(stand.ticker.panel_failed)
    stand.turn(1 + 2 * 6)
    assert stand.log == ["a", "b", "c"] * 2
    assert [(spy.at(k)[0], spy.at(k)[1]) for k in range(spy.count())] == [(stand.docks[1], error)] * 2
    assert all(sheet.view.viewport().updatesEnabled() for sheet in stand.sheets)


def test_ticks_grow_longer_when_drawing_is_slow_and_shorter_again(stand: Stand) -> None:
    assert stand.ticker._timer.interval() == 0
    stand.turn()
    assert stand.ticker._timer.interval() == TICK_MS // 2
    stand.ticker._cost = 0.005
    stand.turn()
    assert TICK_MS // 2 + 2 < stand.ticker._timer.interval() <= LONGEST_MS // 2
    stand.ticker._cost = 10.0
    stand.turn()
    assert stand.ticker._timer.interval() == LONGEST_MS // 2
    stand.ticker._cost = 0.0
    stand.turn(3)
    assert stand.ticker._timer.interval() <= TICK_MS // 2 + 2
    stand.ticker.tick_ms = 16
    stand.ticker._cost = 0.0
    stand.turn()
    assert stand.ticker._timer.interval() == 8


@pytest.fixture
def trainer(qtbot: QtBot) -> Iterator[Trainer]:
    made = Trainer(lambda jobs: Session(experiment(), CATALOGUE, jobs))
    made.start()
    yield made
    assert made.stop()


def test_beside_a_real_trainer_it_ticks_by_itself_and_stops(stand: Stand, trainer: Trainer, qtbot: QtBot) -> None:
    ticker = Ticker(trainer, lambda: stand.docks, stand.window)
    trainer.set_speed(1000)
    trainer.play(True)
    ticker.start()
    qtbot.waitUntil(lambda: ticker.ticks >= 12, timeout=30_000)
    steps = [frame.lane.state.step for sheet in stand.sheets for frame in sheet.frames]
    assert len(set(steps)) > 6
    trainer.play(False)
    qtbot.waitUntil(lambda: ticker.settled, timeout=30_000)
    shown = {sheet.frames[-1].lane.state.step for sheet in stand.sheets}
    assert shown == {trainer.made}
    ticker.stop()
    assert not ticker._timer.isActive()
