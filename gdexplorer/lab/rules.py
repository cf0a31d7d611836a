"""Rules over what a run has written down of itself: its losses, its gradients as the optimizer gets them, games."""

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.lab.accumulation import norms
from gdexplorer.lab.commands import Change
from gdexplorer.lab.rule import Facts, Rule, tenth
from gdexplorer.lab.sentences import Mend, number
from gdexplorer.lab.weights import plain_rate
from gdexplorer.objectives.adversarial import AdversarialObjective
from gdexplorer.optim import Rule as Optimizer

UNSTABLE_FACTOR, UNSTABLE_UPDATES, UNSTABLE_BEST = 10.0, 20, 2000
SLOW_SHARE, SLOW_UPDATES = 0.01, 500
NO_PROGRESS_UPDATES, NO_PROGRESS_ROWS, NO_PROGRESS_SHARE = 300, 8, 0.01
DOWN = 0.5  # of its first value, below which the loss has come down
RISEN_FACTOR, RISEN_UPDATES = 2.0, 10
CLIPPED_UPDATES = 50
NOISE_UPDATES = 200
GAP_FACTOR = 3.0
MODES_UPDATES, MODES_AGE = 500, 1000


# ---- the local stability limit: only where each update is −ηg of all examples ---------------------


def limit_ratio(facts: Facts) -> float | None:
    """Return η over 2/λmax at the last steady update; None where there is no such limit."""
    if facts.steady is None:
        return None
    rate, _ = plain_rate(facts.run)
    return None if rate is None else rate * facts.steady.sharpness / 2


def _above(facts: Facts) -> float | None:
    if facts.steady is None or facts.age < RISEN_UPDATES:
        return None
    risen = (facts.recent(RISEN_UPDATES) > RISEN_FACTOR * facts.steady.loss).all()
    return limit_ratio(facts) if risen else None


def limit_clause(facts: Facts) -> str:
    """Return where η stood to the limit; never as a cause."""
    assert facts.steady is not None
    rate, _ = plain_rate(facts.run)
    assert rate is not None
    return (f"at update {facts.steady.step:,} η {number(rate)} was above the local stability limit 2/λmax = "
            f"{number(2 / facts.steady.sharpness)}")  # fmt: skip


def _say_above(facts: Facts) -> str:
    assert facts.steady is not None
    return (f"Rising: the {facts.loss} went from {number(facts.steady.loss)} at update {facts.steady.step:,} to "
            f"{number(float(facts.recent(1)[-1]))}; {limit_clause(facts)}.")  # fmt: skip


# ---- the loss over time -----------------------------------------------------------------------------


def _levels(facts: Facts) -> tuple[float, float] | None:
    """Return the lowest of the newest batch losses, and the lowest median of as many since the last change."""
    recent = facts.recent(UNSTABLE_BEST)
    blocks = len(recent) // UNSTABLE_UPDATES
    if not blocks:
        return None
    best = np.median(recent[: blocks * UNSTABLE_UPDATES].reshape(blocks, -1), axis=1).min()
    return float(recent[-UNSTABLE_UPDATES:].min()), float(best)


def _unstable(facts: Facts) -> float | None:
    """Return how far the loss is above its best; a median, for a single batch may be lucky."""
    levels = _levels(facts)
    return None if levels is None or levels[1] <= 0 else levels[0] / levels[1]


def _say_unstable(facts: Facts) -> str:
    levels = _levels(facts)
    assert levels is not None
    lowest, best = levels
    factor = UNSTABLE_FACTOR if lowest >= UNSTABLE_FACTOR * best else UNSTABLE_FACTOR / 2
    return (f"Unstable: for {UNSTABLE_UPDATES} updates the batch loss has been above {number(lowest)}, more than "
            f"{factor:g} times its best {number(best)} (median of {UNSTABLE_UPDATES}).")  # fmt: skip


def _slower(facts: Facts) -> Mend | None:
    rate = tenth(facts)
    return None if rate is None else Mend(f"η → {rate:g}", (Change("optimizer.learning_rate", rate),))


