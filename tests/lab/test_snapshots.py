"""What a frame says of runs that were left: made anew where something has changed, and not again where nothing has."""

from gdexplorer.lab.commands import Change, Nudge
from gdexplorer.lab.session import Session
from gdexplorer.lab.snapshots import Roll
from tests.builders import CATALOGUE, experiment


def _with_ghosts():
    session = Session(experiment(), CATALOGUE)
    session.advance(20)
    for step in (5, 10):
        session.travel(step)
        session.send(Change("optimizer.learning_rate", 0.01 * step))
        session.advance(7)
    for ghost in session.ghosts:
        session.draw_run(ghost.id, True)
    return session


def _ghosts(session):
    return session.frame().lanes[1:]


def test_a_ghost_stays_the_same_object_while_the_other_goes_on():
    session = _with_ghosts()
    before = _ghosts(session)
    session.advance(30)
    assert len(before) == 2
    assert all(map(lambda one, other: one is other, before, _ghosts(session)))


def test_whatever_changes_is_told_as_if_it_were_told_for_the_first_time():
    session = _with_ghosts()
    first, second = (ghost.id for ghost in session.ghosts)
    for change in (
        lambda: session.rename(first, "another"),
        lambda: session.draw_run(second, False),
        lambda: session.send(Change("training.batch_size", 3)),
        lambda: session.activate(first),
        lambda: session.send(Change("show.speed", 7.0)),
        lambda: session.send(Nudge(0.1, 3)),
        lambda: session.advance(1),
        lambda: session.activate(second),
        lambda: session.discard(first),
    ):
        change()
        frame, told = session.frame(), Roll().told(session.branches, session.active)
        assert frame.runs == tuple(line for line, _ in told)
        assert _seen(frame.lanes[1:]) == _seen(lane for line, lane in told if lane is not None and line.shown)


def _seen(lanes):
    return [(lane.name, lane.state, lane.ghost, lane.history.markers) for lane in lanes]
