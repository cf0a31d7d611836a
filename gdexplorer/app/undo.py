"""Undo and redo of what was done to the run, in the words of its markers.

A live setting is undone by a new command with the old value, now, which keeps the weights. Everything else is undone
by going back to the moment before it, in a run of its own; the run that is left stays, so that redo returns to it.
"""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QGuiApplication, QUndoCommand, QUndoStack

from gdexplorer.app.conductor import Conductor
from gdexplorer.app.guard import guarded
from gdexplorer.lab.commands import Change, Command, SetParameter
from gdexplorer.lab.frame import Reply, Undo
from gdexplorer.lab.session import Session

BURST = 1.0  # seconds between commands to one setting, up to which they are one step of undo


class Undoing(QObject):
    """Fills the stack with the accepted commands of the present session."""

    def __init__(self, conductor: Conductor, parent: QObject | None = None,
                 clock: Callable[[], float] = time.monotonic) -> None:  # fmt: skip
        super().__init__(parent)
        self.stack = QUndoStack(self)
        self.conductor, self.clock = conductor, clock
        self.own: set[int] = set()  # ids of commands that undo and redo have sent
        self.gesture = 0  # how often a button of the mouse was pressed
        conductor.opened.connect(self._on_opened)
        conductor.accepted.connect(self._on_accepted)

    def press(self) -> None:
        """A button of the mouse was pressed: what follows is another gesture."""
        self.gesture += 1

    @Slot()
    @guarded
    def _on_opened(self) -> None:
        self.stack.clear()
        self.own.clear()

    @guarded
    def _on_accepted(self, command: Command, reply: Reply) -> None:
        if reply.id in self.own:
            self.own.discard(reply.id)
        elif reply.undo is not None:
            self.stack.push(Step(self, command, reply.undo))


class Place:
    """The moment before a command, and the run that was left for it; for the trainer's thread alone."""

    def __init__(self, undo: Undo) -> None:
        self._run, self._moment = undo.run, undo.moment
        self._before: int | None = None  # the run that the latest undo has led to
        self._after: int | None = None  # and the one that it left, in which the command was carried out

    def leave(self, session: Session) -> None:
        """Return to the moment before."""
        after, known = session.active.id, {branch.id for branch in session.branches}
        before = self._run if self._before is None or self._before not in known else self._before
        session.revert(before, self._moment)
        self._before, self._after = session.active.id, after

    def enter(self, session: Session) -> None:
        """Go on with the run that was left."""
        if self._after is not None:
            session.activate(self._after)


class Step(QUndoCommand):
    """One command, or a burst of commands to one setting."""

    def __init__(self, undoing: Undoing, command: Command, undo: Undo) -> None:
        super().__init__()
        self._undoing, self._command, self._undo = undoing, command, undo
        self._done = False  # what is pushed has been done already
        self._place = Place(undo)
        self._when, self._gesture = undoing.clock(), undoing.gesture
        self._held = bool(QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton)
        self._name(undo.label)

    def _name(self, label: str) -> None:
        self._label = label
        self.setText(label.replace("&", "&&"))

    def id(self) -> int:
        """Return the same for all: `mergeWith` tells them apart."""
        return 1

    @guarded(default=False)
    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take up the next command of a burst or a gesture; the old value stays the first one's."""
        if not isinstance(other, Step):
            return False
        if (target := _target(self._command)) is None or target != _target(other._command):
            return False
        if (self._undo.command is None) != (other._undo.command is None):
            return False
        if other._when - self._when >= BURST and not (other._held and other._gesture == self._gesture):
            return False
        self._command, self._when, self._gesture = other._command, other._when, other._gesture
        self._name(_joined(self._label, other._label))
        if self._undo.command is not None and self._undo.command == self._command:
            self.setObsolete(True)  # back where it was
        return True

    @guarded
    def undo(self) -> None:
        """Set the old value now, or go back to the moment before."""
        if self._undo.command is not None:
            self._send(self._undo.command)
        else:
            self._undoing.conductor.arrange(self._place.leave)

    @guarded
    def redo(self) -> None:
        """Set the new value now, or go on with the run that was left."""
        if not self._done:
            self._done = True
        elif self._undo.command is not None:
            self._send(self._command)
        else:
            self._undoing.conductor.arrange(self._place.enter)

    def _send(self, command: Command) -> None:
        conductor = self._undoing.conductor
        conductor.arrange(Session.present)  # a setting is set now; in the past it would branch
        self._undoing.own.add(conductor.command(command))


def _target(command: Command) -> str | int | None:
    """Return what a command sets, if it is of those that come in bursts."""
    if isinstance(command, Change):
        return command.path
    return command.index if isinstance(command, SetParameter) else None


def _joined(first: str, last: str) -> str:
    """Return "η 0.03 → 0.3" for "η 0.03 → 0.1" and "η 0.1 → 0.3"."""
    before, arrow, _ = first.rpartition(" → ")
    return before + arrow + last.rpartition(" → ")[2] if arrow else last
