"""Doing a saved session again."""

import sys
from pathlib import Path

import typer

from gdexplorer.cli.run import report
from gdexplorer.lab import archive
from gdexplorer.lab.branch import Branch
from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.replay import replayed
from gdexplorer.lab.session import Session

DIFFERS = 1


def replay(
    session: Path = typer.Argument(metavar="SESSION", help="A saved session (.gdx)."),
    check: bool = typer.Option(
        False,
        "--check",
        metavar="",
        help="Do all of its runs again and compare θ of each lane with the saved one bit for bit, at the end and at "
        "every keyframe; the exit code is 1 if one differs.",
    ),
    as_json: bool = typer.Option(False, "--json", metavar="", help="Print one JSON line instead of a table."),
) -> None:
    """Train a saved session again from its start, with each change at the update where it was made."""
    catalogue = standard()
    saved = archive.load(session, catalogue)
    done = replayed(saved.active, catalogue)
    report(Session.of([done.again], done.again, catalogue), session.stem, as_json)
    if not check:
        return
    differs = False
    for branch in [saved.active, *saved.ghosts]:
        found = done if branch is saved.active else replayed(branch, catalogue)
        verdict = _verdict(branch, len(saved.branches) > 1)
        for difference in found.differences:
            print(f"The replay of {verdict} {difference}.", file=sys.stderr)
        if not found.differences and not as_json:
            print(f"The replay of {verdict} agrees with the session bit for bit.")
        differs = differs or bool(found.differences)
    if differs:
        raise typer.Exit(DIFFERS)


def _verdict(branch: Branch, several: bool) -> str:
    name = f"{branch.name}, " if several else ""
    return f"{name}{_count(branch.updates, 'update')} with {_count(len(branch.log), 'change')} on the way"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
