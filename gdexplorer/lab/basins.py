"""Basins of attraction: a coarse map at first, a fine one after it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gdexplorer.arrays import Array, BoolArray, IntArray, frozen
from gdexplorer.fields import Settings
from gdexplorer.lab.descents import STILL, descend, diagonal, search
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.run import Run
from gdexplorer.lab.steering import NONE, Steering, steering_of
from gdexplorer.objectives.objective import Landmark
from gdexplorer.objectives.planar import PlanarObjective
from gdexplorer.optim import Rule, Search
from gdexplorer.probes.basins import DIVERGED, FLAT, MOVING, BasinReport, Basins, End

UPDATES = 2000
COARSE = 24  # starts a side of the first map
SEARCHED, SEARCHED_COARSE = 24, 12  # of a search, which goes from one start after the other; random search ends at 12
TRIED = 400  # updates of a search that never ends, which is random search
NEAR = 0.01  # of the domain's diagonal: how near a point an end must be
FAR = 1e100  # where squares are about to overflow


@dataclass(frozen=True, slots=True)
class _Map:
    function: object
    knobs: object
    report: BasinReport


class BasinMaps:
    """Answers requests for basins."""

    def __init__(self, errands: Errands) -> None:
        self._errands = errands

    def measure(self, runs: Sequence[Run], request: Basins) -> BasinReport | None:
        """Return the newest map of this function, and see to it that a finer one comes, or one of other knobs."""
        run = runs[min(request.lane, len(runs) - 1)]
        objective, rule, experiment = run.objective, run.rule, run.state.experiment
        if not isinstance(objective, PlanarObjective):
            return None
        knobs, seed = experiment.optimizer, experiment.seed
        function = experiment.problem.model_copy(update={"x": 0.0, "y": 0.0})
        steering = steering_of(experiment, run.catalogue)
        of = (knobs, seed if objective.noise else 0, steering)
        known: _Map | None = self._errands.known(request)
        sizes = (COARSE, request.size)
        if isinstance(rule, Search):
            sizes = (SEARCHED_COARSE, SEARCHED if rule.deterministic else SEARCHED_COARSE)
        same = known is not None and (known.function, known.knobs) == (function, of)
        size = sizes[1] if same else sizes[0]

        def prepare() -> Callable[[], _Map]:
            return lambda: _Map(function, of, survey(objective, rule, knobs, seed, size, size == sizes[1], steering))

        known = self._errands.run(request, (function, of, size), prepare)
        return known.report if known is not None and known.function == function else None


def survey(objective: PlanarObjective, rule: Rule[Any] | Search[Any], knobs: Settings, seed: int, size: int,
           finest: bool = True, steering: Steering = NONE) -> BasinReport:  # fmt: skip
    """Descend from the centers of size × size equal cells of the domain."""
    xs, ys = ((np.arange(size) + 0.5) / size * (high - low) + low for low, high in objective.box)
    starts = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    if isinstance(rule, Search):
        updates = UPDATES if rule.deterministic else TRIED
        points, moved = search(objective, rule, knobs, starts, updates)
    else:
        updates = UPDATES
        points, moved = descend(objective, rule, knobs, starts, updates, seed, steering)
    labels, ends = assign(objective, points, moved)
    name = rule.label + " without cuts of η" * (steering.schedule.listens and isinstance(rule, Rule))
    return BasinReport(frozen(xs), frozen(ys), objective.box, labels.reshape(size, size), ends, name, updates,
                       finest)  # fmt: skip


def assign(objective: PlanarObjective, points: Array, moved: Array) -> tuple[IntArray, tuple[End, ...]]:
    """Say at which stationary point each descent ended.

    Parameters
    ----------
    points, moved
        Ends (S, 2), and how far each moved lately (S,).

    Returns
    -------
    labels, ends
        See `BasinReport`. An end belongs to the nearest known point within 1 % of the domain's diagonal, to a saddle
        or a maximum only if it rests there. Another one belongs to the point one Newton step away, if that is as near
        and the Hessian is definite; such points closer together than that are one.
    """
    near = NEAR * diagonal(objective)
    labels = np.full(len(points), MOVING)
    with np.errstate(all="ignore"):
        inside = np.asarray((np.abs(points) < FAR).all(axis=1))
        labels[~inside] = DIVERGED
        rests = inside & (moved <= STILL * diagonal(objective))
        labels[rests] = FLAT
        found = [(mark.kind, mark.theta) for mark in objective.landmarks]
        _to_known(objective.landmarks, points, inside, rests, near, labels)
        _to_others(objective, points, rests, near, labels, found)
    counts = np.bincount(labels[labels >= 0], minlength=len(found))
    losses = objective.program(objective.full()).losses(
        np.array([theta for _, theta in found]).reshape(-1, 2), np.zeros(0), objective.full()
    )
    order = sorted(
        (k for k, (kind, _) in enumerate(found) if counts[k] or kind == "minimum"),
        key=lambda k: (found[k][0] != "minimum", round(float(losses[k]), 9), *found[k][1].round(3).tolist()),
    )
    rank = np.zeros(len(found) + 3, np.int64)  # the last three stand for the negative labels
    rank[order], rank[[MOVING, DIVERGED, FLAT]] = np.arange(len(order)), (MOVING, DIVERGED, FLAT)
    ends = tuple(End(found[k][0], frozen(found[k][1]), float(losses[k]), int(counts[k])) for k in order)
    return rank[labels], ends


def _to_known(marks: tuple[Landmark, ...], points: Array, inside: BoolArray, rests: BoolArray, near: float,
              labels: IntArray) -> None:  # fmt: skip
    if marks:
        away = np.stack([np.hypot(*(points - mark.theta).T) for mark in marks])
        nearest = away.argmin(axis=0)
        minimum = np.array([mark.kind == "minimum" for mark in marks])[nearest]
        here = inside & (away.min(axis=0) <= near) & (minimum | rests)
        labels[here] = nearest[here]


def _to_others(objective: PlanarObjective, points: Array, rests: BoolArray, near: float, labels: IntArray,
               found: list[tuple[Any, Array]]) -> None:  # fmt: skip
    left = np.flatnonzero((labels == MOVING) | (labels == FLAT))
    _, gx, gy, xx, xy, yy = objective.formula.hessian(points[left, 0], points[left, 1])
    determinant = xx * yy - xy * xy
    step = np.stack([gx * yy - gy * xy, gy * xx - gx * xy], axis=1) / determinant[:, None]
    definite = determinant > 1e-9 * (xx + yy) ** 2
    close = definite & (np.hypot(*step.T) <= near) & ((xx > 0) | rests[left])
    left, targets, bowl = left[close], (points[left] - step)[close], (xx > 0)[close]
    while len(left):
        together = (np.hypot(*(targets - targets[0]).T) <= near) & (bowl == bowl[0])
        labels[left[together]] = len(found)
        found.append(("minimum" if bowl[0] else "maximum", targets[together].mean(axis=0)))
        left, targets, bowl = left[~together], targets[~together], bowl[~together]
