import numpy as np
import pytest

from gdexplorer.lab import race
from gdexplorer.lab.commands import Change, MoveTo, Nudge, Reinitialize, Restart, SetParameter, Solve
from gdexplorer.lab.replay import replay
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE
from tests.lab.races import OWN, RULES, SEARCHES, begun, consistent, digests, rival

COMMON = [
    Change("penalty.l2", 0.05), Change("data.noise", 0.3), Change("data.scaling", "minmax"),
    Change("network.activation", "relu"),
    Change("network.layers", [{"id": "h1", "units": 3, "activation": "tanh"}]), Change("network.precision", "float32"),
    Change("loss.kind", "mse"), Change("seed", 12), Change("data.kind", "xor"), Change("problem.kind", "ravine"),
    Change("training.batch_size", 9), Change("network.initializer.kind", "zeros"),
    Change("show.pause_at", 40), Change("title", "Race"),
    Reinitialize("h1", 4), Nudge(0.1, 3), MoveTo(np.linspace(-1, 1, 44)), Restart(),
    SetParameter(20, 0.5),
]  # fmt: skip


@pytest.mark.parametrize("command", COMMON, ids=lambda c: getattr(c, "path", type(c).__name__))
def test_a_command_reaches_every_lane_as_it_would_alone(command):
    session = begun({"rivals": [*RULES, *OWN[:2]]})
    solos = [Session(lane, CATALOGUE) for lane in race.lanes(session.start)]
    session.advance(6)
    assert session.send(command).accepted
    assert consistent(session)
    session.advance(6)
    for k, (solo, run) in enumerate(zip(solos, session.runs, strict=True)):
        solo.advance(6)
        own = k > 0 and isinstance(command, Change) and (
            (command.path == "training.batch_size" and session.start.rivals[k - 1].batch_size)
            or (command.path.startswith("network.initializer") and session.start.rivals[k - 1].initializer)
        )  # fmt: skip
        if not own:
            assert solo.send(command).accepted
        solo.advance(6)
        assert solo.run.state.theta.tobytes() == run.state.theta.tobytes()
        assert len(run.recorder.markers) == len(solo.run.recorder.markers)


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        ({"rivals": RULES}, Change("optimizer.beta1", 0.5)),  # the first lane has none
        ({"rivals": RULES}, Change("rivals.a.optimizer.momentum", 0.5)),
        ({"rivals": RULES}, Change("rivals.zz.optimizer.kind", "sgd")),
        ({"rivals": RULES}, Change("rivals.a.optimizer.kind", "lbfgs")),  # on mini-batches
        ({"rivals": RULES}, Change("rivals", [rival("a", "adam"), rival("a", "sgd")])),
        ({"rivals": RULES}, Change("rivals", [rival(f"a{k}", "adam") for k in range(8)])),
        ({"rivals": RULES}, Change("rivals", [rival("a", "newton")])),
        ({"rivals": SEARCHES, "training.batch_size": 24}, Change("training.batch_size", 7)),  # the searches cannot
        ({"rivals": SEARCHES, "training.batch_size": 24}, Change("network.layers.h1.units", 200)),  # Newton cannot
        ({"rivals": RULES}, Change("data.kind", "moon")),
        ({"rivals": RULES}, MoveTo(np.zeros(3))),
        ({"rivals": RULES}, MoveTo(np.full(44, np.inf))),
        ({"rivals": RULES}, Reinitialize("h7", 1)),
        ({"rivals": RULES}, Solve()),
    ],
)
def test_a_command_that_one_lane_refuses_changes_none(changes, command):
    session = begun(changes)
    session.advance(6)
    before, frames = digests(session), session.frame()
    reply = session.send(command)
    assert not reply.accepted
    assert reply.text.endswith((".", "?"))
    assert digests(session) == before
    assert session.log == []
    for run, lane in zip(session.runs, frames.lanes, strict=True):
        assert run.recorder.markers == lane.history.markers
    assert consistent(session)
    untouched = begun(changes)
    untouched.advance(12)
    session.advance(6)
    assert digests(session) == digests(untouched)


@pytest.mark.parametrize("command", [Change("network.precision", "float32"), Nudge(1e-3, 1)], ids=repr)
def test_a_point_that_only_a_rival_cannot_go_to_is_refused_for_all(command):
    session = begun({"rivals": RULES[:2]})
    session.advance(3)
    far = session.runs[2].state.theta
    # beyond what float32 can square, and for the nudge beyond what float64 can
    far[5] = 1e25 if isinstance(command, Change) else np.nextafter(np.sqrt(np.finfo(float).max), 0) * (1 + 1e-12)
    before = digests(session)
    reply = session.send(command)
    assert not reply.accepted
    assert "A point must have finite parameters" in reply.text
    assert digests(session) == before
    assert not any(run.recorder.markers for run in session.runs)
    assert consistent(session)


