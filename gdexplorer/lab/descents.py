"""Many descents on a function of two variables at once, from other starts under the same conditions."""

from typing import Any

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.fields import Settings
from gdexplorer.lab.ask import Ask
from gdexplorer.lab.bugs import bugged
from gdexplorer.lab.steering import NONE, Steering
from gdexplorer.objectives.planar import PlanarObjective
from gdexplorer.objectives.streams import Streams
from gdexplorer.optim import Rule, Search
from gdexplorer.optim.knobs import rate_of

LOOK = 20  # updates between two looks at who still moves
STILL = 1e-12  # of the domain's diagonal: who moves less between two looks has come to rest


def descend(objective: PlanarObjective, rule: Rule[Any], knobs: Settings, starts: Array, updates: int,
            seed: int, steering: Steering = NONE) -> tuple[Array, Array]:  # fmt: skip
    """Let a rule descend from all starts (S, 2); return the ends (S, 2) and how far each moved lately (S,).

    Rules go number by number, so that one step of θ = (x₁ … x_S, y₁ … y_S) is a step of each; all meet the noise that
    a run of this seed would. An end that is not finite has diverged. A schedule that listens cuts nothing here: all
    share one learning rate.
    """
    size, count = starts.size, len(starts)
    theta, out = np.ascontiguousarray(starts.T).reshape(-1), np.zeros(size)
    slots, streams = rule.init(size, objective.dtype, knobs, np.ones(size)), Streams.of(seed)
    parts = theta.reshape(2, count)
    gradient, buffer, propose = slots.gradient, np.zeros(size), bugged(rule.propose, steering.bugs)
    before, moved = theta.copy(), np.full(count, np.inf)
    still, now, rate = STILL * diagonal(objective), 1.0, rate_of(knobs)
    with np.errstate(all="ignore"):
        for update in range(1, updates + 1):
            noise = np.sum([objective.draw(streams).arrays[0] for _ in range(steering.accumulate)], axis=0)
            _, gradient[:count], gradient[count:] = objective.formula.gradient(parts[0], parts[1])
            gradient *= objective.factor * steering.accumulate
            gradient[:count] += noise[0]
            gradient[count:] += noise[1]
            if steering.mean:
                gradient /= steering.accumulate
            if not steering.zero:
                gradient += buffer
            steering.clip_each(gradient.reshape(2, count))
            buffer[:] = gradient
            if (factor := steering.factor(update - 1)) != now:
                rule.pace(slots, knobs, rate * factor)
                now = factor
            propose(theta, slots, out)
            theta[:] = out
            if update % LOOK == 0 or update == updates:
                moved = np.hypot(*(theta - before).reshape(2, count))
                if not (moved > still).any():  # NaN does not count: it has diverged
                    break
                before[:] = theta
    return np.ascontiguousarray(parts.T), moved


def search(objective: PlanarObjective, rule: Search[Any], knobs: Settings, starts: Array,
           updates: int) -> tuple[Array, Array]:  # fmt: skip
    """Let a search go from each start in turn; see `descend`."""
    ends, moved = starts.copy(), np.zeros(len(starts))
    ask, batch, none = Ask(objective), objective.full(), np.zeros(0)
    out, still = np.zeros(2), STILL * diagonal(objective)
    with np.errstate(all="ignore"):
        for end, far in zip(ends, moved.reshape(-1, 1), strict=True):
            slots = rule.init(2, objective.dtype, knobs, np.ones(2))
            before = end.copy()
            for update in range(1, updates + 1):
                ask.at(none, batch)
                rule.propose(ask, end, slots, out)
                end[:] = out
                if slots.numbers.get("stalled") or not np.isfinite(out).all():
                    far[:] = 0.0
                    break
                if update % LOOK == 0 or update == updates:
                    far[:] = np.hypot(*(end - before))
                    if rule.deterministic and far[0] <= still:
                        break
                    before[:] = end
    return ends, moved


def diagonal(objective: PlanarObjective) -> float:
    """Return the length of the domain's diagonal."""
    (x0, x1), (y0, y1) = objective.box
    return float(np.hypot(x1 - x0, y1 - y0))
