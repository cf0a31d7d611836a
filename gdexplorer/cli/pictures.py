"""Pictures of the real window."""

import re
from pathlib import Path

import typer

from gdexplorer.cli import settings
from gdexplorer.lab import archive, experiments
from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.complaints import Complaint

_SIZE = re.compile(r"(\d{3,5})x(\d{3,5})")


def shot(
    experiment: str = typer.Option("first", help="Name of an experiment, or the path of a .toml or .gdx file."),
    workspace: str = typer.Option("Explore", help="Arrangement of the panels."),
    theme: str = typer.Option("light", help="light, dark or projector."),
    size: str = typer.Option("1280x720", help="Width and height of the window."),
    steps: int = typer.Option(400, min=0, max=10**9, help="Updates before the picture."),
    out: Path = typer.Option(..., help="The PNG to write."),
    sets: list[str] = typer.Option([], "--set", help=settings.HELP),
    scale: float = typer.Option(1.0, min=0.5, max=3.0, help="Size of the text, as a multiple of the usual."),
) -> None:
    """Train in the window and save a picture of it."""
    match = _SIZE.fullmatch(size)
    if match is None:
        raise Complaint(f"--size takes width x height in pixels, such as 1280x720, not '{size}'.")
    if Path(experiment).suffix == archive.SUFFIX:
        archive.load(Path(experiment), standard())  # the window would say what is wrong, and stay
    else:
        experiments.load(experiment, standard())
    changes = [(at, change.path, change.value) for at, change in settings.parsed(sets)]
    from gdexplorer.app import shot as camera

    width, height = (int(number) for number in match.groups())
    raise typer.Exit(camera.shot(experiment, workspace, theme, (width, height), steps, out, changes, scale))


def selftest(out: Path = typer.Option(..., help="The PNG to write.")) -> None:
    """Train the first experiment in the real window, save its picture, and say by the exit code if all was well."""
    from gdexplorer.app import shot as camera

    code = camera.selftest(out)
    if code == 0:
        print(f"All is well; the picture is in {out}.")
    raise typer.Exit(code)
