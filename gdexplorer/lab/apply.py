"""The one door for change: what each command does to a run, between two updates."""

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.lab import build, parameters
from gdexplorer.lab.changes import changed
from gdexplorer.lab.chronicle import VERSIONS
from gdexplorer.lab.commands import (
    NETWORK,
    Change,
    KeepBest,
    Logged,
    MoveTo,
    Nudge,
    Reinitialize,
    SetParameter,
    Solve,
    UpdateOn,
)
from gdexplorer.lab.complaints import Complaint, unknown
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.history import Marker
from gdexplorer.lab.run import Run
from gdexplorer.lab.state import Status
from gdexplorer.lab.stopping import Stopping
from gdexplorer.lab.walks import update_on
from gdexplorer.optim import Rule, Search
from gdexplorer.optim.clipping import Tally
from gdexplorer.optim.plateau import Plateau

MOST_SEED = 2**53  # a file holds no larger number


def apply(run: Run, command: Logged) -> str:
    """Change a run between two steps, the only way it is changed; return the marker's label.

    Raises
    ------
    Complaint
        If the command cannot be carried out; the run is then as it was.
    """
    state = run.state
    match command:
        case Change(path, value):
            experiment, label = changed(state.experiment, path, value, run.catalogue)
            label = _change(run, experiment, label, path)
        case Reinitialize(scope, seed):
            label = _reinitialize(run, scope, _checked(seed))
        case MoveTo(theta):
            label = _move(run, theta, "moved")
        case Nudge(sigma, seed):
            noise = np.random.Generator(np.random.PCG64(_checked(seed))).normal(size=state.theta.size)
            with np.errstate(all="ignore"):
                moved = state.theta + sigma * noise
            label = _move(run, moved, f"nudge σ {sigma:.3g}")
        case SetParameter(index, value):
            label = _set(run, index, value)
        case Solve():
            if (solution := run.objective.solution()) is None:
                raise Complaint("There is no formula for the minimizer here, only for a line or plane that is fitted "
                                "by squared error without L1; let an optimizer descend instead.")  # fmt: skip
            label = _move(run, solution, "solved")
        case KeepBest():
            if (best := state.stopping).theta is None:
                raise Complaint("No best weights are kept: that is done while 'stop after' is more than 0, from then "
                                "on; set it and let the run go on.")  # fmt: skip
            label = _move(run, best.theta, f"best weights, of update {best.at:,}")
        case UpdateOn(example):
            return update_on(run, example)
    return label


def _checked(seed: int) -> int:
    if seed < 0:
        raise Complaint(f"A seed must not be negative, and {seed} is; choose 0 or more.")
    if seed > MOST_SEED:
        raise Complaint(f"A seed of {len(str(seed))} digits is too large for a file; choose 0 to {MOST_SEED:,}.")
    return seed


def _change(run: Run, experiment: Experiment, label: str, path: str) -> str:
    """Take over changed settings; weights and slots are kept wherever they can be."""
    state, old = run.state, run.objective
    if experiment.optimizer != state.experiment.optimizer and experiment.model_copy(
        update={"optimizer": state.experiment.optimizer}) == state.experiment:  # fmt: skip
        build.objective(experiment, run.catalogue)  # refuses an optimizer that cannot descend this
        same_kind = type(experiment.optimizer) is type(state.experiment.optimizer)
        state.experiment = experiment
        run.adopt_rule()
        if same_kind:
            run.tune()
        else:
            run.fresh_slots()
        return _settled(run, label, False)
    if path.split(".")[0] == "show" or path in ("title", "commentary"):
        state.experiment = experiment
        return ""
    new = build.objective(experiment, run.catalogue)
    kept = parameters.same_parameters(old, new)
    fresh = parameters.initial(new, experiment, run.catalogue)
    if not kept:
        state.theta = _within_range(parameters.transplant(old, state.theta, new, fresh))
        state.buffers = parameters.transplant_buffers(old, state.buffers, new)
    elif path in ("problem.x", "problem.y"):  # the start was moved, so a descent begins there
        state.theta[...] = fresh
    if build.kind(experiment.training.schedule) != build.kind(state.experiment.training.schedule):
        state.plateau = Plateau()
    state.experiment = experiment
    version, examples, same = run.loss_version, run.examples, kept and new.same_loss(old)
    run.adopt(new)
    if same:
        run.loss_version = version
    else:
        state.stopping = Stopping()  # the best θ was one of another loss
    if same and isinstance(run.rule, Search):
        run.examples = examples  # to look at another gradient would overwrite the one it goes on from
    if not kept or path in ("problem.x", "problem.y"):
        run.fresh_slots()
        run.new_path()
    elif isinstance(run.rule, Search) and not same:
        run.fresh_slots()  # what it keeps is of the loss before
    elif isinstance(run.rule, Rule):
        run.tune()  # to another schedule
    return _settled(run, label, not parameters.same_measure(old, new))


def _reinitialize(run: Run, scope: str, seed: int) -> str:
    state, layout = run.state, run.objective.layout
    if scope != NETWORK and scope not in layout.by_id:
        raise Complaint(unknown("layer", scope, [*layout.by_id, NETWORK]))
    layers = frozenset(layout.by_id if scope == NETWORK else [scope])
    theta = state.theta.copy()
    parameters.fill(theta, run.objective, state.experiment, run.catalogue, layers, seed)
    state.theta[...] = theta
    run.fresh_slots()
    run.new_path()
    return _settled(run, "new weights" if scope == NETWORK else f"new weights in {scope}", False)


def _move(run: Run, theta: Array, label: str) -> str:
    if theta.shape != run.state.theta.shape:
        raise Complaint(
            f"A point needs {run.state.theta.size} parameters, not {theta.size}; it belongs to another network."
        )
    with np.errstate(over="ignore"):
        theta = theta.astype(run.objective.dtype)
    run.state.theta[...] = _within_range(theta)
    run.fresh_slots()
    return _settled(run, label, False)


def _set(run: Run, index: int, value: float) -> str:
    """Set one parameter; the slots of a rule stay, while a search must not go on with the loss of another point."""
    theta = run.state.theta
    if not 0 <= index < theta.size:
        raise Complaint(f"There is no parameter {index}; this network has {theta.size:,}, from 0 on.")
    moved = theta.copy()
    with np.errstate(over="ignore"):
        moved[index] = value
    label = f"{run.objective.layout.name(index)} {theta[index]:.3g} → {value:.3g}"
    theta[...] = _within_range(moved)
    run.examples = 0  # the gradient was of another point
    if isinstance(run.rule, Search):
        run.fresh_slots()
    return _settled(run, label, False)


def _within_range(theta: Array) -> Array:
    """Refuse a point whose squares overflow."""
    limit = np.sqrt(np.finfo(theta.dtype).max)
    if not (np.abs(theta) < limit).all():
        raise Complaint(f"A point must have finite parameters that {theta.dtype} can square; choose one nearer to 0.")
    return theta


def _settled(run: Run, label: str, breaks: bool) -> str:
    """Mark the change on the time axes and start again from a finite state."""
    run.state.status, run.state.tally = Status(), Tally()
    run.state.plateau.begin_anew(run.state.step)
    run.state.stopping.begin_anew(run.state.step)
    run.version = next(VERSIONS)
    run.recorder.mark(Marker(run.state.step, label, breaks))
    run.record_point()
    return label
