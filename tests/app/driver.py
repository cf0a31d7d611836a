"""A person at the window, for tests: opens experiments, moves controls, waits until something is so, and asks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gdexplorer.app.choice import ChipsEditor, ChoiceEditor, SwitchEditor
from gdexplorer.app.conductor import Conductor
from gdexplorer.app.editor import Editor
from gdexplorer.app.inputs import Combo, Spin
from gdexplorer.app.layerrow import LayerRow
from gdexplorer.app.layers import LayersEditor
from gdexplorer.app.number import NumberEditor
from gdexplorer.app.ticker import Ticker
from gdexplorer.app.window import Window
from gdexplorer.arrays import Array
from gdexplorer.lab.commands import Command
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Frame, Reply, Snapshot
from gdexplorer.lab.history import Marker
from gdexplorer.lab.session import Session
from gdexplorer.nn.layout import Layout
from gdexplorer.optim import Slots
from gdexplorer.panels.panel import Panel
from gdexplorer.runtime.trainer import Trainer
from tests.builders import experiment

T = TypeVar("T")
PATIENCE_MS = 30_000  # for a machine that others keep busy
PACE = 1000.0  # updates/s: no test waits for more, and the other tests need the processor too


@dataclass(frozen=True, slots=True)
class Kept:
    """A copy of what a change may keep."""

    theta: Array
    slots: Slots
    experiment: Experiment
    layout: Layout

    @classmethod
    def of(cls, session: Session) -> "Kept":
        run = session.run
        return cls(run.state.theta.copy(), run.state.slots[0].copy(), run.state.experiment, run.objective.layout)

    def block(self, id: str) -> Array:
        return self.layout.block(self.theta, id)


@dataclass(frozen=True, slots=True)
class Applied:
    """A command as the trainer's thread carried it out, with what was just before and just after."""

    command: Command
    step: int
    reply: Reply
    before: Kept
    after: Kept


