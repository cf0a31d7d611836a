"""The range test of the learning rate, without a window."""

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from gdexplorer.cli import settings
from gdexplorer.lab import experiments
from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.rates import range_test
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.probes.rates import RangeReport, RangeTest

ROWS = 16
USUAL = RangeTest()


def range_(
    experiment: str = typer.Argument(
        metavar="EXPERIMENT", help="Name of an experiment (see 'gdexplorer list'), or the path of a .toml file."
    ),
    low: float = typer.Option(USUAL.low, metavar="ETA", min=1e-12, max=1e6, help="Learning rate of the first update."),
    high: float = typer.Option(USUAL.high, metavar="ETA", min=1e-12, max=1e6, help="Learning rate of the last one."),
    updates: int = typer.Option(USUAL.updates, metavar="N", min=30, max=100_000, help="Number of updates."),
    steps: int = typer.Option(0, metavar="N", min=0, max=10**9, help="Updates of training before the test."),
    sets: list[str] = typer.Option([], "--set", metavar="[UPDATE:]PATH=VALUE", help=settings.HELP),
    as_json: bool = typer.Option(False, "--json", metavar="", help="Print one JSON line instead of a table."),
) -> None:
    """Try learning rates from low to high on a copy of the run, and suggest one by a rule of thumb."""
    if not low < high:
        raise Complaint(f"--low must be below --high, and {low:g} is not below {high:g}; choose others.")
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
    report = range_test(session.run.state, catalogue, RangeTest(1, low, high, updates))
    if isinstance(report, str):
        raise Complaint(report)
    if as_json:
        print(json.dumps(_values(report, experiment)))
    else:
        _print(report, session.run)


def _values(report: RangeReport, experiment: str) -> dict[str, Any]:
    """Return a report as JSON values."""
    found = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in asdict(report).items()}
    return {"experiment": experiment, **found}


def _print(report: RangeReport, run: Run) -> None:
    table = Table("learning rate", "batch loss", "smoothed", box=None)
    for column in table.columns:
        column.justify = "right"
    count = len(report.rates)
    for k in sorted({round(k * (count - 1) / (ROWS - 1)) for k in range(ROWS)} if count else ()):
        table.add_row(f"{report.rates[k]:.3g}", f"{report.losses[k]:.4g}", f"{report.smooth[k]:.4g}")
    console = Console(highlight=False)
    console.print(run.state.experiment.title, style="bold", markup=False)
    console.print(table)
    if report.steepest is None or report.tenth is None:
        console.print("No suggestion: the smoothed loss hardly fell on the way.")
    else:
        console.print(f"Rule of thumb: η {report.steepest:.2g}, where the smoothed loss falls most steeply; "
                      f"or η {report.tenth:.2g}, a tenth of where it is lowest.", soft_wrap=True)  # fmt: skip
        if report.doubtful:
            console.print("The fall is hardly larger than the noise of the batches: more --updates or a larger batch "
                          "would say more.", soft_wrap=True)  # fmt: skip
