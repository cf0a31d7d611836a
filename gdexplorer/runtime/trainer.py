"""The trainer's thread: it steps, carries out commands between steps, and fills a frame when one is wanted.

Neither thread waits for the other without a bound: commands and wishes go in under a short lock, the newest
frame comes out of a mailbox of one.
"""

import itertools
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
from typing import TypeAlias

from PySide6.QtCore import QObject, QThread, Signal

from gdexplorer.lab.commands import Change, Command
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.session import Session
from gdexplorer.runtime.jobs import Jobs

CHUNK_SECONDS = 0.003  # of stepping between two looks at the inbox
TRAVEL_SECONDS = 0.02  # of making updates again between two looks at the inbox
FLAT_OUT = math.inf


@dataclass(frozen=True, slots=True)
class Journey:
    """A wish to be shown an update of the past, or the present; it keeps its place among the commands."""

    step: int | None

    def set_out(self, session: Session) -> None:
        """Begin it."""
        if self.step is None:
            session.present()
        else:
            session.travel(self.step)


# a command with the ids that it answers, its own the last; or what has none: a journey, a task
Letter: TypeAlias = tuple[tuple[int, ...], Command | Journey | Callable[[Session], str]]


class Trainer(QThread):
    """Owns a session and runs it; every public method may be called from the window's thread."""

    failed = Signal(object)  # an exception: of a task, or one that ended a chunk and paused the run
    performed = Signal(str)  # what a task has to say when it is done

    def __init__(self, make: Callable[[Jobs], Session], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self._changed = Condition()
        self._inbox: deque[Letter] = deque()
        self._ids = itertools.count(1)
        self._playing = False
        self._speed = 60.0
        self._singles = 0  # updates asked for while paused
        self._needs: frozenset[Probe] | None = None  # of the frame that is wanted
        self._visible: frozenset[Probe] = frozenset()
        self._frame: Frame | None = None
        self._stopping = False
        self._jobs = Jobs(self._on_job_done)
        self._job_done = False
        self.session: Session | None = None
        self.made = 0  # updates since the thread began, for rates
        self.beats = 0  # visits of the thread to its inbox: at least one a second as long as it comes back

    # ---- from the window -------------------------------------------------

    def send(self, command: Command) -> int:
        """Queue a command for the next step boundary; of changes to one path the newest wins. Return its id."""
        with self._changed:
            id = next(self._ids)
            superseded: tuple[int, ...] = ()
            if isinstance(command, Change) and self._inbox:
                ids, last = self._inbox[-1]
                if isinstance(last, Change) and last.path == command.path:
                    self._inbox.pop()
                    superseded = ids
            self._inbox.append(((*superseded, id), command))
            self._changed.notify()
        return id

    def perform(self, task: Callable[[Session], str]) -> None:
        """Queue something to do with the session between two steps, such as saving it, after what was sent before."""
        with self._changed:
            self._inbox.append(((), task))
            self._changed.notify()

    def play(self, playing: bool) -> None:
        """Start or pause."""
        with self._changed:
            self._playing = playing
            self._changed.notify()

    @property
    def playing(self) -> bool:
        """Whether updates follow each other by themselves."""
        return self._playing

    def set_speed(self, updates_per_second: float) -> None:
        """Set the pace; `FLAT_OUT` for as fast as possible."""
        with self._changed:
            self._speed = updates_per_second
            self._changed.notify()

    @property
    def speed(self) -> float:
        """Updates a second that are aimed at."""
        return self._speed

    def make_updates(self, count: int) -> None:
        """Make so many updates, then rest; playing ends."""
        with self._changed:
            self._playing = False
            self._singles += count
            self._changed.notify()

    def want_frame(self, needs: frozenset[Probe], visible: frozenset[Probe]) -> None:
        """Ask for a frame with these measurements, at the next visit."""
        with self._changed:
            self._needs, self._visible = needs, visible
            self._changed.notify()

    def take_frame(self) -> Frame | None:
        """Take the newest frame out of the mailbox; None if there is none since the last time."""
        frame, self._frame = self._frame, None
        return frame

    def travel(self, step: int | None) -> None:
        """Show the run at an update of its past, None for the present; the newest wish wins, and playing ends."""
        with self._changed:
            self._playing, self._singles = False, 0
            if self._inbox and isinstance(self._inbox[-1][1], Journey):
                self._inbox.pop()
            self._inbox.append(((), Journey(step)))
            self._changed.notify()

    def stop(self, milliseconds: int = 3000) -> bool:
        """End the thread; return whether it has ended within the time."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        ended = self.wait(milliseconds)
        self._jobs.shutdown(wait=ended)
        return ended

    # ---- in the thread ---------------------------------------------------

    def _on_job_done(self) -> None:
        with self._changed:
            self._job_done = True
            self._changed.notify()

    def run(self) -> None:
        """Live until stopped."""
        try:
            self.session = session = self._make(self._jobs)
        except Exception as error:  # a thread has nobody else to tell it to
            self._playing = False
            self.failed.emit(error)
            return
        chunk, due = 8, time.perf_counter()
        while True:
            self.beats += 1
            with self._changed:
                if self._stopping:
                    return
                letters = list(self._inbox)
                self._inbox.clear()
                needs, self._needs = self._needs, None
                visible, speed = self._visible, self._speed
                resting = not (self._playing or self._singles)
                idle = not (letters or session.arriving)
                if resting and idle and needs is None and not self._job_done:
                    self._changed.wait(1.0)
                    due = time.perf_counter()
                    continue
                if resting and self._job_done and needs is None:
                    needs = visible
                self._job_done = False
            try:
                self._visit(session, letters)
                if session.arriving:
                    _approach(session)
                    self._job_done = not session.arriving  # a frame is due
                elif not resting:
                    chunk, due = self._steps(session, speed, chunk, due)
            except Exception as error:
                self._stumble(error, session)
            try:
                if needs is not None:
                    self._frame = session.frame(needs, visible)
            except Exception as error:
                self._stumble(error)

    def _stumble(self, error: Exception, session: Session | None = None) -> None:
        """Pause and tell; a session that was in the midst of something goes back to its last good moment."""
        self._playing, self._singles = False, 0
        self.failed.emit(error)
        try:
            if session is not None:
                session.recover()
        except Exception as another:  # no memory, most likely
            self.failed.emit(another)

    def _visit(self, session: Session, letters: list[Letter]) -> None:
        for ids, letter in letters:
            try:
                if isinstance(letter, Journey):
                    letter.set_out(session)
                elif callable(letter):
                    self.performed.emit(letter(session))
                else:
                    for earlier in ids[:-1]:
                        session.skip(earlier)
                    session.send(letter, ids[-1])
            except Exception as error:
                if callable(letter):  # a task leaves the session as it is
                    self.failed.emit(error)
                else:
                    self._stumble(error, session)

    def _steps(self, session: Session, speed: float, chunk: int, due: float) -> tuple[int, float]:
        """Make the updates of one visit; return the next chunk's size and when the next update is due."""
        now = time.perf_counter()
        single = self._singles > 0
        if single:
            count = min(self._singles, chunk)
        elif speed == FLAT_OUT:
            count = chunk
        else:
            due = max(due, now - 0.1)  # after a hold-up, do not catch up by more than this
            if due > now:
                with self._changed:
                    if not self._inbox and self._needs is None and not self._stopping:
                        self._changed.wait(min(due - now, 0.05))
                return chunk, due
            count = min(1 + int((now - due) * speed), chunk)
            due += count / speed
        pause_at = session.run.state.experiment.show.pause_at
        if pause_at > session.step:
            count = min(count, pause_at - session.step)
        made = session.train(count)
        self.made += made
        spent = time.perf_counter() - now
        with self._changed:
            if single:
                self._singles = max(0, self._singles - made)
            if made < count or session.step == pause_at or session.over or session.run.stopped:
                self._playing, self._singles = False, 0
        if count == chunk and spent > 0:
            chunk = int(min(max(chunk * min(max(CHUNK_SECONDS / spent, 0.5), 2.0), 1), 128))
        return chunk, due


def _approach(session: Session) -> None:
    """Go on for a while towards the moment that was asked for."""
    begun, count = time.perf_counter(), 1
    while session.arriving and time.perf_counter() - begun < TRAVEL_SECONDS:
        session.approach(count)
        count = min(2 * count, 64)
