"""Small races, and the frames they give."""

from dataclasses import replace
from typing import Any

from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.session import Session
from tests.panels.runs import session

NEEDS: frozenset[Probe] = frozenset()


def rival(id: str, kind: str, rate: float | None = None, **own: Any) -> dict[str, Any]:
    """A rival's values."""
    return {"id": id, "optimizer": {"kind": kind} | ({} if rate is None else {"learning_rate": rate}), **own}


def himmelblau(steps: int, *rivals: dict[str, Any], rate: float = 0.01) -> Session:
    """Gradient descent and its rivals from (0, −4)."""
    optimizer = {"kind": "sgd", "learning_rate": rate}
    problem = {"kind": "himmelblau", "x": 0.0, "y": -4.0}
    return session(steps=steps, problem=problem, optimizer=optimizer, rivals=list(rivals))


def with_view(frame: Frame, request: Probe, view: Any) -> Frame:
    """The frame with a report for the first lane, the others as they are."""
    return replace(frame, lanes=(replace(frame.lane, views={request: view}), *frame.lanes[1:]))
