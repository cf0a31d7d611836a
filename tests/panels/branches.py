"""Sessions of several runs, and the frames they give."""

from typing import Any

from gdexplorer.lab.commands import Change, Restart
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.session import Session
from tests.panels.runs import session

NONE: frozenset[Probe] = frozenset()


def branched(kind: str = "binary", **values: Any) -> Session:
    """60 updates; a branch at 20 with another learning rate, of 30 updates in all, that goes on."""
    made = session(kind, 60, **values)
    back(made, 20)
    made.send(Change("optimizer.learning_rate", 0.01))
    made.advance(10)
    return made


def restarted(steps: int = 40, again: int = 10) -> Session:
    """A run of so many updates, and one begun again."""
    made = session(steps=steps)
    made.send(Restart())
    made.advance(again)
    return made


def back(made: Session, step: int) -> None:
    """Go to an update of the past."""
    made.travel(step)
    while made.arriving:
        made.approach(1000)


def frame(made: Session, needs: frozenset[Probe] = NONE) -> Frame:
    return made.frame(needs)