def test_all_lanes_are_solved_at_once():
    line = {"data": {"kind": "line", "amount": 40}, "loss": "half_mse", "network.layers": [],
            "rivals": [rival("a", "adam"), rival("b", "momentum", batch_size=3)]}  # fmt: skip
    session = begun(line)
    session.advance(5)
    assert session.send(Solve()).accepted
    expected = session.run.objective.solution()
    for run in session.runs:
        np.testing.assert_array_equal(run.state.theta, expected)
    session.advance(5)
    assert digests(replay(session, CATALOGUE)) == digests(session)


def test_a_rivals_knob_moves_while_it_keeps_what_it_remembers():
    session, untouched = begun({"rivals": RULES}), begun({"rivals": RULES})
    for one in (session, untouched):
        one.advance(8)
    moments = session.runs[1].state.slots[0].arrays["M"].copy()
    reply = session.send(Change("rivals.a.optimizer.learning_rate", 0.2))
    assert (reply.accepted, reply.text) == (True, "η 0.001 → 0.2")
    np.testing.assert_array_equal(session.runs[1].state.slots[0].arrays["M"], moments)
    assert session.runs[1].recorder.markers[-1].label == "η 0.001 → 0.2"
    assert not session.runs[0].recorder.markers
    assert consistent(session)
    for one in (session, untouched):
        one.advance(8)
    same = [one == other for one, other in zip(digests(session), digests(untouched), strict=True)]
    thetas = [run.state.theta.tobytes() == other.state.theta.tobytes()
              for run, other in zip(session.runs, untouched.runs, strict=True)]  # fmt: skip
    assert thetas == [True, False, True, True, True]
    assert same == [False, False, True, True, True]  # the first lane's experiment names its rivals
    assert [run.state.step for run in session.runs] == [16] * 5


@pytest.mark.parametrize(
    "change",
    [
        Change("rivals.a.optimizer.kind", "nesterov"),
        Change("rivals.a.optimizer", {"kind": "nesterov", "learning_rate": 0.02}),
    ],
)
def test_a_rival_takes_another_optimizer_and_goes_on(change):
    session = begun({"rivals": RULES})
    session.advance(8)
    theta = session.runs[1].state.theta.copy()
    assert session.send(change).accepted
    assert consistent(session)
    np.testing.assert_array_equal(session.runs[1].state.theta, theta)
    assert session.runs[1].rule.name == "nesterov"
    assert session.advance(4) == 4
    assert [run.state.step for run in session.runs] == [12] * 5
    assert digests(replay(session, CATALOGUE)) == digests(session)


@pytest.mark.parametrize(
    "change",
    [
        Change("rivals", []),
        Change("rivals", [rival("a", "adam"), rival("z", "rmsprop")]),
        Change("rivals.a.batch_size", 3),
        Change("rivals.a.initializer", {"kind": "he_normal"}),
        Change("rivals.a.id", "aa"),
    ],
    ids=lambda change: f"{change.path} {len(str(change.value))}",
)
def test_editing_the_list_of_rivals_starts_all_lanes_again(change):
    session = begun({"rivals": RULES})
    session.advance(8)
    version = session.run.path_version
    assert session.send(change).accepted
    assert consistent(session)
    assert [run.state.step for run in session.runs] == [0] * (1 + len(session.run.state.experiment.rivals))
    assert session.run.path_version > version
    fresh = Session(session.run.state.experiment, CATALOGUE)
    for one in (fresh, session):
        one.advance(10)
    assert digests(fresh) == digests(session)
    assert digests(replay(session, CATALOGUE)) == digests(session)


def test_a_group_that_is_changed_as_one_leaves_a_rival_its_own():
    session = begun({"rivals": [RULES[0], *OWN[:2]]})
    session.advance(5)
    network = session.start.network.model_dump() | {"initializer": {"kind": "zeros"}, "precision": "float32"}
    for command in (Change("training", {"batch_size": 11}), Change("network", network)):
        assert session.send(command).accepted
        assert consistent(session)
    session.advance(5)
    assert [run.state.theta.dtype for run in session.runs] == [np.float32] * 4
    assert digests(replay(session, CATALOGUE)) == digests(session)


def test_a_race_can_be_begun_in_mid_run():
    session = begun({})
    session.advance(9)
    assert session.send(Change("rivals", RULES)).text == "race of 5"
    assert [run.state.step for run in session.runs] == [0] * 5
    session.advance(9)
    assert session.send(Change("rivals", [])).text == "no race"
    session.advance(3)
    assert (session.updates, session.log) == (3, [])  # each is a run of its own
    assert [len(branch.runs) for branch in session.branches] == [1, 5, 1]
    assert digests(replay(session, CATALOGUE)) == digests(session)
