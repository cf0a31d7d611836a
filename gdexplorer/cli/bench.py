"""How fast updates are, without and beside a window, and surfaces."""

import json
from collections.abc import Sequence
from dataclasses import asdict

import typer
from rich.console import Console
from rich.table import Table

from gdexplorer.lab import benchmarks
from gdexplorer.lab.complaints import Complaint, unknown
from gdexplorer.landscape.surface import CORES

SOME = f"Time only these of {', '.join(benchmarks.WORKLOADS)}, such as --only W1 W2."

app = typer.Typer(help="Measure the speed of training, of surfaces, or of the window.", no_args_is_help=True)


@app.command()
def steps(
    more: list[str] = typer.Argument(None, metavar="WORKLOAD", hidden=True),
    only: list[str] = typer.Option([], metavar="WORKLOAD…", help=SOME),
    lanes: int = typer.Option(0, metavar="K", min=0, max=8, help="Time a race of K lanes, in lockstep and apart."),
    as_json: bool = typer.Option(False, "--json", metavar="", help="End with one JSON line, microseconds by workload."),
) -> None:
    """Time one update of five workloads in float32, with history and the check for divergence."""
    names = _named([*only, *(more or [])], benchmarks.WORKLOADS)
    if lanes:
        _race(names, lanes, as_json)
        return
    timings = {name: benchmarks.time_updates(name) for name in names}
    table = Table("workload", "network", "batch", "µs an update", "after updates", "curves every", box=None)
    for name, timing in timings.items():
        experiment = benchmarks.workload(name)
        layers = "-".join(layer.short for layer in experiment.network.layers)
        table.add_row(name, f"{experiment.data.kind}, {layers}", str(experiment.training.batch_size),
                      f"{timing.us:.2f}", f"{timing.warm_up:,}", str(timing.spacing))  # fmt: skip
    Console(highlight=False).print(table)
    if as_json:
        print(json.dumps({name: {"us": timing.us} for name, timing in timings.items()}))


def _race(names: Sequence[str], lanes: int, as_json: bool) -> None:
    timings = {name: benchmarks.time_lanes(name, lanes) for name in names}
    table = Table("workload", "lanes", "µs an update, in lockstep", "apart", "ratio", "a race goes", box=None)
    for name, timing in timings.items():
        table.add_row(name, str(lanes), f"{timing.together:.1f}", f"{timing.apart:.1f}",
                      f"{timing.apart / timing.together:.2f}", "in lockstep" if timing.chosen else "apart")  # fmt: skip
    Console(highlight=False).print(table)
    if as_json:
        print(json.dumps({name: {"together": timing.together, "apart": timing.apart}
                          for name, timing in timings.items()}))  # fmt: skip


@app.command()
def surface(
    more: list[str] = typer.Argument(None, metavar="WORKLOAD", hidden=True),
    only: list[str] = typer.Option([], metavar="WORKLOAD…", help="Time only W2 or only W3."),
    threads: int = typer.Option(min(2, CORES), metavar="N", min=1, max=8, help="Threads that share a surface."),
    as_json: bool = typer.Option(
        False, "--json", metavar="", help="End with one JSON line, microseconds a point by workload."
    ),
) -> None:
    """Time a landscape of 51 × 51 points in float32, for two of the workloads over all their examples."""
    names = _named([*only, *(more or [])], tuple(benchmarks.SURFACES))
    timings = {name: benchmarks.time_surface(name, threads) for name in names}
    table = Table("workload", "examples", "threads", "µs a point", "ms a surface", box=None)
    for name, us in timings.items():
        whole = us * benchmarks.SIDE**2 / 1e3
        table.add_row(name, f"{benchmarks.SURFACES[name]:,}", str(threads), f"{us:.2f}", f"{whole:.1f}")
    Console(highlight=False).print(table)
    if as_json:
        print(json.dumps({name: {"us": us} for name, us in timings.items()}))


def _named(names: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    for name in names:
        if name not in known:
            raise Complaint(unknown("workload", name, known))
    return names or known


@app.command()
def journeys(
    more: list[str] = typer.Argument(None, metavar="WORKLOAD", hidden=True),
    only: list[str] = typer.Option(["W2"], metavar="WORKLOAD…", help=SOME),
    updates: int = typer.Option(100_000, metavar="N", min=1, max=10_000_000, help="Length of the run."),
    count: int = typer.Option(200, metavar="K", min=1, max=10_000, help="Updates to go back to, drawn at random."),
    as_json: bool = typer.Option(False, "--json", metavar="", help="End with one JSON line, by workload."),
) -> None:
    """Time how soon any update of a run is shown again, and whether it is the same bit for bit."""
    names = _named([*only, *(more or [])], benchmarks.WORKLOADS)
    found = {name: benchmarks.time_journeys(name, updates, count) for name in names}
    table = Table("workload", "ms to a keyframe", "ms to the update, slowest", "median", "keyframes", "MiB", "same",
                  box=None)  # fmt: skip
    for name, one in found.items():
        table.add_row(name, f"{one.coarse:.1f}", f"{one.exact:.1f}", f"{one.median:.1f}", str(one.keyframes),
                      f"{one.bytes / 2**20:.1f}", f"{one.same} of {min(count, updates)}")  # fmt: skip
    Console(highlight=False).print(table)
    if as_json:
        print(json.dumps({name: asdict(one) for name, one in found.items()}))


@app.command()
def window(
    seconds: float = typer.Option(10.0, metavar="S", min=1.0, max=3600.0, help="Length of one of the three rounds."),
    landscape: bool = typer.Option(
        False,
        "--landscape",
        metavar="",
        help="Let the landscape follow the point, so that its surface is evaluated all the time.",
    ),
    workspace: str = typer.Option("Explore", metavar="NAME", help="The arrangement whose panels are all drawn."),
    experiment: str = typer.Option(
        None, metavar="NAME", help="What is trained: a name or a file. W2, or what fills the workspace."
    ),
    as_json: bool = typer.Option(False, "--json", metavar="", help="End with one JSON line."),
) -> None:
    """Measure how late the window's event loop is while it trains flat out and draws all panels of a workspace."""
    from gdexplorer.app import bench

    found = bench.window(seconds, landscape, workspace, experiment=experiment)
    table = Table("figure", "median", box=None)
    for name, value in found.items():
        table.add_row(name, f"{value:,.2f}")
    Console(highlight=False).print(table)
    if as_json:
        print(json.dumps(found))
