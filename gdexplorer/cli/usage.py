"""What is said about a command line that does not fit: one plain sentence each, before anything is computed."""

from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError

from gdexplorer.lab.complaints import Complaint, explain


def worded(error: typer.TyperException) -> str:
    """Word a mistake in the command line; "" where the help was printed instead."""
    said = error.format_message()
    if not said:
        return ""
    context, parameter = getattr(error, "ctx", None), getattr(error, "param", None)
    if isinstance(error.__cause__, ValidationError) and parameter is not None:
        return explain(error.__cause__, parameter.get_error_hint().strip("'"))
    said = said.replace("'. Did you mean", "'; did you mean").replace("Possible options:", "there are")
    return said if said.endswith("?") else f"{said.rstrip('.')}; see '{_command(context)} --help'."


def _command(context: Any) -> str:
    return "gdexplorer" if context is None else context.command_path


def output(path: Path, *suffixes: str) -> Path:
    """Return the path of a file that is to be written, with its extension; what forbids it is said before the work.

    Raises
    ------
    Complaint
        If it has another extension, or there is no such folder.
    """
    if not path.name:
        raise Complaint(f"'{path}' is no name for a file; give it one that ends in {suffixes[0]}.")
    named = path if path.suffix else path.with_name(path.name + suffixes[0])
    if named.suffix.lower() not in suffixes:
        raise Complaint(f"'{path}' would be a {suffixes[0]} file; give it that extension.")
    if not named.absolute().parent.is_dir():
        raise Complaint(f"There is no folder '{named.parent}'; make it, or save somewhere else.")
    if named.is_dir():
        raise Complaint(f"'{named}' is a folder; save under another name.")
    return named
