"""What a run did, update by update: doing its log again while writing down each batch, learning rate and loss."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gdexplorer.arrays import BoolArray, IntArray
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.commands import Change, Command
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment, ShowSettings
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import State
from gdexplorer.lab.steering import scheduled
from gdexplorer.objectives.supervised import SupervisedObjective

LEAP = 256  # updates at once where nothing is written down
Log = Sequence[tuple[int, Command]]


@dataclass(slots=True)
class Leg:
    """Updates with nothing between them but changes of learning rate and batch size.

    Attributes
    ----------
    state, objective
        Those before the first of them.
    after
        The label of the change that stands before, "" where the run begins.
    fresh
        Whether the optimizer remembers nothing at its start.
    order
        For each update, which training examples it saw.
    masks
        For each update, which units it kept, (rows, B); none where nothing is dropped.
    made
        How many updates there were in all, of which the first ones are written down.
    """

    state: State
    objective: SupervisedObjective
    after: str
    fresh: bool
    order: list[IntArray] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    masks: list[BoolArray] = field(default_factory=list)
    made: int = 0


def retrace(start: Experiment, log: Log, updates: int, catalogue: Catalogue, most: int,
            tell: Callable[[float], None] = lambda share: None, stop: Callable[[], bool] = lambda: False,
            ) -> Leg:  # fmt: skip
    """Do a session again and return the last leg of its first lane, with up to `most` updates written down.

    Raises
    ------
    Complaint
        If it is no network that learns from examples, the replay stops early, or `stop` says so.
    """
    session = Session(start, catalogue)
    leg = _begin(session.run, "")
    for at, command in (*log, (updates, None)):
        while session.updates < at:
            if stop():
                raise Complaint("Cancelled; nothing was written.")
            before = session.updates
            _advance(session, leg, most, at - before)
            if session.updates == before:
                raise Complaint(f"The replay stops at update {before:,}, but the session went on to {updates:,}; it "
                                "was recorded by another version or on another machine.")  # fmt: skip
            tell(session.updates / updates)
        if command is not None:
            recorder, experiment = session.run.recorder, session.run.state.experiment
            reply = session.send(command)
            if session.run.recorder is not recorder:
                leg = _begin(session.run, "")
            elif not isinstance(command, Change) or _bare(session.run.state.experiment) != _bare(experiment):
                leg = _begin(session.run, reply.text)
    return leg


def _begin(run: Run, after: str) -> Leg:
    if not isinstance(run.objective, SupervisedObjective):
        raise Complaint("A PyTorch script is made of a network that learns from examples, not of a function or a "
                        "game; choose such an experiment.")  # fmt: skip
    return Leg(run.state.copy(), run.objective, after, _is_fresh(run))


def _advance(session: Session, leg: Leg, most: int, left: int) -> None:
    """Make an update and write it down, or several where there is no more room."""
    run = session.run
    if leg.made >= most:
        before = run.state.step
        session.advance(min(left, LEAP))
        leg.made += run.state.step - before
        return
    state, step = run.state, run.state.step
    rate: Any = getattr(scheduled(state, step, run.catalogue), "learning_rate", np.nan)
    shadow = state.streams.copy() if any(count for count, _ in leg.objective.network.masks) else None
    session.advance(1)
    if state.step == step:  # it diverged, or has before
        return
    cursor = state.streams.cursor
    leg.order.append(state.streams.permutation[cursor - run.examples : cursor].copy())
    leg.rates.append(float(rate))
    leg.losses.append(float(run.recorder.batch.parts()[-1][-1, 1]))
    leg.made += 1
    if shadow is not None:
        leg.masks.append(run.objective.draw(shadow).arrays[-1] != 0)


def _is_fresh(run: Run) -> bool:
    """Whether the optimizer's slots are as those of one that has just begun."""
    twin = Run.of(run.state.copy(), run.catalogue)
    twin.fresh_slots()
    (mine, numbers), (theirs, fresh) = run.state.slots[0].saved(), twin.state.slots[0].saved()
    same = all(np.array_equal(mine[name], theirs[name]) for name in mine if name != "gradient")
    return same and numbers == fresh


def _bare(experiment: Experiment) -> Experiment:
    """Return an experiment without what each update is told anyway, and what is no part of the mathematics."""
    usual: dict[str, Any] = {"title": "", "commentary": "", "show": ShowSettings(), "rivals": ()}
    if hasattr(experiment.optimizer, "learning_rate"):
        usual["optimizer"] = experiment.optimizer.model_copy(update={"learning_rate": 1.0})
    training = type(experiment.training)
    own = {name: training.model_fields[name].default for name in ("batch_size", "stop_after", "stop_threshold")}
    usual["training"] = experiment.training.model_copy(update={**own, "schedule": None})
    return experiment.model_copy(update=usual)