def _first(facts: Facts, rows: Array) -> Array:
    """Return the row (7,) from which on the loss means what it does now."""
    breaks = [marker.step for marker in facts.run.recorder.markers if marker.breaks]
    # "right": of the two rows at a marker's step, the one after the change
    row: Array = rows[max(int(np.searchsorted(rows[:, 0], breaks[-1], "right")) - 1, 0) if breaks else 0]
    return row


def _progress(facts: Facts) -> tuple[Array, Array] | None:
    """Return the row of the last change and the later half of those since then.

    None where that is too soon, or where the loss had come down before.
    """
    rows = facts.curves()
    here = rows[max(int(np.searchsorted(rows[:, 0], facts.since, "right")) - 1, 0) :]
    late = here[here[:, 0] > (here[0, 0] + here[-1, 0]) / 2]
    down = here[0, 1] < DOWN * _first(facts, rows)[1]
    soon = here[-1, 0] - here[0, 0] < NO_PROGRESS_UPDATES or len(late) < NO_PROGRESS_ROWS
    return None if soon or down or not np.isfinite(late[:, 1]).all() else (here[0], late)


def _no_progress(facts: Facts) -> float | None:
    """Return by how much noise exceeds the descent.

    Noise is two standard deviations, 2.1 times the median |difference| of neighbors, which no trend enlarges; at least
    1 % of the first loss and at most 10 %.
    """
    if (found := _progress(facts)) is None:
        return None
    first, late = found
    start, jumps = float(first[1]), 2.1 * float(np.median(np.abs(np.diff(late[:, 1]))))
    noise = min(max(jumps, NO_PROGRESS_SHARE * abs(start)), 10 * NO_PROGRESS_SHARE * abs(start))
    descent = start - float(np.median(late[:, 1]))
    return np.inf if descent <= 0 else noise / descent


def _say_no_progress(facts: Facts) -> str:
    found = _progress(facts)
    assert found is not None
    first, late = found
    low, high = number(late[:, 1].min()), number(late[:, 1].max())
    now = f"been {low}" if low == high else f"been between {low} and {high}"
    return (f"No progress: the {facts.loss} was {number(first[1])} at update {first[0]:,.0f}, and has {now} from "
            f"update {late[0, 0]:,.0f} to {late[-1, 0]:,.0f}.")  # fmt: skip


def _gain(facts: Facts) -> tuple[float, Array] | None:
    rows = facts.curves()
    if facts.age < SLOW_UPDATES:
        return None
    window = rows[rows[:, 0] >= facts.run.state.step - SLOW_UPDATES]
    return (1 - window[-1, 1] / window[0, 1], window) if len(window) >= 2 and window[0, 1] > 0 else None


def _slow(facts: Facts) -> float | None:
    found = _gain(facts)
    return None if found is None or not found[0] >= 0 else SLOW_SHARE / max(float(found[0]), 1e-12)


def _say_slow(facts: Facts) -> str:
    found = _gain(facts)
    assert found is not None
    gain, window = found
    return (f"Slow progress: the {facts.loss} fell by {100 * gain:.2g} % in {window[-1, 0] - window[0, 0]:,.0f} "
            f"updates and is {number(window[-1, 1])}.")  # fmt: skip


# ---- training and test --------------------------------------------------------------------------------


def _gap(facts: Facts) -> float | None:
    """Return test minus training loss as a share of the test loss at first, where it is several times as high."""
    rows = facts.curves()
    first = _first(facts, rows)
    _, train, test = rows[-1, :3]
    if "examples" not in facts.run.objective.can or not test >= GAP_FACTOR * train or not first[2] > 0:
        return None
    return float((test - train) / first[2])


def _say_gap(facts: Facts) -> str:
    row = facts.curves()[-1]
    right = "" if np.isnan(row[3]) else (f"; {100 * row[3]:.3g} % of the training examples are right, "
                                         f"{100 * row[4]:.3g} % of the test examples")  # fmt: skip
    return (f"Training and test apart: loss {number(row[1])} on training examples, {number(row[2])} on test examples"
            f"{right}.")  # fmt: skip


# ---- gradients as the optimizer gets them -----------------------------------------------------------------


def _uncleared(facts: Facts) -> float | None:
    found = norms(facts.run.state.slots[0])
    return None if found is None or not found[0] > 0 else found[1] / found[0]


