"""Training without a window, and doing a saved session again."""

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from gdexplorer.cli import settings
from gdexplorer.lab import archive, experiments, race
from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.history import joined
from gdexplorer.lab.narrator import narrate
from gdexplorer.lab.replay import replay as replayed
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health

ROWS = 12
DIFFERS, DIVERGED = 1, 2


def run(
    experiment: str = typer.Argument(
        metavar="EXPERIMENT", help="Name of an experiment (see 'gdexplorer list'), or the path of a .toml file."
    ),
    steps: int = typer.Option(..., metavar="N", min=1, max=10**9, help="Number of updates to make."),
    sets: list[str] = typer.Option([], "--set", metavar="[UPDATE:]PATH=VALUE", help=settings.HELP),
    as_json: bool = typer.Option(False, "--json", metavar="", help="Print one JSON line instead of a table."),
    save: Path | None = typer.Option(None, metavar="FILE", help="Save the session to this file (.gdx)."),
) -> None:
    """Train an experiment and print how it went. If it diverges, the exit code is 2."""
    catalogue, changes = standard(), settings.parsed(sets)
    session = Session(settings.begun(experiments.load(experiment, catalogue), changes, catalogue), catalogue)
    for at, change in changes:
        if at > steps:
            raise Complaint(f"--set {at}:{change.path} comes after the last update, {steps}; choose an earlier one.")
        if at > 0:
            session.advance(max(0, at - session.updates))
            if not (reply := session.send(change)).accepted:
                raise Complaint(reply.text)
    session.advance(steps - session.updates)
    if save is not None:
        archive.save(session, save)
    _report(session, experiment, as_json)
    if session.run.state.status.health is Health.DIVERGED:
        print(narrate(session.run).text, file=sys.stderr)
        raise typer.Exit(DIVERGED)


def replay(
    session: Path = typer.Argument(metavar="SESSION", help="A saved session (.gdx)."),
    check: bool = typer.Option(
        False,
        "--check",
        metavar="",
        help="Compare each lane's θ with the saved one bit for bit; the exit code is 1 if they differ.",
    ),
    as_json: bool = typer.Option(False, "--json", metavar="", help="Print one JSON line instead of a table."),
) -> None:
    """Train a saved session again from its start, with each change at the update where it was made."""
    catalogue = standard()
    saved = archive.load(session, catalogue)
    again = replayed(saved, catalogue)
    _report(again, session.stem, as_json)
    if not check:
        return
    verdict = f"{_count(saved.updates, 'update')} with {_count(len(saved.log), 'change')} on the way"
    for name, found, wanted in zip(race.names(saved.runs), again.runs, saved.runs, strict=True):
        expected = archive.digest(wanted.state.theta)
        if archive.digest(found.state.theta) != expected:
            lane = f" in lane {name}" if len(saved.runs) > 1 else ""
            print(f"The replay of {verdict} ends at other weights than the session{lane}, sha256 {expected}.",
                  file=sys.stderr)  # fmt: skip
            raise typer.Exit(DIFFERS)
    if not as_json:
        print(f"The replay of {verdict} agrees with the session bit for bit.")


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
    if len(session.runs) > 1:
        named = zip(race.names(session.runs), session.runs, strict=True)
        found["lanes"] = [{"lane": lane, **_standing(run)} for lane, run in named]
    return found


def _standing(run: Run) -> dict[str, Any]:
    state = run.state
    train, test = run.scores()
    return {
        "steps": state.step,
        "status": state.status.health.value,
        "train_loss": _finite(train.loss),
        "test_loss": _finite(test.loss),
        "train_accuracy": train.accuracy,
        "test_accuracy": test.accuracy,
        "evaluations": state.evaluations,
        "sha256": archive.digest(state.theta),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _report(session: Session, name: str, as_json: bool) -> None:
    result = outcome(session, name)
    if as_json:
        print(json.dumps(result))
        return
    state = session.run.state
    table = Table("update", "train loss", "test loss", "train accuracy", "test accuracy", box=None)
    for column in table.columns:
        column.justify = "right"
    curves = joined(session.run.recorder.curves.parts())
    wanted = np.searchsorted(curves[:, 0], np.linspace(0, curves[-1, 0], ROWS))
    last = [result[key] for key in ("train_loss", "test_loss", "train_accuracy", "test_accuracy")]
    rows = [row for row in curves[np.unique(wanted)].tolist() if row[0] < state.step]
    for step, *values in [*(row[:5] for row in rows), [state.step, *last]]:
        table.add_row(f"{int(step):,}", *(_cell(value, k > 1) for k, value in enumerate(values)))
    console = Console(highlight=False)
    console.print(state.experiment.title, style="bold", markup=False)
    console.print(table)
    if "lanes" in result:
        console.print(_ranking(result["lanes"]))
    print(f"sha256 {result['sha256']}")


def _ranking(lanes: list[dict[str, Any]]) -> Table:
    """Return the lanes of a race, the lowest training loss first."""
    table = Table("lane", "update", "evaluations", "train loss", "test loss", "status", box=None)
    for column in table.columns[1:-1]:
        column.justify = "right"
    for lane in sorted(lanes, key=lambda lane: math.inf if lane["train_loss"] is None else lane["train_loss"]):
        table.add_row(lane["lane"], f"{lane['steps']:,}", f"{lane['evaluations']:,}",
                      *(_cell(lane[key], False) for key in ("train_loss", "test_loss")), lane["status"])  # fmt: skip
    return table


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _cell(value: float | None, share: bool) -> str:
    if value is None or math.isnan(value):
        return "–"
    return f"{value:.1%}" if share else f"{value:.4g}"
