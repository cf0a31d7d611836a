"""The commands by name, and what all of them do about bad input: one plain sentence, exit code 2."""

import sys
from collections.abc import Sequence

import typer

from gdexplorer import __version__
from gdexplorer.cli import bench, curve, export, film, pictures, rates, replay, run, usage
from gdexplorer.lab.complaints import Complaint

BAD_INPUT = 2

app = typer.Typer(
    name="gdexplorer",
    help="See gradient descent happen. Without a command the window opens.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run.run)
app.command("replay")(replay.replay)
app.command("range")(rates.range_)
app.command("curve")(curve.curve)
app.command("export")(export.export)
app.command("film")(film.film)
app.command("list")(run.list_experiments)
app.add_typer(bench.app, name="bench")
app.command("shot")(pictures.shot)
app.command("selftest")(pictures.selftest)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"gdexplorer {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", metavar="", callback=_print_version, is_eager=True, help="Print the version and leave."
    ),
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command; return its exit code: 0, 2 for bad input and runs that diverge, 1 for a failed check."""
    try:
        code = app(None if arguments is None else list(arguments), prog_name="gdexplorer", standalone_mode=False)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except typer.TyperException as error:
        if said := usage.worded(error):
            print(said, file=sys.stderr)
        return BAD_INPUT
    except Complaint as complaint:
        print(complaint, file=sys.stderr)
        return BAD_INPUT
    return code if isinstance(code, int) else 0
