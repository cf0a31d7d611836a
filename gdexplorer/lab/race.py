"""Several runs side by side: the experiment's own and its rivals, from one start and in one order of batches."""

from collections.abc import Sequence

from gdexplorer.lab import build, variants
from gdexplorer.lab.apply import apply
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.changes import changed
from gdexplorer.lab.commands import Change, Command
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


def carry_out(runs: list[Run], command: Command) -> str:
    """Apply a command to every lane that it concerns, or to none; return the marker's label.

    Raises
    ------
    Complaint
        If a lane cannot carry it out; all are then as they were.
    """
    main = runs[0]
    if isinstance(command, Change):
        experiment, label = changed(main.state.experiment, command.path, command.value, main.catalogue)
        for lane in lanes(experiment):
            variants.objective(lane, main.catalogue)
        group, _, rest = command.path.partition(".")
        if group == "rivals":
            return _change_rivals(runs, experiment, label, rest)
    given = [(run, own) for run, rival in zip(runs[1:], main.state.experiment.rivals, strict=True)
             if (own := _to_rival(rival, command)) is not None]  # fmt: skip
    for run, own in given:  # on a copy, for what only one lane refuses: weights out of range
        apply(Run.of(run.state.copy(), run.catalogue), own)
    label = apply(main, command)
    for run, own in given:
        apply(run, own)
    return label


def _change_rivals(runs: list[Run], experiment: Experiment, label: str, rest: str) -> str:
    """Let a rival go on with other knobs of its optimizer; anything else starts the race again."""
    main = runs[0]
    id, _, path = rest.partition(".")
    if path.partition(".")[0] == "optimizer":
        index = [rival.id for rival in experiment.rivals].index(id)
        main.state.experiment = experiment
        run = runs[1 + index]
        value = experiment.rivals[index].optimizer
        for part in path.split(".")[1:]:
            value = getattr(value, part)
        return apply(run, Change(path, value))
    fresh = begin(experiment, main.catalogue)
    main.begin(experiment)
    runs[1:] = fresh[1:]
    return label


def _to_rival(rival: RivalSettings, command: Command) -> Command | None:
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
