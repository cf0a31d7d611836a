"""Trains, nudges the point every 5 ms and autosaves every 100 ms, until it is killed.

A line of input names the folder. The process imports once and forks for each line, so that many deaths take little.
"""

import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from gdexplorer.app.autosave import Autosave
from gdexplorer.app.conductor import Conductor
from gdexplorer.lab.commands import Nudge
from tests.builders import CATALOGUE, experiment


class Worker(QObject):
    def __init__(self, root: Path) -> None:
        super().__init__()
        self.conductor = Conductor(CATALOGUE, lambda: (), self)
        self.autosave = Autosave(self.conductor, root, lambda session: True, self)
        self.autosave.timer.setInterval(100)
        self.autosave.kept.connect(self._on_kept)
        self.sent = 0
        self.timer = QTimer(self)
        self.timer.timeout.connect(self._on_timeout)
        self.timer.start(5)
        self.conductor.open(experiment())
        tell(pid=os.getpid())

    def _on_timeout(self) -> None:
        trainer = self.conductor.trainer
        if trainer is not None and trainer.session is not None:
            tell(done=len(trainer.session.log))
            self.sent += 1
            self.conductor.command(Nudge(1e-9, self.sent))

    def _on_kept(self) -> None:
        tell(safe=sum(commands for _, commands, _ in self.autosave._safe.commands))


def tell(**what: object) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def work(root: Path) -> None:
    app = QCoreApplication(sys.argv)
    worker = Worker(root)
    app.exec()
    del worker


if __name__ == "__main__":
    for line in sys.stdin:
        if (child := os.fork()) == 0:
            work(Path(line.rstrip("\n")))
        os.waitpid(child, 0)
        tell(dead=True)
