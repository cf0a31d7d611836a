"""The words about the curves: how they are to be read, what is at a place, and a summary."""

import numpy as np

from gdexplorer.lab.frame import Frame, Lane
from gdexplorer.panels.clocks import SECONDS, Clock
from gdexplorer.panels.curverows import nearest, newest, row_at
from gdexplorer.panels.ghostlines import ghost_paces
from gdexplorer.panels.ghosts import ghosts, titles
from gdexplorer.panels.lines import ACCURACY, NAMES, described, paces, plays
from gdexplorer.panels.lossplot import Scales, percent


def facts_of(frame: Frame, scales: Scales, clock: Clock, which: int, plotted: bool, log: bool) -> list[str]:
    """Return how the lines are to be read.

    `which` set lanes and ghosts show, whether accuracies are `plotted`; `clock` and `log` are what was chosen.
    """
    race, game = len(frame.racers) > 1, plays(frame.lane)
    last, tested = row_at(frame, frame.lane), frame.lane.state.test_examples > 0
    facts = [f"line: update {frame.lane.state.step:,} of {frame.head:,}"] if frame.past else []
    if game:
        facts += ["loss is no measure of quality"]
        facts += ["the generator’s, a line a lane" if race else "on fixed points: generator solid, "
                  "discriminator dashed"]  # fmt: skip
        if np.isfinite(last[ACCURACY]) and not race:
            facts += ["shares: modes that are covered, and samples that D tells right" if plotted else
                      f"{percent(last[ACCURACY])} of the modes covered"]  # fmt: skip
    elif not plotted and np.isfinite(last[ACCURACY]) and not race:
        facts += [f"accuracy {percent(last[ACCURACY])}, test {percent(last[ACCURACY + 1])}"]
    if race and not game:
        facts += [(f"full {NAMES[which]} set, eval" if tested else "the function's value") + ": one line a lane"]
        facts += [f"{lane.name}: {lane.note}" for lane in frame.racers if lane.note]
    elif not game:
        facts += ["train solid, test dashed", "full sets, eval"] if tested else ["the function's value"]
        facts += [_batch(frame.lane)] if tested else []
    if ghosts(frame):
        facts += _haunting(frame, clock, which if tested else None)
    if scales.tau:
        facts += [f"gray: running mean of the batch loss, τ = {scales.tau} updates"]
    if scales.time_name == SECONDS.name:
        facts += ["seconds: calibrated, the cost of an update alone on one core × updates"]
    elif clock is SECONDS:
        facts += ["updates, until it is measured what one costs"]
    elif clock.name != scales.time_name:
        facts += ["updates: there are no examples of which to count epochs"]
    if log and not scales.log_loss and not game:
        facts += ["linear, for losses are negative"]
    return facts


def _batch(lane: Lane) -> str:
    penalty = lane.state.experiment.penalty
    return "faint: batch, with penalty" if penalty.l1 or penalty.l2 else "faint: batch"


def _haunting(frame: Frame, clock: Clock, which: int | None) -> list[str]:
    """Return what the thin lines are."""
    if clock is SECONDS:
        return ["earlier runs are not drawn over seconds: their updates were not timed"]
    return ["thin: earlier runs" + ("" if which is None or plays(frame.lane) else f", {NAMES[which]}")]


def reading_of(frame: Frame, clock: Clock, time: float) -> list[str]:
    """Return each lane's and ghost's full-set evaluation that is nearest to a time."""
    lanes, names = frame.racers, titles(frame)
    ways = paces(frame, clock)
    haunting = ghosts(frame)
    named = len(lanes) > 1 or bool(haunting)
    lines = []
    for k, (lane, pace) in enumerate([*zip(lanes, ways, strict=True),
                                      *zip(haunting, ghost_paces(frame, ways[0].clock), strict=False)]):  # fmt: skip
        row = nearest(lane, pace, time)
        if row is not None:
            where = f"{names[k]}, update" if named else "update"
            lines.append(f"{where} {row[0]:,.0f}: {described(row[1:], plays(lane))}")
    return lines


def summary_of(frame: Frame) -> str:
    """Return what the curves show in a sentence or two."""
    last, markers = row_at(frame, frame.lane), frame.lane.history.markers
    changes = (
        f" Changes: {len(markers)}, the last at update {markers[-1].step:,}, {markers[-1].label}." if markers else ""
    )
    said = described(last[1:], plays(frame.lane))
    if len(frame.racers) > 1:
        said = "; ".join(f"{lane.name} {described(row_at(frame, lane)[1:], plays(lane))}" for lane in frame.racers)
    beside = zip(titles(frame)[len(frame.racers) :], ghosts(frame), strict=True)
    others = [f"{title} {described(newest(lane)[1:], plays(lane))}" for title, lane in beside]
    compared = f" Beside it: {'; '.join(others)}." if others else ""
    of = f" of {frame.head:,}" if frame.past else ""
    return f"Loss and accuracy at update {last[0]:,.0f}{of}: {said}.{compared}{''.join(changes)}"
