"""Runs that were left and are drawn beside the active one: which they are, and what they are called."""

from gdexplorer.data.text_file import shown
from gdexplorer.lab.frame import Frame, Lane

LONGEST = 14  # letters of a name in a legend, which hides the lines


def ghosts(frame: Frame) -> tuple[Lane, ...]:
    """Return the lanes of earlier runs; they come after the racers."""
    return tuple(lane for lane in frame.lanes if lane.ghost is not None)


def active(frame: Frame) -> int | None:
    """Return which run is the active one."""
    return next((entry.id for entry in frame.runs if entry.active), None)


def brief(title: str) -> str:
    """Return what a run is called in a legend."""
    return shown(title, LONGEST)


def titles(frame: Frame) -> tuple[str, ...]:
    """Return what each lane is called where runs stand side by side: its run, and the lane if that has several."""
    own = next((entry for entry in frame.runs if entry.active and ghosts(frame)), None)
    entries = [lane.ghost or own for lane in frame.lanes]
    ids = [None if entry is None else entry.id for entry in entries]
    return tuple(
        lane.name if entry is None else f"{entry.name} · {lane.name}" if ids.count(entry.id) > 1 else entry.name
        for lane, entry in zip(frame.lanes, entries, strict=True)
    )
