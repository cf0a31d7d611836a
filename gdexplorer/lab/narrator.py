"""One plain sentence about what happens now, quoting its number and claiming neither a cause nor a minimum."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.lab.commands import Command, KeepBest
from gdexplorer.lab.history import Recorder, joined
from gdexplorer.lab.run import Run
from gdexplorer.lab.state import Health

Mood = Literal["plain", "good", "warning", "trouble"]

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
UNSTABLE_FACTOR, UNSTABLE_UPDATES = 10.0, 20
SLOW_SHARE, SLOW_UPDATES = 0.01, 500


@dataclass(frozen=True, slots=True)
class Sentence:
    """What the narrator says, and one button beside it."""

    text: str
    mood: Mood = "plain"
    panel: str = ""  # title of the panel to look at
    action: str = ""  # text of the button
    command: Command | None = None


def narrate(run: Run) -> Sentence:
    """Return the sentence of the first rule that applies."""
    state, recorder = run.state, run.recorder
    if state.status.health is Health.DIVERGED:
        return Sentence(
            f"Stopped before update {state.step + 1:,}: {state.status.reason}, first in layer {state.status.layer}. "
            "The weights before it are kept; a smaller learning rate or fresh weights may go on from here.",
            "trouble",
            "curves",
        )
    if run.stopped:
        return _stopped(run)
    if run.state.slots[0].numbers.get("stalled"):
        return Sentence(
            f"Standing still: the search finds no lower loss than {_number(run.total_loss())} along its direction; "
            f"{state.evaluations:,} gradient evaluations so far.", "plain", "curves",
        )  # fmt: skip
    if run.game is not None:
        return _playing(run, run.game.moved)
    for rule in (_unstable, _slow):
        if (sentence := rule(recorder, state.step)) is not None:
            return sentence
    return _training(run)


def _stopped(run: Run) -> Sentence:
    best, training = run.state.stopping, run.state.experiment.training
    loss = "test loss" if "examples" in run.objective.can else "loss"
    kept = "" if best.theta is None else f" below its best, {_number(best.best)} at update {best.at:,},"
    now = joined(run.recorder.curves.parts())[-1, 2 if loss == "test loss" else 1]
    return Sentence(
        f"Paused: the {loss} has not fallen{kept} for {training.stop_after:,} updates; it is {_number(now)}. "
        "Press play to go on from here, and wait as long again.",
        "plain", "curves", "Keep the best weights" if kept else "", KeepBest() if kept else None,
    )  # fmt: skip


def _number(value: float) -> str:
    """Return three digits, as panels write them: 0.0123, 7.89×10⁻³¹."""
    digits, _, exponent = f"{value:.3g}".partition("e")
    return f"{digits}×10{str(int(exponent)).translate(_SUPERSCRIPT)}" if exponent else digits


def _recent(recorder: Recorder, count: int) -> Array:
    parts: list[Array] = []
    for part in reversed(recorder.batch.parts()):
        parts.insert(0, part[-count:, 1])
        count -= len(parts[0])
        if count <= 0:
            break
    return joined(tuple(parts))


def _unstable(recorder: Recorder, step: int) -> Sentence | None:
    since = recorder.markers[-1].step if recorder.markers else 0
    if step - since < UNSTABLE_UPDATES:
        return None
    recent = _recent(recorder, min(step - since, 2000))
    best = float(recent.min())
    tail = recent[-UNSTABLE_UPDATES:]
    if best <= 0 or not (tail > UNSTABLE_FACTOR * best).all():
        return None
    if np.median(tail) < 2 * np.median(recent[:UNSTABLE_UPDATES]):
        return None
    return Sentence(
        f"Unstable: for {UNSTABLE_UPDATES} updates the batch loss has been above {_number(tail.min())}, more than "
        f"{UNSTABLE_FACTOR:g} times its best {_number(best)}.",
        "warning",
        "curves",
    )


def _slow(recorder: Recorder, step: int) -> Sentence | None:
    rows = joined(recorder.curves.parts())
    since = recorder.markers[-1].step if recorder.markers else 0
    if step - since < SLOW_UPDATES:
        return None
    window = rows[rows[:, 0] >= step - SLOW_UPDATES]
    if len(window) < 2 or window[0, 1] <= 0:
        return None
    gain = 1 - window[-1, 1] / window[0, 1]
    if not 0 <= gain < SLOW_SHARE:
        return None
    return Sentence(
        f"Slow progress: the training loss fell by {100 * gain:.2g} % in {window[-1, 0] - window[0, 0]:,.0f} updates "
        f"and is {_number(window[-1, 1])}.",
        "plain",
        "curves",
    )


def _playing(run: Run, moved: tuple[str, ...]) -> Sentence:
    """Say where both sides of a game stand, without calling either loss good or bad."""
    row = joined(run.recorder.curves.parts())[-1]
    who = f"Moved last: {' and '.join(moved)}" if moved else "Nobody has moved yet"
    samples = "samples" in run.objective.can
    modes = f"; its samples cover {100 * row[3]:.3g} % of the modes" if samples else ""
    late = f" (at update {row[0]:,.0f})" if row[0] != run.state.step else ""
    return Sentence(
        f"A game: the generator's loss is {_number(row[1])}, the discriminator's {_number(row[2])}, and neither is a "
        f"measure of quality{modes}{late}. {who}.",
        "plain", "modes" if samples else "landscape",
    )  # fmt: skip


def _training(run: Run) -> Sentence:
    rows, step = joined(run.recorder.curves.parts()), run.state.step
    last = rows[-1]
    examples = "examples" in run.objective.can
    loss = "training loss" if examples else "loss"
    if step == 0:
        what = f"{run.objective.full().size:,} training examples, " if examples else ""
        return Sentence(f"Ready: {what}{run.state.theta.size:,} parameters, {loss} {_number(last[1])} before the first "
                        "update.", "plain", "curves")  # fmt: skip
    since = run.recorder.markers[-1].step if run.recorder.markers else 0
    # "right": of the two rows at a marker's step, the one after the change
    earlier = rows[max(int(np.searchsorted(rows[:, 0], max(since, step - 200), "right")) - 1, 0)]
    updates = int(last[0] - earlier[0])
    before, now = _number(earlier[1]), _number(last[1])
    verb = "fell" if last[1] < earlier[1] else "rose"
    change = f"stayed at {now}" if before == now else f"{verb} from {before} to {now}"
    change += f" in {updates:,} update{'s' if updates > 1 else ''}"
    accuracy = "" if np.isnan(last[4]) else f"; {100 * last[4]:.3g} % of the test examples are right"
    doing = "" if updates and before == now else "Training: " if examples else "Descending: "
    text = f"{doing}the {loss} {change if updates else f'is {now}'}{accuracy}."
    text = text[0].upper() + text[1:]
    return Sentence(text, "plain", "curves")
