import logging
import sys
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QSize, QThread, Signal, qWarning
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QGraphicsRectItem, QGraphicsScene, QGraphicsView, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gdexplorer.app.guard import Reporter, attempt, describe, guarded, install_hooks
from tests.faults.loop import Loop


class Clumsy(QWidget):
    asked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[object] = []

    @guarded
    def on_clicked(self) -> None:
        self.seen.append("clicked")

    @guarded
    def on_toggled(self, checked: bool) -> None:
        self.seen.append(checked)

    @guarded
    def on_asked(self, number: int) -> None:
        self.seen.append(QThread.currentThread())
        raise ValueError(f"number {number}\nis <b>bad</b>")

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        raise RuntimeError("cannot paint")

    @guarded(default=QSize(30, 20))
    def sizeHint(self) -> QSize:
        raise KeyError("size")


class Sender(QObject):
    asked = Signal(int)


@pytest.fixture
def reporter(qtbot: QtBot) -> Iterator[Reporter]:
    made = Reporter()
    undo = install_hooks(made)
    yield made
    undo()


@pytest.fixture
def clumsy(qtbot: QtBot) -> Clumsy:
    made = Clumsy()
    qtbot.addWidget(made)
    return made


def test_a_slot_gets_only_the_arguments_it_takes(clumsy: Clumsy, qtbot: QtBot) -> None:
    button = QPushButton()
    qtbot.addWidget(button)
    button.setCheckable(True)
    button.clicked.connect(clumsy.on_clicked)
    button.toggled.connect(clumsy.on_toggled)
    button.click()
    assert sorted(map(str, clumsy.seen)) == ["True", "clicked"]


def test_a_failing_slot_is_reported_in_one_line(clumsy: Clumsy, reporter: Reporter) -> None:
    spy = QSignalSpy(reporter.reported)
    clumsy.asked.connect(clumsy.on_asked)
    clumsy.asked.emit(3)
    assert spy.count() == 1
    sentence = spy.at(0)[0]
    assert "ValueError" in sentence
    assert "on_asked" in sentence
    assert "number 3 is <b>bad</b>" in sentence
    assert "\n" not in sentence
    assert "Traceback" not in sentence


def test_failing_virtual_methods_return_their_default(clumsy: Clumsy, reporter: Reporter) -> None:
    spy = QSignalSpy(reporter.reported)
    assert clumsy.sizeHint() == QSize(30, 20)
    clumsy.resize(40, 40)
    assert not clumsy.grab().isNull()
    told = [spy.at(index)[0] for index in range(spy.count())]
    assert any("KeyError" in text for text in told)
    assert any("cannot paint" in text for text in told)


def test_a_failure_to_paint_names_the_widget(clumsy: Clumsy, reporter: Reporter) -> None:
    spy = QSignalSpy(reporter.paint_failed)
    clumsy.on_asked(1)
    assert spy.count() == 0
    clumsy.resize(40, 40)
    clumsy.grab()
    assert [spy.at(index)[0] for index in range(spy.count())] == [clumsy] * spy.count()
    assert spy.count() >= 1


def test_a_failure_to_paint_an_item_names_its_view(qapp: QApplication, qtbot: QtBot, reporter: Reporter) -> None:
    class Item(QGraphicsRectItem):
        def paint(self, *arguments: object) -> None:
            raise RuntimeError("cannot paint this item")

    scene = QGraphicsScene()
    item = Item(0, 0, 10, 10)
    scene.addItem(item)
    view = QGraphicsView(scene)
    qtbot.addWidget(view)
    spy = QSignalSpy(reporter.paint_failed)
    view.show()
    Loop(qapp).until(lambda: spy.count() > 0)
    assert spy.at(0)[0] is view
    scene.removeItem(item)


def test_every_step_is_taken_whatever_the_others_do(reporter: Reporter) -> None:
    spy, taken = QSignalSpy(reporter.reported), []

    def fail() -> None:
        raise OSError("disk full")

    attempt(fail, lambda: taken.append(1), fail, lambda: taken.append(2))
    assert taken == [1, 2]
    assert spy.count() == 2
    assert "disk full" in spy.at(0)[0]


def test_the_same_failure_is_logged_once_and_shown_each_time(
    clumsy: Clumsy, reporter: Reporter, caplog: pytest.LogCaptureFixture
) -> None:
    spy = QSignalSpy(reporter.reported)
    with caplog.at_level(logging.ERROR, "gdexplorer"):
        for _ in range(3):
            clumsy.on_asked(1)
    assert spy.count() == 3
    assert len(caplog.records) == 1
    assert caplog.records[0].exc_info is not None


def test_a_guarded_slot_runs_in_its_receivers_thread(clumsy: Clumsy, reporter: Reporter, qtbot: QtBot) -> None:
    sender = Sender()
    sender.asked.connect(clumsy.on_asked)
    with qtbot.waitSignal(reporter.reported):
        worker = threading.Thread(target=sender.asked.emit, args=(1,))
        worker.start()
        worker.join()
    assert clumsy.seen == [clumsy.thread()]


def test_an_exception_in_a_thread_arrives(reporter: Reporter, qtbot: QtBot) -> None:
    def fail() -> None:
        raise OSError("no such file")

    with qtbot.waitSignal(reporter.reported) as told:
        worker = threading.Thread(target=fail)
        worker.start()
        worker.join()
    assert "no such file" in told.args[0]


def test_an_exception_in_a_finalizer_arrives(reporter: Reporter) -> None:
    class Bad:
        def __del__(self) -> None:
            raise ValueError("in the finalizer")

    spy = QSignalSpy(reporter.reported)
    bad = Bad()
    del bad
    assert spy.count() == 1
    assert "in the finalizer" in spy.at(0)[0]


def test_messages_of_qt_go_to_the_log(reporter: Reporter, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "gdexplorer"):
        qWarning("a painter is not active")
    assert [record.getMessage() for record in caplog.records] == ["Qt: a painter is not active"]


def test_leaving_the_program_is_no_error(reporter: Reporter, capsys: pytest.CaptureFixture[str]) -> None:
    spy = QSignalSpy(reporter.reported)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert spy.count() == 0
    assert "KeyboardInterrupt" in capsys.readouterr().err

    @guarded
    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        leave()


def test_hooks_are_restored() -> None:
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    undo = install_hooks(Reporter())
    assert sys.excepthook is not before[0]
    undo()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


def test_a_failure_without_words_still_makes_a_sentence() -> None:
    assert describe(ValueError()) == "An unexpected ValueError occurred: no message. The log has more."
