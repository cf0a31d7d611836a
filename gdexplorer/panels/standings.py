"""How a race stands, as words: one row a lane."""

import math
from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.lab.frame import Frame, Lane
from gdexplorer.lab.history import History
from gdexplorer.lab.state import Health
from gdexplorer.panels.curverows import row_at
from gdexplorer.panels.ticks import number
from gdexplorer.probes.cost import Cost, CostReport

NONE = "–"
USUAL = 0.1  # of the loss at the start: the target if nobody chose another
_LOSS, _TEST, _EVALUATIONS = 1, 2, 5  # columns of the curves


@dataclass(frozen=True, slots=True)
class Standing:
    """One lane's row; what is not known or does not exist is a dash."""

    name: str
    note: str
    rate: str  # learning rate
    updates: str
    evaluations: str
    train: str
    test: str
    reached: str  # updates until the target
    reached_evaluations: str
    seconds: str
    state: str
    role: str  # color of the state
    reason: str  # of a state that is not plain


def default_target(frame: Frame) -> float | None:
    """Return a tenth of the first lane's loss at the start, to two digits; None where losses are not positive."""
    rows = next((part for part in frame.lane.history.curves if len(part)), np.zeros((1, 7)))
    start = float(rows[0, _LOSS])
    return float(f"{USUAL * start:.2g}") if start > 0 and math.isfinite(start) else None


def reached(history: History, target: float) -> Array | None:
    """Return the first row of the curves whose training loss is at most the target."""
    for part in history.curves:
        below = part[:, _LOSS] <= target
        if below.any():
            return np.asarray(part[int(below.argmax())])
    return None


def standings(frame: Frame, target: float | None, paused: bool) -> list[Standing]:
    """Return the rows of a race."""
    costs: CostReport | None = frame.lane.views.get(Cost())
    seconds = costs.seconds if costs is not None else (math.nan,) * len(frame.racers)
    return [_standing(frame, lane, target, cost, paused) for lane, cost in zip(frame.racers, seconds, strict=True)]


def _standing(frame: Frame, lane: Lane, target: float | None, cost: float, paused: bool) -> Standing:
    state, row = lane.state, row_at(frame, lane)
    first = None if target is None else reached(lane.history, target)
    if first is not None and first[0] > state.step:
        first = None  # that is yet to come
    rate = getattr(state.experiment.optimizer, "learning_rate", None)
    if state.status.health is Health.DIVERGED:
        word, role, reason = "diverged", "danger", f"{state.status.reason} at update {state.step + 1:,}"
    elif state.stalled:
        word, role, reason = "stalled", "warning", "the search finds no step that lowers the loss"
    else:
        word, role, reason = ("paused" if paused else "running"), "muted", ""
    return Standing(
        lane.name,
        lane.note,
        NONE if rate is None else f"{rate:.3g}",
        f"{state.step:,}",
        f"{state.evaluations:,}",
        _number(float(row[_LOSS])),
        _number(float(row[_TEST])),
        NONE if first is None else f"{first[0]:,.0f}",
        NONE if first is None else f"{first[_EVALUATIONS]:,.0f}",
        _number(cost * state.step),
        word,
        role,
        reason,
    )


def _number(value: float) -> str:
    return NONE if math.isnan(value) else number(value, padded=value != 0)
