"""The trainer's thread: it steps, carries out commands between steps, and fills a frame when one is wanted.

Neither thread waits for the other without a bound: commands and wishes go in under a short lock, the newest
frame comes out of a mailbox of one.
"""

import itertools
import math
import time
from collections import deque
from collections.abc import Callable
from threading import Condition

from PySide6.QtCore import QObject, QThread, Signal

from gdexplorer.lab.commands import Change, Command
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.session import Session
from gdexplorer.runtime.jobs import Jobs

CHUNK_SECONDS = 0.0005  # of stepping between two looks at the inbox
FLAT_OUT = math.inf


class Trainer(QThread):
    """Owns a session and runs it; every public method may be called from the window's thread."""

    failed = Signal(object)  # an exception: of a task, or one that ended a chunk and paused the run
    performed = Signal(str)  # what a task has to say when it is done

    def __init__(self, make: Callable[[Jobs], Session], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self._changed = Condition()
        self._inbox: deque[tuple[tuple[int, ...], Command]] = deque()  # with the ids it answers, its own the last
        self._ids = itertools.count(1)
        self._playing = False
        self._speed = 60.0
        self._singles = 0  # updates asked for while paused
        self._pause_at = 0
        self._needs: frozenset[Probe] | None = None  # of the frame that is wanted
        self._visible: frozenset[Probe] = frozenset()
        self._frame: Frame | None = None
        self._stopping = False
        self._tasks: deque[Callable[[Session], str]] = deque()
        self._jobs = Jobs(self._on_job_done)
        self._job_done = False
        self.session: Session | None = None
        self.made = 0  # updates since the thread began, for rates

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
        """Queue something to do with the session between two steps, such as saving it."""
        with self._changed:
            self._tasks.append(task)
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

    def pause_at(self, step: int) -> None:
        """Pause by itself when this update is reached; 0 for never."""
        with self._changed:
            self._pause_at = step

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
            with self._changed:
                if self._stopping:
                    return
                commands, tasks = list(self._inbox), list(self._tasks)
                self._inbox.clear()
                self._tasks.clear()
                needs, self._needs = self._needs, None
                visible, speed = self._visible, self._speed
                resting = not (self._playing or self._singles)
                if resting and not (commands or tasks or needs is not None or self._job_done):
                    self._changed.wait(1.0)
                    due = time.perf_counter()
                    continue
                if resting and self._job_done and needs is None:
                    needs = visible
                self._job_done = False
            try:
                self._visit(session, commands, tasks)
                if not resting:
                    chunk, due = self._steps(session, speed, chunk, due)
                if needs is not None:
                    self._frame = session.frame(needs, visible)
            except Exception as error:
                self._playing, self._singles = False, 0
                self.failed.emit(error)

    def _visit(
        self, session: Session, commands: list[tuple[tuple[int, ...], Command]], tasks: list[Callable[[Session], str]]
    ) -> None:
        for (*superseded, id), command in commands:
            for earlier in superseded:
                session.skip(earlier)
            session.send(command, id)
        for task in tasks:
            try:
                self.performed.emit(task(session))
            except Exception as error:
                self.failed.emit(error)

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
        if self._pause_at and session.step < self._pause_at:
            count = min(count, self._pause_at - session.step)
        made = session.train(count)
        self.made += made
        spent = time.perf_counter() - now
        with self._changed:
            if single:
                self._singles = max(0, self._singles - made)
            reached = self._pause_at and session.step == self._pause_at
            if made < count or reached or session.over or session.run.stopped:
                self._playing, self._singles = False, 0
        if count == chunk and spent > 0:
            chunk = int(min(max(chunk * min(max(CHUNK_SECONDS / spent, 0.5), 2.0), 1), 64))
        return chunk, due
