"""Learning curves without a window: losses over the number of training examples."""

import json
import math
import sys
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from gdexplorer.cli import settings
from gdexplorer.lab import experiments
from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.learning import learning_curves
from gdexplorer.lab.run import Run
from gdexplorer.probes.learning import SEEDS, UPDATES, Learning, LearningReport, mean

DIVERGED = 2


def curve(
    experiment: str = typer.Argument(
        metavar="EXPERIMENT", help="Name of an experiment (see 'gdexplorer list'), or the path of a .toml file."
    ),
    sizes: str = typer.Option(
        "", metavar="N,N,…", help="Numbers of training examples, such as 20,100,500; else six from about 10 to all."
    ),
    updates: int = typer.Option(UPDATES, metavar="N", min=1, max=10**9, help="Number of updates at each size."),
    seeds: int = typer.Option(SEEDS, metavar="N", min=1, max=100, help="How often to train at each size."),
    sets: list[str] = typer.Option([], "--set", metavar="PATH=VALUE", help=settings.HELP),
    as_json: bool = typer.Option(False, "--json", metavar="", help="Print one JSON line instead of a table."),
) -> None:
    """Train on more and more of an experiment's training examples, and print the losses.

    If it diverges at a size, the exit code is 2.
    """
    catalogue, changes = standard(), settings.parsed(sets)
    for at, change in changes:
        if at > 0:
            raise Complaint(f"--set {at}:{change.path} comes after the start, but every training of a learning curve "
                            "begins anew; leave the update away.")  # fmt: skip
    begun = settings.begun(experiments.load(experiment, catalogue), changes, catalogue)
    report = learning_curves(Run(begun, catalogue), Learning(updates, seeds, _parsed(sizes)))
    if report.refused:
        raise Complaint(report.refused)
    if as_json:
        print(json.dumps(outcome(report, experiment)))
    else:
        console = Console(highlight=False)
        console.print(begun.title, style="bold", markup=False)
        console.print(_table(report))
    if report.diverged:
        print(f"{report.diverged} of {seeds * len(report.sizes)} trainings diverged and are left out.", file=sys.stderr)
        raise typer.Exit(DIVERGED)


def _parsed(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")] if text else []
    if not all(part.isdecimal() and len(part) <= 9 for part in parts):
        raise Complaint(
            f"--sizes takes numbers of examples with commas between them, such as 20,100,500, not '{text}'."
        )
    return tuple(int(part) for part in parts)


def outcome(report: LearningReport, name: str) -> dict[str, Any]:
    """Return a report as JSON values: means over seeds, and what each seed found; None for what there is not."""
    found: dict[str, Any] = {"experiment": name, "updates": report.updates, "sizes": list(report.sizes)}
    for word, values in (("loss", report.losses), ("accuracy", report.accuracies)):
        for k, split in enumerate(("train", "test")):
            found[f"{split}_{word}"] = [_finite(value) for value in mean(values[..., k]).tolist()]
            found[f"{split}_{word}_by_seed"] = [[_finite(v) for v in row] for row in values[..., k].tolist()]
    return {**found, "gap": [_finite(value) for value in report.gaps.tolist()], "diverged": report.diverged}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _table(report: LearningReport) -> Table:
    table = Table("examples", "train loss", "test loss", "gap", "train accuracy", "test accuracy", box=None)
    for column in table.columns:
        column.justify = "right"
    losses, shares = ([mean(values[..., k]) for k in (0, 1)] for values in (report.losses, report.accuracies))
    for n, *row in zip(report.sizes, *losses, report.gaps, *shares, strict=True):
        cells = [
            "–" if math.isnan(value) else f"{value:.1%}" if k > 2 else f"{value:.4g}" for k, value in enumerate(row)
        ]
        table.add_row(f"{n:,}", *cells)
    return table
