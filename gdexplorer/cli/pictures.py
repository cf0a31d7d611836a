"""Pictures of the real window."""

import re
from pathlib import Path

import typer

from gdexplorer.cli import settings
from gdexplorer.cli.usage import output
from gdexplorer.lab import archive, experiments
from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.complaints import Complaint

MOST = 8192  # pixels a side
_SIZE = re.compile(r"(\d{3,4})x(\d{3,4})")


def sized(size: str) -> tuple[int, int]:
    """Return width and height of a window as they were given."""
    match = _SIZE.fullmatch(size)
    if match is None or max(int(match[1]), int(match[2])) > MOST:
        raise Complaint(f"--size takes width x height in pixels, such as 1280x720, from 100 to {MOST}, not '{size}'.")
    return int(match[1]), int(match[2])


def shot(
    experiment: str = typer.Option(
        "first",
        metavar="NAME",
        help="Name of an experiment (see 'gdexplorer list'), or the path of a .toml or .gdx file.",
    ),
    workspace: str | None = typer.Option(
        None, metavar="NAME", help="Arrangement of the panels, such as Landscape or Race; else the experiment's own."
    ),
    theme: str = typer.Option("light", metavar="NAME", help="light, dark or projector."),
    size: str = typer.Option("1280x720", metavar="WxH", help="Width and height of the window in pixels."),
    steps: int = typer.Option(400, metavar="N", min=0, max=10**9, help="Number of updates before the picture."),
    out: Path = typer.Option(..., metavar="FILE", help="The PNG to write."),
    sets: list[str] = typer.Option([], "--set", metavar="[UPDATE:]PATH=VALUE", help=settings.HELP),
    scale: float = typer.Option(
        1.0, metavar="FACTOR", min=0.5, max=3.0, help="Size of the text, as a multiple of the usual."
    ),
    switches: list[str] = typer.Option(
        [], "--with", metavar="SWITCH", help="Switched on in the landscape: solid (3-D), arrows, profile, field, …"
    ),
    plane: str | None = typer.Option(None, metavar="NAME", help="The landscape's plane, such as random or hessian."),
    looks: int = typer.Option(
        1, metavar="N", min=1, max=1000, help="Moments on the way at which to measure what goes over time: sharpness."
    ),
    branches: list[str] = typer.Option(
        [],
        "--branch",
        metavar="UPDATE:PATH=VALUE",
        help="At the end, go back to that update, change a setting there, and make as many updates again. May be "
        "repeated.",
    ),
) -> None:
    """Train in the window and save a picture of it."""
    (width, height), out = sized(size), output(out, ".png")
    if Path(experiment).suffix == archive.SUFFIX:
        archive.load(Path(experiment), standard())  # the window would say what is wrong, and stay
    else:
        experiments.load(experiment, standard())
    changes = [(at, change.path, change.value) for at, change in settings.parsed(sets)]
    branched = [(at, change.path, change.value) for at, change in settings.parsed(branches)]
    for option, wanted in (("--set", changes), ("--branch", branched)):
        for at, path, _ in wanted:
            if at > steps:
                raise Complaint(f"{option} {at}:{path} comes after the last update, {steps}; choose an earlier one.")
    from gdexplorer.app import shot as camera

    code = camera.shot(experiment, workspace, theme, (width, height), steps, out, changes, scale, switches, plane,
                       looks, branched)  # fmt: skip
    if code == 0:
        print(f"Wrote {out}.")
    raise typer.Exit(code)


def selftest(out: Path = typer.Option(..., metavar="FILE", help="The PNG to write.")) -> None:
    """Train the first experiment in the real window and save a picture of it. If all is well, the exit code is 0."""
    from gdexplorer.app import shot as camera

    out = output(out, ".png")
    code = camera.selftest(out)
    if code == 0:
        print(f"All is well; the picture is in {out}.")
    raise typer.Exit(code)
