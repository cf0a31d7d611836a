"""Finds what ships beside the code: experiments, data sets, icons and themes.

The same files stand in ``resources/`` of a checkout, in ``gdexplorer/_resources`` of a wheel and in
``resources/`` of a frozen program.
"""

import sys
from pathlib import Path, PurePath

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """Return the folder that holds the resources of this installation.

    Raises
    ------
    FileNotFoundError
        If the installation has none; the sentence says where they were looked for.
    """
    if getattr(sys, "frozen", False):
        places = [Path(sys._MEIPASS) / "resources"]  # type: ignore[attr-defined]
    else:
        places = [_PACKAGE / "_resources", _PACKAGE.parent / "resources"]
    for place in places:
        if place.is_dir():
            return place
    looked = " or ".join(str(place) for place in places)
    raise FileNotFoundError(f"The program's resources are missing from {looked}: install gdexplorer again.")


def path(*parts: str) -> Path:
    """Return the path of one resource, a file or a folder.

    Parameters
    ----------
    parts
        The way down from ``resources/``, such as ``"experiments", "spiral.toml"``.

    Raises
    ------
    FileNotFoundError
        If there is no such resource, or the parts lead out of ``resources/``.
    """
    inside = PurePath(*parts)
    found = root() / inside
    if inside.is_absolute() or ".." in inside.parts or not found.exists():
        raise FileNotFoundError(f"There is no resource '{inside.as_posix()}' in {root()}: check the name.")
    return found
