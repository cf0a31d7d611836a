"""How fast updates are, without and beside a window."""

import json

import typer
from rich.console import Console
from rich.table import Table

from gdexplorer.lab import benchmarks
from gdexplorer.lab.complaints import Complaint, unknown

SOME = f"Time only these of {', '.join(benchmarks.WORKLOADS)}, such as --only W1 W2."

app = typer.Typer(help="Measure the speed of training, or of the window beside it.", no_args_is_help=True)


@app.command()
def steps(
    more: list[str] = typer.Argument(None, metavar="WORKLOAD", hidden=True),
    only: list[str] = typer.Option([], metavar="WORKLOAD…", help=SOME),
    as_json: bool = typer.Option(False, "--json", metavar="", help="End with one JSON line, microseconds by workload."),
) -> None:
    """Time one update of four workloads in float32, with history and the check for divergence."""
    names = [*only, *(more or [])] or list(benchmarks.WORKLOADS)
    for name in names:
        if name not in benchmarks.WORKLOADS:
            raise Complaint(unknown("workload", name, benchmarks.WORKLOADS))
    timings = {name: benchmarks.time_updates(name) for name in names}
    table = Table("workload", "network", "batch", "µs an update", "after updates", "curves every", box=None)
    for name, timing in timings.items():
        experiment = benchmarks.workload(name)
        layers = "-".join(str(layer.units) for layer in experiment.network.layers)
        table.add_row(name, f"{experiment.data.kind}, {layers}", str(experiment.training.batch_size),
                      f"{timing.us:.2f}", f"{timing.warm_up:,}", str(timing.spacing))  # fmt: skip
    Console(highlight=False).print(table)
    if as_json:
        print(json.dumps({name: {"us": timing.us} for name, timing in timings.items()}))


@app.command()
def window(
    seconds: float = typer.Option(10.0, metavar="S", min=1.0, max=3600.0, help="Length of one of the three rounds."),
    landscape: bool = typer.Option(
        False,
        "--landscape",
        metavar="",
        help="Let the landscape follow the point, so that its surface is evaluated all the time.",
    ),
    as_json: bool = typer.Option(False, "--json", metavar="", help="End with one JSON line."),
) -> None:
    """Measure how late the window's event loop is while it trains flat out and draws all four panels."""
    from gdexplorer.app import bench

    found = bench.window(seconds, landscape)
    table = Table("figure", "median", box=None)
    for name, value in found.items():
        table.add_row(name, f"{value:,.2f}")
    Console(highlight=False).print(table)
    if as_json:
        print(json.dumps(found))
