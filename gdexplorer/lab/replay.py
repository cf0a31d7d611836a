"""Doing a session again from its start: what proves that the log holds everything that mattered."""

from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.session import Session


def replay(session: Session, catalogue: Catalogue) -> Session:
    """Begin a session's experiment anew, give the same commands at the same updates, and go as far as it went.

    Raises
    ------
    Complaint
        If the replay stops or refuses a command where the session did not.
    """
    again = Session(session.start, catalogue)
    for number, (at, command) in enumerate(session.log, 1):
        _advance(again, at)
        reply = again.send(command)
        if not reply.accepted:
            raise Complaint(f"Change {number} at update {at:,} is refused in the replay: {reply.text}")
    _advance(again, session.updates)
    return again


def _advance(session: Session, to: int) -> None:
    if session.updates < to:
        session.advance(to - session.updates)
    if session.updates < to:
        raise Complaint(f"The replay stops at update {session.updates:,}, but the session went on to {to:,}; "
                        "it was recorded by another version or on another machine.")  # fmt: skip