def _say_uncleared(facts: Facts) -> str:
    found = norms(facts.run.state.slots[0])
    assert found is not None
    fresh, whole = found
    return (f"Never zeroed: each update takes the sum of all gradients so far, now of norm {number(whole)}; the latest "
            f"alone has {number(fresh)}.")  # fmt: skip


def _zero(facts: Facts) -> Mend | None:
    return Mend("Zero the gradient", (Change("training.zero_gradient", True),))


def _clipped(facts: Facts) -> float | None:
    tally, clip = facts.run.state.tally, facts.run.state.experiment.training.clip
    enough = isinstance(facts.run.rule, Optimizer) and clip != "none" and tally.updates >= CLIPPED_UPDATES
    return tally.share if enough else None


def _say_clipped(facts: Facts) -> str:
    tally = facts.run.state.tally
    return (f"Clipped: {100 * tally.share:.3g} % of the gradients of {tally.updates:,} updates; the latest norm "
            f"{number(tally.before)} became {number(tally.after)}.")  # fmt: skip


def _one(facts: Facts) -> float | None:
    """Return the standard deviation of single examples' losses as a multiple of their mean."""
    objective, training = facts.run.objective, facts.run.state.experiment.training
    alone = (
        "examples" in objective.can and objective.batch_size == 1 < objective.full().size and training.accumulate == 1
    )
    if not alone or facts.age < NOISE_UPDATES:
        return None
    recent = facts.recent(NOISE_UPDATES)
    return float(recent.std() / recent.mean()) if recent.mean() > 0 else None


def _say_one(facts: Facts) -> str:
    recent = facts.recent(NOISE_UPDATES)
    return (f"One example an update: in the last {NOISE_UPDATES} updates their losses had mean {number(recent.mean())} "
            f"and standard deviation {number(recent.std())}.")  # fmt: skip


def _more(facts: Facts) -> Mend | None:
    return Mend("B → 32", (Change("training.batch_size", 32),))


# ---- games ------------------------------------------------------------------------------------------------


def _missing(facts: Facts) -> float | None:
    """Return the share of modes that was missing all the time."""
    if not isinstance(facts.run.objective, AdversarialObjective) or facts.age < MODES_AGE:
        return None
    return 1 - _most_covered(facts)


def _most_covered(facts: Facts) -> float:
    rows = facts.curves()
    return float(rows[rows[:, 0] >= rows[-1, 0] - MODES_UPDATES, 3].max())


def _say_missing(facts: Facts) -> str:
    objective = facts.run.objective
    assert isinstance(objective, AdversarialObjective)
    count = len(objective.target.centers)
    return (f"Modes missing: for {MODES_UPDATES} updates the samples have covered at most "
            f"{round(_most_covered(facts) * count)} of {count} modes.")  # fmt: skip


def _in_turn(facts: Facts) -> Mend | None:
    if getattr(facts.run.state.experiment.problem, "generator_steps", 1) == 1:
        return None
    return Mend("G steps → 1", (Change("problem.generator_steps", 1),))


ABOVE = Rule("above limit", _above, 1.02, 1.0, _say_above, "curvature")
UNSTABLE = Rule("unstable", _unstable, UNSTABLE_FACTOR, UNSTABLE_FACTOR / 2, _say_unstable, "curves", mend=_slower)
UNCLEARED = Rule("never zeroed", _uncleared, 3.0, 0.0, _say_uncleared, "gradients", mend=_zero)
NO_PROGRESS = Rule("no progress", _no_progress, 1.0, 0.5, _say_no_progress, "curves")
MISSING = Rule("modes missing", _missing, 0.5, 0.4, _say_missing, "modes", mend=_in_turn)
GAP = Rule("apart", _gap, 0.25, 0.2, _say_gap, "curves", "plain")
ONE = Rule("one example", _one, 1.0, 0.7, _say_one, "noise", "plain", _more)
CLIPPED = Rule("clipped", _clipped, 0.5, 0.4, _say_clipped, "gradients", "plain")
SLOW = Rule("slow", _slow, 1.0, 0.5, _say_slow, "curves", "plain")
