"""A film of a run."""

from pathlib import Path

import typer

from gdexplorer.cli import settings
from gdexplorer.cli.export import trained
from gdexplorer.cli.pictures import sized
from gdexplorer.cli.usage import output
from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.encoders import ffmpeg
from gdexplorer.lab.film import FORMATS, MOST_RATE, format_of

FARTHEST = 10**9


def film(
    experiment: str = typer.Argument(
        metavar="EXPERIMENT",
        help="Name of an experiment (see 'gdexplorer list'), or the path of a .toml file or of a session (.gdx).",
    ),
    out: Path = typer.Argument(metavar="FILE", help="The film: .gif, .png (an APNG) or .mp4, which needs ffmpeg."),
    updates: int | None = typer.Option(
        None, metavar="N", min=1, max=FARTHEST,
        help="Number of updates in all; if not given, until the experiment pauses, or as a session was saved.",
    ),
    sets: list[str] = typer.Option([], "--set", metavar="PATH=VALUE", help=settings.HELP),
    first: int = typer.Option(0, metavar="N", min=0, max=FARTHEST, help="The update of the first picture."),
    last: int = typer.Option(FARTHEST, metavar="N", min=1, help="The update of the last; if not given, of all.",
                             show_default=False),
    frames: int = typer.Option(100, metavar="N", min=2, max=5000, help="Number of pictures, evenly apart."),
    rate: int = typer.Option(20, metavar="N", min=1, max=MOST_RATE, help="Pictures a second."),
    subject: str = typer.Option("window", "--panel", metavar="NAME",
                                help="A panel, such as landscape, or 'panels' for all, or 'window'."),
    size: str = typer.Option("1280x720", metavar="WxH", help="Width and height of the window in pixels."),
    width: int = typer.Option(10_000, metavar="N", min=64, help="Width of the film in pixels, if it is to be narrower.",
                              show_default=False),
    theme: str = typer.Option("light", metavar="NAME", help="light, dark or projector."),
    workspace: str | None = typer.Option(
        None, metavar="NAME", help="Arrangement of the panels, such as Landscape or Race; else the experiment's own."
    ),
) -> None:  # fmt: skip
    """Train an experiment, or open a session, and save a film of what it shows at updates evenly apart."""
    if format_of(out) == "MP4":
        ffmpeg()
    output(out, *FORMATS)
    window = sized(size)
    session = trained(experiment, updates, sets, standard())
    from gdexplorer.app.film import Order
    from gdexplorer.app.filmshot import film as shoot

    shoot(session, out, Order(first, last, frames, rate, width), subject, window, theme, workspace)
    print(f"Wrote {out}.")
