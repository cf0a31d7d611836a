"""Experiments as TOML: the ones that ship, by name, and anybody's, by path."""

import os
import tomllib
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import tomli_w

from gdexplorer import resources
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment, ShowSettings, validated

FOLDER = "experiments"
SUFFIX = ".toml"
MOST_BYTES = 2**20
# by the first place of each
KINDS = {0: "First steps", 10: "Classes and images", 20: "Regression, curvature, codes", 30: "What goes wrong",
         50: "Races", 60: "Functions of two variables", 80: "Sequences", 90: "Games"}  # fmt: skip


def names() -> list[str]:
    """Return the names of the experiments that ship, in the order they are shown."""
    files = resources.path(FOLDER).glob("*" + SUFFIX)
    return [name for _, name in sorted((_order(_parsed(file)), file.stem) for file in files)]


def _order(values: dict[str, Any]) -> int:
    default = ShowSettings.model_fields["order"].default
    return int(values.get("show", {}).get("order", default))


def kind(experiment: Experiment) -> str:
    """Return among which of those that ship an experiment stands in a list."""
    return KINDS[max(start for start in KINDS if start <= experiment.show.order)]


def load(name_or_path: str, catalogue: Catalogue) -> Experiment:
    """Return the experiment of a name that ships, or else of a file.

    Raises
    ------
    Complaint
        One sentence: there is no such name or file, it is no TOML (with line and column), or a setting is
        unknown, of the wrong type or out of bounds.
    """
    file = shipped(name_or_path) or Path(name_or_path)
    if not os.path.isfile(file):  # unlike Path.is_file, false also for names that no file system takes
        raise Complaint(_missing(file, name_or_path))
    return validated(_parsed(file), catalogue, file.name)


def read(text: str, catalogue: Catalogue, where: str) -> Experiment:
    """Return the experiment of a text in TOML that came from somewhere else than a file; raises as `load` does."""
    return validated(_values(text.encode("utf-8", "replace"), where[:1].upper() + where[1:]), catalogue, where)


def shipped(name: str) -> Path | None:
    """Return the file of a name that ships; None if it is no such name."""
    file = resources.path(FOLDER) / (name + SUFFIX)
    return file if file.parent == resources.path(FOLDER) and os.path.isfile(file) else None


def dump(experiment: Experiment) -> str:
    """Return an experiment as TOML that loads back equal.

    Raises
    ------
    Complaint
        If it has own data.
    """
    if experiment.data.table is not None:
        raise Complaint("An experiment with own data does not fit into a TOML file; save the session instead.")
    return tomli_w.dumps(experiment.model_dump(exclude_none=True))  # TOML has no null


def _missing(file: Path, asked: str) -> str:
    known = names()
    beside = {str(path): str(path) for path in file.parent.glob("*" + SUFFIX)}
    near = get_close_matches(asked, [*known, *beside], n=1) or get_close_matches(file.stem, known, n=1, cutoff=0.7)
    some = f"choose a file or one of {', '.join(known[:8])} and so on ('gdexplorer list')."
    advice = f"did you mean '{near[0]}'?" if near else some
    return f"There is no experiment or file '{asked}'; {advice}"


def _parsed(file: Path) -> dict[str, Any]:
    """Read a TOML file; whoever wrote it, failure is one sentence."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise Complaint(f"'{file}' cannot be read: {error.strerror or error}; choose another file.") from error
    return _values(content, f"'{file}'")


def _values(content: bytes, where: str) -> dict[str, Any]:
    if len(content) > MOST_BYTES:
        raise Complaint(f"{where} is larger than {MOST_BYTES:,} bytes, so it is no experiment; choose another file.")
    try:
        return _loaded(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Complaint(f"{where} is no text in UTF-8; choose an experiment's TOML file.") from error
    except RecursionError as error:
        raise Complaint(f"{where} is nested too deeply; remove the inner brackets.") from error
    except tomllib.TOMLDecodeError as error:
        raise Complaint(f"{where} is no valid TOML: {_place(str(error))}; correct it there.") from error
    except ValueError as error:  # Python refuses integers of more than 4300 digits
        raise Complaint(f"{where} holds a number of too many digits; make it shorter.") from error


@lru_cache(128)  # the menus list all that ship, twice; nobody changes what it returns
def _loaded(text: str) -> dict[str, Any]:
    return tomllib.loads(text)


def _place(message: str) -> str:
    """Turn "Invalid value (at line 3, column 5)" into "invalid value at line 3, column 5"."""
    return (message[:1].lower() + message[1:]).replace("(at", "at").rstrip(")")
