"""A trainer at work, for tests."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pytestqt.qtbot import QtBot

from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.runtime.trainer import FLAT_OUT, Trainer
from tests.builders import CATALOGUE

NOTHING: frozenset[Any] = frozenset()


class Bench:
    """A trainer at work, and what a test does with it."""

    def __init__(self, qtbot: QtBot, begun: Experiment) -> None:
        self.qtbot = qtbot
        self.trainer = Trainer(lambda jobs: Session(begun, CATALOGUE, jobs))

    def wait(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=30_000)

    def ask(self, question: Callable[[Session], Any]) -> Any:
        """Let the thread answer between two updates."""
        answers: list[Any] = []
        self.trainer.perform(lambda session: answers.append(question(session)) or "")
        self.wait(lambda: bool(answers))
        return answers[0]

    def frame(self, needs: frozenset[Any] = NOTHING) -> Frame:
        """Ask for a frame and wait for it."""
        self.trainer.take_frame()
        self.trainer.want_frame(needs, needs)
        return self.next_frame()

    def next_frame(self) -> Frame:
        found: list[Frame] = []

        def came() -> bool:
            if (frame := self.trainer.take_frame()) is not None:
                found.append(frame)
            return bool(found)

        self.wait(came)
        return found[-1]

    def play(self, speed: float = FLAT_OUT) -> None:
        self.trainer.set_speed(speed)
        self.trainer.play(True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the thread busy in a task, so that what is sent meanwhile arrives together."""
        begun, go_on = threading.Event(), threading.Event()

        def hold(_: Session) -> str:
            begun.set()
            go_on.wait(10)
            return ""

        self.trainer.perform(hold)
        assert begun.wait(10)
        yield
        go_on.set()
