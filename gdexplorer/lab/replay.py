"""Doing runs again from their start: what proves that the log holds everything that mattered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gdexplorer.arrays import Array
from gdexplorer.lab import race
from gdexplorer.lab.branch import Branch
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.keyframes import Moment
from gdexplorer.lab.session import Session
from gdexplorer.lab.stored_lanes import digest


@dataclass(frozen=True, slots=True)
class Replay:
    """A run done again, and where θ is not what it was, each in some words."""

    again: Branch
    differences: tuple[str, ...]


def replay(session: Session, catalogue: Catalogue) -> Session:
    """Begin a session's run anew, give the same commands at the same updates, and go as far as it went.

    Raises
    ------
    Complaint
        If the replay stops or refuses a command where the session did not.
    """
    again = replayed(session.active, catalogue).again
    return Session.of([again], again, catalogue)


def replayed(record: Branch, catalogue: Catalogue) -> Replay:
    """Do a run again and compare θ of every lane at its end and at every keyframe; see `replay`."""
    again, found = Branch.begun(record.start, catalogue), list[str]()
    again.id, again.name = record.id, record.name
    for frame in record.keyframes.frames:
        _follow(again, record, frame.moment)
        found += _differences(again, [state.theta for state in frame.states], f"is at other weights at the keyframe of "
                              f"update {frame.step:,} than the session")  # fmt: skip
    _follow(again, record, record.moment)
    found += _differences(again, [run.state.theta for run in record.runs], "ends at other weights than the session")
    return Replay(again, tuple(found))


def _differences(again: Branch, thetas: Sequence[Array], words: str) -> Iterator[str]:
    for name, run, theta in zip(race.names(again.runs), again.runs, thetas, strict=True):
        if digest(run.state.theta) != digest(theta):
            yield f"{words}{f' in lane {name}' if len(thetas) > 1 else ''}, sha256 {digest(theta)}"


def _follow(again: Branch, record: Branch, until: Moment) -> None:
    try:
        again.follow(record, until=until)
    except Complaint as complaint:
        place = f"update {again.updates:,}, before change {len(again.log) + 1}"
        raise Complaint(f"The replay of {record.name} comes to {place}: {complaint}") from complaint
