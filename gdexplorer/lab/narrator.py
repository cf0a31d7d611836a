"""One plain sentence about what happens now, quoting its number and claiming neither a cause nor a minimum.

What is true is said here, the most urgent first; how long a sentence stays is for the window to decide, which has a
clock.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from gdexplorer.lab.commands import Change, Command, KeepBest, Restart
from gdexplorer.lab.history import joined
from gdexplorer.lab.layer_rules import ALIKE, DEAD, EXPLODING, SATURATED, VANISHING
from gdexplorer.lab.pace import Timed
from gdexplorer.lab.rule import Facts, Rule, Steady, tenth
from gdexplorer.lab.rules import (
    ABOVE,
    CLIPPED,
    GAP,
    MISSING,
    NO_PROGRESS,
    ONE,
    SLOW,
    UNCLEARED,
    UNSTABLE,
    limit_clause,
    limit_ratio,
)
from gdexplorer.lab.run import Run
from gdexplorer.lab.sentences import NON_FINITE, Mend, Sentence, number
from gdexplorer.lab.state import Health
from gdexplorer.optim import Rule as Optimizer
from gdexplorer.probes.curvature import Curvature, CurvatureReport
from gdexplorer.probes.vitals import VitalsReport

# of those that hold, the first is said: what is so for long comes before what comes and goes
RULES: tuple[Rule, ...] = (ABOVE, EXPLODING, DEAD, ALIKE, VANISHING, SATURATED, UNCLEARED, UNSTABLE, MISSING,
                           NO_PROGRESS, GAP, ONE, CLIPPED, SLOW)  # fmt: skip
STEADY = 1.5  # times the lowest loss since the last change, up to which a moment counts as steady


def narrate(run: Run) -> Sentence:
    """Say what is known of a run from what it has written down of itself."""
    return Narrator().say(run)


class Narrator:
    """Remembers of one run what was measured since its last change, and which rules held at the last look."""

    def __init__(self) -> None:
        self._forget(-1)

    def _forget(self, version: int) -> None:
        self._version = version
        self._checkup: Timed[VitalsReport] | None = None
        self._steady: Steady | None = None
        self._on = frozenset[str]()

    def listen(self, run: Run, checkup: Timed[VitalsReport] | None, views: Mapping[Any, Any]) -> None:
        """Take notice of measurements; of a run that has diverged, none: what they were before says more."""
        if run.version != self._version:
            self._forget(run.version)
        if run.state.status.health is Health.DIVERGED:
            return
        self._checkup = checkup if checkup is not None and checkup.version == run.version else None
        if self._checkup is not None and (sharpness := self._checkup.result.sharpness) is not None:
            self._notice(run, Steady(self._checkup.step, sharpness, self._checkup.result.loss))
        seen = views.get(Curvature())
        since = Facts(run).since if run.recorder.markers else -1
        if isinstance(seen, CurvatureReport) and seen.deterministic and seen.step > since:
            self._notice(run, Steady(seen.step, seen.sharpness, seen.loss))

    def _notice(self, run: Run, found: Steady) -> None:
        if self._steady is not None and found.step <= self._steady.step:
            return
        facts = Facts(run)
        losses = facts.recent(facts.age)
        if found.sharpness > 0 and found.loss <= STEADY * min(losses.min(initial=np.inf), found.loss):
            self._steady = found

    def say(self, run: Run) -> Sentence:
        """Return the sentence of the first rule that holds, or where the run stands."""
        if run.version != self._version:
            self._forget(run.version)
        facts = Facts(run, None if self._checkup is None else self._checkup.result, self._steady)
        with np.errstate(all="ignore"):  # losses may be infinite
            return self._say(run, facts)

    def _say(self, run: Run, facts: Facts) -> Sentence:
        if run.state.status.health is Health.DIVERGED:
            return _diverged(facts, EXPLODING.name in self._on)
        self._on = frozenset(rule.name for rule in RULES if rule.holds(facts, rule.name in self._on))
        if run.stopped:
            return _stopped(run)
        if run.state.slots[0].numbers.get("stalled"):
            return Sentence(
                f"Standing still: the search finds no lower loss than {number(run.total_loss())} along its direction; "
                f"{run.state.evaluations:,} gradient evaluations so far."
            )
        rules = (MISSING,) if run.game is not None else RULES
        if (first := next((rule for rule in rules if rule.name in self._on), None)) is not None:
            return first.sentence(facts)
        return _playing(run, run.game.moved) if run.game is not None else _training(run)


def _diverged(facts: Facts, exploded: bool) -> Sentence:
    state = facts.run.state
    limit = (limit_ratio(facts) or 0.0) >= ABOVE.enter
    clause = f"{limit_clause(facts).capitalize()}. " if limit else ""
    return Sentence(
        f"Stopped before update {state.step + 1:,}: {state.status.reason}, first in layer {state.status.layer}. "
        f"{clause}The weights before it are kept; a smaller learning rate or fresh weights may go on from here.",
        "trouble", "curves", EXPLODING.mend(facts) if exploded else _restart(facts), NON_FINITE,
    )  # fmt: skip


def _restart(facts: Facts) -> Mend | None:
    """Offer what keeps gradients of sequences within bounds, else a smaller step; both from the start."""
    experiment, rate = facts.run.state.experiment, tenth(facts)
    change: Command
    if "sequences" in facts.run.objective.can and experiment.training.clip == "none" and (
        isinstance(facts.run.rule, Optimizer)):  # fmt: skip
        text, change = "Clip by norm, restart", Change("training.clip", "norm")
    elif rate is not None:
        text, change = f"η → {rate:g}, restart", Change("optimizer.learning_rate", rate)
    else:
        return None
    return Mend(text, (change, Restart()))


def _stopped(run: Run) -> Sentence:
    best, training = run.state.stopping, run.state.experiment.training
    loss = "test loss" if "examples" in run.objective.can else "loss"
    kept = "" if best.theta is None else f" below its best, {number(best.best)} at update {best.at:,},"
    now = joined(run.recorder.curves.parts())[-1, 2 if loss == "test loss" else 1]
    return Sentence(
        f"Paused: the {loss} has not fallen{kept} for {training.stop_after:,} updates; it is {number(now)}. "
        "Press play to go on from here, and wait as long again.",
        mend=Mend("Keep the best weights", (KeepBest(),)) if kept else None,
    )


def _playing(run: Run, moved: tuple[str, ...]) -> Sentence:
    """Say where both sides of a game stand, without calling either loss good or bad."""
    row = joined(run.recorder.curves.parts())[-1]
    who = f"Moved last: {' and '.join(moved)}" if moved else "Nobody has moved yet"
    modes = f"; its samples cover {100 * row[3]:.3g} % of the modes" if "samples" in run.objective.can else ""
    late = f" (at update {row[0]:,.0f})" if row[0] != run.state.step else ""
    return Sentence(
        f"A game: the generator's loss is {number(row[1])}, the discriminator's {number(row[2])}, and neither is a "
        f"measure of quality{modes}{late}. {who}."
    )


def _training(run: Run) -> Sentence:
    rows, step = joined(run.recorder.curves.parts()), run.state.step
    last = rows[-1]
    examples = "examples" in run.objective.can
    loss = "training loss" if examples else "loss"
    if step == 0:
        what = f"{run.objective.full().size:,} training examples, " if examples else ""
        return Sentence(f"Ready: {what}{run.state.theta.size:,} parameters, {loss} {number(last[1])} before the first "
                        "update.")  # fmt: skip
    since = run.recorder.markers[-1].step if run.recorder.markers else 0
    # "right": of the two rows at a marker's step, the one after the change
    earlier = rows[max(int(np.searchsorted(rows[:, 0], max(since, step - 200), "right")) - 1, 0)]
    updates = int(last[0] - earlier[0])
    before, now = number(earlier[1]), number(last[1])
    verb = "fell" if last[1] < earlier[1] else "rose"
    change = f"stayed at {now}" if before == now else f"{verb} from {before} to {now}"
    change += f" in {updates:,} update{'s' if updates > 1 else ''}"
    accuracy = "" if np.isnan(last[4]) else f"; {100 * last[4]:.3g} % of the test examples are right"
    doing = "" if updates and before == now else "Training: " if examples else "Descending: "
    text = f"{doing}the {loss} {change if updates else f'is {now}'}{accuracy}."
    return Sentence(text[0].upper() + text[1:])
