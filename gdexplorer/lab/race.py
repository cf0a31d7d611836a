"""Several runs side by side: the experiment's own and its rivals, from one start and in one order of batches."""

from collections.abc import Sequence

from gdexplorer.lab import build
from gdexplorer.lab.apply import apply
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.changes import changed
from gdexplorer.lab.commands import Begin, Change, Command, Logged, Restart
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment, RivalSettings
from gdexplorer.lab.run import Run

# of these a rival may have its own
_OWN = {"network.initializer": "initializer", "training.batch_size": "batch_size", "optimizer": "optimizer"}


def lanes(experiment: Experiment) -> list[Experiment]:
    """Return what each lane runs, the experiment itself first."""
    return [experiment, *(experiment.of_rival(rival) for rival in experiment.rivals)]


def begin(experiment: Experiment, catalogue: Catalogue) -> list[Run]:
    """Start all lanes.

    Raises
    ------
    Complaint
        If one of them cannot run.
    """
    return [Run(lane, catalogue) for lane in lanes(experiment)]


def afresh(runs: Sequence[Run], command: Command) -> tuple[Experiment, str] | None:
    """Return the experiment that a command begins at update 0, and what to call that; None for any other command.

    Raises
    ------
    Complaint
        If there is no such setting or the value is out of its bounds.
    """
    main = runs[0]
    match command:
        case Restart():
            return main.state.experiment, "restart"
        case Begin(experiment):
            return experiment, "reset"
        case Change(path, value) if begins(path):
            return changed(main.state.experiment, path, value, main.catalogue)
    return None


def begins(path: str) -> bool:
    """Whether a setting makes another run: the seed, the problem, or the race but for knobs of a rival's optimizer."""
    group, *rest = path.split(".")
    return path in ("seed", "problem.kind") or (group == "rivals" and rest[1:2] != ["optimizer"])


def carry_out(runs: Sequence[Run], command: Logged) -> str:
    """Apply a command to every lane that it concerns, or to none; return the marker's label.

    Raises
    ------
    Complaint
        If a lane cannot carry it out; all are then as they were.
    """
    main = runs[0]
    if isinstance(command, Change):
        if begins(command.path):
            raise Complaint(f"A change of {command.path} begins a run of its own; the file is damaged.")
        experiment, _ = changed(main.state.experiment, command.path, command.value, main.catalogue)
        for lane in lanes(experiment):
            build.objective(lane, main.catalogue)
        group, _, rest = command.path.partition(".")
        if group == "rivals":
            return _change_rival(runs, experiment, rest)
    given = [(run, own) for run, rival in zip(runs[1:], main.state.experiment.rivals, strict=True)
             if (own := _to_rival(rival, command)) is not None]  # fmt: skip
    for run, own in given:  # on a copy, for what only one lane refuses: weights out of range
        apply(Run.of(run.state.copy(), run.catalogue), own)
    label = apply(main, command)
    for run, own in given:
        apply(run, own)
    return label


def _change_rival(runs: Sequence[Run], experiment: Experiment, rest: str) -> str:
    """Let a rival go on with other knobs of its optimizer."""
    id, _, path = rest.partition(".")
    index = [rival.id for rival in experiment.rivals].index(id)
    runs[0].state.experiment = experiment
    value = experiment.rivals[index].optimizer
    for part in path.split(".")[1:]:
        value = getattr(value, part)
    return apply(runs[1 + index], Change(path, value))


def _to_rival(rival: RivalSettings, command: Logged) -> Logged | None:
    """Return what a command is to a rival, whose own settings stand in place of the experiment's."""
    if isinstance(command, Change):
        for path, name in _OWN.items():
            own, (group, _, leaf) = getattr(rival, name), path.rpartition(".")
            if own is not None and command.path.startswith(path):
                return None
            if own is not None and command.path == group:
                command = Change(group, dict(command.value) | {leaf: own})
    return command


def names(runs: Sequence[Run]) -> list[str]:
    """Return what to call each lane: its optimizer, and what tells it from others of the same kind."""
    rules = [run.catalogue.record("optimizers", build.kind(run.state.experiment.optimizer)) for run in runs]
    return [
        rule.label + (_rate(run) if sum(rule is other for other in rules) > 1 else "")
        for rule, run in zip(rules, runs, strict=True)
    ]


def _rate(run: Run) -> str:
    rate = getattr(run.state.experiment.optimizer, "learning_rate", None)
    return "" if rate is None else f" η {rate:.3g}"


def note(run: Run, main: Run) -> str:
    """Say in which way a lane does not run under the same conditions as the first."""
    own, first = run.state.experiment, main.state.experiment
    said = []
    if own.network.initializer != first.network.initializer:
        said.append("different start")
    if own.training.batch_size != first.training.batch_size:
        said.append("different order")
    return ", ".join(said)
