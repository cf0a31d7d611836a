"""What the narrator says of sessions, its probe asked for as the window does."""

from gdexplorer.lab.sentences import Sentence
from gdexplorer.lab.session import Session
from gdexplorer.probes.vitals import Vitals, VitalsReport

NEEDS = frozenset({Vitals()})
ALARMS = ("warning", "trouble")


def told(session: Session, updates: int = 0) -> Sentence:
    """Go on for some updates, and listen."""
    if updates:
        session.advance(updates)
    return session.frame(NEEDS).lane.state.narration


def seen(session: Session) -> VitalsReport:
    """What was measured for it."""
    report = session.frame(NEEDS).lane.views[Vitals()]
    assert isinstance(report, VitalsReport)
    return report


def mended(session: Session) -> Sentence:
    """Press the button, and listen again."""
    mend = told(session).mend
    assert mend is not None
    for command in mend.commands:
        reply = session.send(command)
        assert reply.accepted, reply.text
    return told(session)