class Driver:
    """The window of a test, and hands."""

    def __init__(self, window: Window, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot
        self.said: list[str] = []
        self._listening = window.conductor.said.connect(self.said.append)

    def leave(self) -> None:
        """Take the hands off a window that others go on with."""
        self.conductor.said.disconnect(self._listening)

    # ---- what there is ------------------------------------------------------------

    @property
    def conductor(self) -> Conductor:
        return self.window.conductor

    @property
    def trainer(self) -> Trainer:
        assert self.conductor.trainer is not None
        return self.conductor.trainer

    @property
    def ticker(self) -> Ticker:
        assert self.conductor.ticker is not None
        return self.conductor.ticker

    @property
    def frame(self) -> Frame:
        assert self.conductor.frame is not None
        return self.conductor.frame

    @property
    def state(self) -> Snapshot:
        return self.frame.lane.state

    @property
    def markers(self) -> tuple[Marker, ...]:
        return self.frame.lane.history.markers

    @property
    def status(self) -> str:
        """What the status line says for a while."""
        return self.window.status.currentMessage()

    def panel(self, name: str) -> Panel:
        return next(dock.panel for dock in self.window.docks if dock.objectName() == name)

    @property
    def steps(self) -> int:
        """The updates made, as the thread knows them."""
        return self.ask(lambda session: session.run.state.step)

    def made(self, count: int) -> None:
        """See that so many updates are made, and no more: the thread is asked twice and rests."""
        self.wait(lambda: self.trainer.made >= count)
        assert [self.steps, self.steps] == [count, count]
        assert not self.trainer.playing

    # ---- the run ------------------------------------------------------------------

    def open(
        self, changes: Mapping[str, Any] | None = None, *, playing: bool = True, speed: float = PACE
    ) -> Experiment:
        """Open a small experiment, at this speed, and wait for its first frame."""
        opened = experiment(changes)
        self.conductor.open(opened, playing=playing)
        self.conductor.set_speed(speed)
        self.wait(lambda: self.conductor.frame is not None)
        return opened

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)

    def ask(self, question: Callable[[Session], T]) -> T:
        """Let the trainer's thread answer between two updates."""
        answers: list[T] = []

        def answer(session: Session) -> str:
            answers.append(question(session))
            return ""

        self.trainer.perform(answer)
        self.wait(lambda: answers)
        return answers[0]

    def train(self, updates: int = 20) -> None:
        """Wait until the window shows that so many updates more are made."""
        self.wait(lambda: self.conductor.frame is not None)
        step = self.state.step
        self.wait(lambda: self.state.step >= step + updates)

    def rest(self) -> None:
        """Pause, and wait until everything that is seen shows the run as it is."""
        self.conductor.play(False)
        self.settle()

    def settle(self) -> None:
        self.conductor.refresh()
        self.wait(lambda: self.ticker.settled)

    def marked(self, label: str) -> Marker:
        """Wait until the history has a marker of this label, and return the newest."""
        self.wait(lambda: any(label == marker.label for marker in self.markers))
        return next(marker for marker in reversed(self.markers) if label == marker.label)

    def watch(self) -> list[Applied]:
        """Note every command from here on, as it is carried out."""
        applied: list[Applied] = []

        def install(session: Session) -> None:
            send = session.send

            def noted(command: Command, id: int = 0) -> Reply:
                before, step = Kept.of(session), session.run.state.step
                reply = send(command, id)
                applied.append(Applied(command, step, reply, before, Kept.of(session)))
                return reply

            session.send = noted  # type: ignore[method-assign]

        self.ask(install)
        return applied

    # ---- the controls -------------------------------------------------------------

    def editor(self, path: str) -> Editor:
        return self.window.controls._editors[path]

    def number(self, path: str) -> NumberEditor:
        editor = self.editor(path)
        assert isinstance(editor, NumberEditor)
        return editor

    @property
    def layers(self) -> LayersEditor:
        editor = self.editor("network.layers")
        assert isinstance(editor, LayersEditor)
        return editor

    def units(self, id: str) -> Spin:
        """The number of units of a layer."""
        return self.row(id).spins["units"]

    def row(self, id: str) -> LayerRow:
        return next(row for row in self.layers.rows if row.layer["id"] == id)

    def type(self, path: str, text: str, key: Qt.Key | None = Qt.Key.Key_Return) -> None:
        """Type a number into its field, and Enter."""
        field = self.number(path).field
        self.focus(field)
        field.selectAll()
        QTest.keyClicks(field, text)
        if key is not None:
            QTest.keyClick(field, key)

    def choose(self, combo: Combo, label: str) -> None:
        """Open a list and take one of its lines."""
        index = combo.findText(label)
        assert index >= 0, f"{label!r} is not offered"
        combo.showPopup()
        combo.view().setCurrentIndex(combo.model().index(index, 0))
        QTest.keyClick(combo.view(), Qt.Key.Key_Return)

    def pick(self, path: str, label: str) -> None:
        """Choose a value by its label."""
        editor = self.editor(path)
        assert isinstance(editor, ChoiceEditor)
        self.choose(editor.combo, label)

    def switch(self, path: str) -> None:
        editor = self.editor(path)
        assert isinstance(editor, SwitchEditor)
        self.click(editor.box, QPoint(8, editor.box.height() // 2))

    def toggle(self, path: str, captions: Sequence[str]) -> None:
        """Click some of a setting's chips."""
        editor = self.editor(path)
        assert isinstance(editor, ChipsEditor)
        for caption in captions:
            self.click(next(chip for chip in editor.chips if chip.text() == caption))

    def show_more(self) -> None:
        """Open the folded part of the controls."""
        if not self.window.controls.more.opened:
            self.click(self.window.controls.more.header)

    # ---- mouse and keys -----------------------------------------------------------

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        assert widget.isEnabled()
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at or QPoint())

    def focus(self, widget: QWidget) -> None:
        self.window.activateWindow()
        self.qtbot.waitUntil(self.window.isActiveWindow, timeout=PATIENCE_MS)
        widget.setFocus()
        assert widget.hasFocus()

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the focus is."""
        self.window.activateWindow()
        self.qtbot.waitUntil(self.window.isActiveWindow, timeout=PATIENCE_MS)
        QTest.keyClick(self.window.windowHandle(), key, modifiers)
