"""Training without a window."""

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from gdexplorer.cli import own, settings
from gdexplorer.cli.usage import output
from gdexplorer.lab import archive, experiments, race
from gdexplorer.lab.capture import captured
from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.history import joined
from gdexplorer.lab.narrator import narrate
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.probes import modes
from gdexplorer.probes.modes import Modes

ROWS = 12
DIVERGED = 2


def run(
    experiment: str = typer.Argument(
        metavar="EXPERIMENT", help="Name of an experiment (see 'gdexplorer list'), or the path of a .toml file."
    ),
    steps: int | None = typer.Option(
        None, metavar="N", min=1, max=10**9, help="Number of updates; if not given, until the experiment pauses."
    ),
    sets: list[str] = typer.Option([], "--set", metavar="[UPDATE:]PATH=VALUE", help=settings.HELP),
    as_json: bool = typer.Option(False, "--json", metavar="", help="Print one JSON line instead of a table."),
    save: Path | None = typer.Option(None, metavar="FILE", help="Save the session to this file (.gdx)."),
    data: Path | None = typer.Option(None, metavar="FILE", help="Learn from this table (.csv) instead."),
    target: str | None = typer.Option(None, metavar="COLUMN", help="Column of the table to learn."),
    inputs: str | None = typer.Option(None, metavar="COLUMN,…", help="Columns to learn it from."),
    task: str | None = typer.Option(None, metavar="TASK", help="regression, binary or classes."),
    decimal: str | None = typer.Option(None, metavar="MARK", help="Decimal mark of the table, a point or a comma."),
) -> None:
    """Train an experiment and print how it went; it may stop early. If it diverges, the exit code is 2."""
    catalogue, changes = standard(), settings.parsed(sets)
    file = None if save is None else output(save, archive.SUFFIX)
    wanted = experiments.load(experiment, catalogue)
    if data is not None:
        wanted = own.begun(wanted, data, target, inputs, task, decimal, catalogue)
    elif target or inputs or task or decimal:
        raise Complaint("--target, --inputs, --task and --decimal are about a table; give its file with --data.")
    session = Session(settings.begun(wanted, changes, catalogue), catalogue)
    steps = steps or session.start.show.pause_at
    if not steps:
        raise Complaint(f"'{experiment}' does not pause by itself; say how many updates to make with --steps.")
    for at, change in changes:
        if at > steps:
            raise Complaint(f"--set {at}:{change.path} comes after the last update, {steps}; choose an earlier one.")
        if at > 0:
            session.train(max(0, at - session.updates))
            if session.run.stopped:
                break
            if not (reply := session.send(change)).accepted:
                raise Complaint(reply.text)
    if not session.run.stopped:
        session.train(steps - session.updates)
    if file is not None:
        archive.save(session, file)
    report(session, experiment, as_json)
    if session.run.state.status.health is Health.DIVERGED:
        print(narrate(session.run).text, file=sys.stderr)
        raise typer.Exit(DIVERGED)


def list_experiments() -> None:
    """List the experiments that come with the program."""
    catalogue = standard()
    table = Table("name", "title", "what to look for", box=None)
    for name in experiments.names():
        found = experiments.load(name, catalogue)
        table.add_row(name, found.title, found.commentary)
    Console().print(table)


def outcome(session: Session, name: str) -> dict[str, Any]:
    """Return where a session stands, as JSON values: losses without penalty, None for what there is not."""
    found = {"experiment": name, **_standing(session.run)}
    if bugs := session.run.state.experiment.bugs.present:
        found["wrong_on_purpose"] = list(bugs)
    if session.run.stopped:
        best = session.run.state.stopping
        found["stopped"] = {"step": best.stopped, "best_step": best.at, "best_loss": _finite(best.best)}
    if len(session.runs) > 1:
        named = zip(race.names(session.runs), session.runs, strict=True)
        found["lanes"] = [{"lane": lane, **_standing(run)} for lane, run in named]
    return found


def _standing(run: Run) -> dict[str, Any]:
    state = run.state
    train, test = run.scores()
    values = (_finite(train.loss), _finite(test.loss), train.accuracy, test.accuracy)
    return {
        "steps": state.step,
        "status": state.status.health.value,
        **dict(zip(_keys(run), values, strict=True)),
        **(_samples(run) if "samples" in run.objective.can else {}),
        "evaluations": state.evaluations,
        "sha256": archive.digest(state.theta),
    }


def _keys(run: Run) -> tuple[str, ...]:
    """Return what to call the columns of the curves: of a game they are both sides'."""
    if run.game is None:
        return "train_loss", "test_loss", "train_accuracy", "test_accuracy"
    return "generator_loss", "discriminator_loss", "share_of_modes", "discriminator_accuracy"


def _samples(run: Run) -> dict[str, Any]:
    """Return what a generator's fixed samples cover."""
    report = modes.measure(Modes(), captured(run))
    return {"modes_covered": report.covered, "modes": len(report.centers), "share_near_a_mode": report.near}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def report(session: Session, name: str, as_json: bool) -> None:
    """Print where a session stands, as a table or as one JSON line."""
    result = outcome(session, name)
    if as_json:
        print(json.dumps(result))
        return
    state, keys = session.run.state, _keys(session.run)
    table = Table("update", *(key.replace("_", " ") for key in keys), box=None)
    for column in table.columns:
        column.justify = "right"
    curves = joined(session.run.recorder.curves.parts())
    wanted = np.searchsorted(curves[:, 0], np.linspace(0, curves[-1, 0], ROWS))
    last = [result[key] for key in keys]
    rows = [row for row in curves[np.unique(wanted)].tolist() if row[0] < state.step]
    for step, *values in [*(row[:5] for row in rows), [state.step, *last]]:
        table.add_row(f"{int(step):,}", *(_cell(value, k > 1) for k, value in enumerate(values)))
    console = Console(highlight=False)
    console.print(state.experiment.title, style="bold", markup=False)
    console.print(table)
    if "lanes" in result:
        console.print(_ranking(result["lanes"], keys[:2]))
    if "modes_covered" in result:
        print(f"modes covered {result['modes_covered']} of {result['modes']}; neither loss is a measure of quality")
    if "stopped" in result:
        console.print(narrate(session.run).text.partition(" Press")[0], markup=False)
    if "wrong_on_purpose" in result:
        print(f"Wrong on purpose: {', '.join(result['wrong_on_purpose'])}")
    print(f"sha256 {result['sha256']}")


def _ranking(lanes: list[dict[str, Any]], losses: tuple[str, ...]) -> Table:
    """Return the lanes of a race, the lowest training loss first."""
    table = Table("lane", "update", "evaluations", *(key.replace("_", " ") for key in losses), "status", box=None)
    for column in table.columns[1:-1]:
        column.justify = "right"
    for lane in sorted(lanes, key=lambda lane: math.inf if lane[losses[0]] is None else lane[losses[0]]):
        table.add_row(lane["lane"], f"{lane['steps']:,}", f"{lane['evaluations']:,}",
                      *(_cell(lane[key], False) for key in losses), lane["status"])  # fmt: skip
    return table


def _cell(value: float | None, share: bool) -> str:
    if value is None or math.isnan(value):
        return "–"
    return f"{value:.1%}" if share else f"{value:.4g}"
