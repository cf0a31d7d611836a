"""Lanes in lockstep against each lane's run by itself, and which lanes go together."""

import numpy as np
import pytest

from gdexplorer.lab import lockstep, race
from gdexplorer.lab.archive import load, packed, save
from gdexplorer.lab.commands import Change, Nudge, Reinitialize
from gdexplorer.lab.history import joined
from gdexplorer.lab.replay import replay
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.optim import Rule
from gdexplorer.probes.gradients import Gradients
from tests.builders import CATALOGUE, digest
from tests.lab.races import OWN, begun, digests, rival
from tests.paired import paired

RULES = [rival(f"o{k}", name) for k, name in enumerate(CATALOGUE.optimizers)
         if isinstance(CATALOGUE.optimizers[name], Rule)]  # fmt: skip
FOUR = [rival("a", "adam"), rival("m", "momentum"), rival("n", "nadam")]
WILD = {"kind": "sgd", "learning_rate": 1e5}
WIDE = [{"id": "h1", "units": 40, "activation": "relu"}, {"id": "h2", "units": 36, "activation": "gelu"}]


def together(session):
    """The lanes that are in lockstep, by number."""
    numbers = {id(run): number for number, run in enumerate(session.runs)}
    return sorted(sorted(numbers[id(run)] for run in lanes.runs) for lanes in session.active._lanes._together)


def same(run, solo):
    """Whether two runs are equal bit for bit, and remember the same."""
    assert digest(run.state) == digest(solo.state)
    assert run.state.slots[0].gradient.tobytes() == solo.state.slots[0].gradient.tobytes()
    assert (run.examples, run.state.evaluations, run.recorder.markers) == (
        solo.examples, solo.state.evaluations, solo.recorder.markers)  # fmt: skip
    for mine, theirs in ((run.recorder.batch, solo.recorder.batch), (run.recorder.curves, solo.recorder.curves)):
        np.testing.assert_array_equal(joined(mine.parts()), joined(theirs.parts()))
    np.testing.assert_array_equal(np.stack(run.recorder.path.points), np.stack(solo.recorder.path.points))
    deltas = solo.deltas()
    assert {id: delta.tobytes() for id, delta in run.deltas().items()} == {id: d.tobytes() for id, d in deltas.items()}


def race_of(lanes, **changes):
    return begun({"rivals": lanes, **changes})


STEERED = {"training.schedule": {"kind": "one_cycle", "length": 900}, "training.clip": "norm",
           "training.clip_threshold": 0.1}  # fmt: skip
RACES = {
    "four": {},
    "float32": {"network.precision": "float32"},
    "softmax": {"loss": "softmax_cross_entropy", "data": {"kind": "digits", "amount": 70}, "network.layers": []},
    "penalty": {"penalty": {"l1": 1e-3, "l2": 1e-2}},
    "wide": {"network.layers": WIDE},
    "line": {"data": {"kind": "line", "amount": 50}, "loss": "huber", "network.layers": []},
    "full batch": {"training.batch_size": 24},
    "two examples": {"training.batch_size": 2},
    "cosine, by norm": {
        "training.schedule": {"kind": "cosine", "length": 70},
        "training.clip": "norm",
        "training.clip_threshold": 0.1,
    },
    "warm-up, by value": {
        "training.schedule": "warmup",
        "training.clip": "value",
        "training.clip_threshold": 0.03,
        "network.precision": "float32",
    },
}


@paired("name", RACES, "cuts", [(100,), (1, 1, 5, 64, 29)])
def test_each_lane_goes_where_it_would_go_alone(name, cuts):
    session = race_of([*FOUR, rival("i", "sgd", initializer={"kind": "he_normal"})], **RACES[name])
    for count in cuts:
        assert session.advance(count) == count
    assert together(session) == [[0, 1, 2, 3, 4]]
    for lane, run in zip(race.lanes(session.start), session.runs, strict=True):
        solo = Run(lane, CATALOGUE)
        solo.advance(100)
        same(run, solo)


@pytest.mark.parametrize("lanes", [RULES[:7], RULES[-7:]], ids=["first", "last"])
@pytest.mark.parametrize("changes", [{}, STEERED], ids=["plain", "steered"])
def test_every_rule_can_be_in_lockstep_past_a_writing_of_the_history(lanes, changes):
    session = race_of(lanes, **changes)
    session.advance(1100)
    assert together(session) == [list(range(8))]
    for lane, run in zip(race.lanes(session.start), session.runs, strict=True):
        solo = Run(lane, CATALOGUE)
        solo.advance(1100)
        same(run, solo)


@pytest.mark.parametrize(
    ("lanes", "changes", "expected"),
    [
        (FOUR, {}, [[0, 1, 2, 3]]),
        (FOUR[:2], {}, []),
        ([*FOUR, rival("r", "random_search")], {}, [[0, 1, 2, 3]]),
        ([*FOUR, OWN[0]], {}, [[0, 1, 2, 3]]),
        ([*FOUR, *(rival(f"b{k}", "adam", batch_size=6) for k in range(4))], {}, [[0, 1, 2, 3], [4, 5, 6, 7]]),
        (FOUR, {"training.batch_size": 1}, []),
        (FOUR, {"training.batch_size": 23}, []),  # the last of 24 by itself
        (FOUR, {"data.amount": 400, "network.layers": WIDE, "training.batch_size": 64}, []),
        (FOUR, {"problem": {"kind": "himmelblau"}, "optimizer": {"kind": "sgd", "learning_rate": 0.01}}, []),
    ],
    ids=["four", "three", "a search", "another batch size", "two groups", "one example", "one is left", "large",
         "a function"],
)  # fmt: skip
def test_lanes_on_one_loss_in_one_order_go_together_where_it_is_faster(lanes, changes, expected):
    session = race_of(lanes, **changes)
    assert session.advance(9) == 9
    assert together(session) == expected


def test_nothing_is_compiled_anew_while_nothing_changes():
    session = race_of(FOUR)
    session.advance(3)
    found = session.active._lanes._together[0]
    for _ in range(3):
        session.advance(30)
        session.frame(frozenset([Gradients()]))
    assert session.active._lanes._together == [found]


@pytest.mark.parametrize("chunk", [1, 7, 300])
@pytest.mark.parametrize("lanes", [FOUR, FOUR[:2]], ids=["four stay", "three stay"])
def test_a_lane_that_diverges_leaves_and_the_others_go_on(lanes, chunk):
    session = race_of([*lanes, rival("w", WILD)], **{"loss": "mse", "network.layers": [], "penalty": {"l2": 0.5}})
    for start in range(0, 300, chunk):
        count = min(chunk, 300 - start)
        assert session.advance(count) == count
    *fine, wild = session.runs
    assert wild.state.status.health is Health.DIVERGED
    assert 0 < wild.state.step < 300
    assert session.updates == 300
    for lane, run in zip(race.lanes(session.start), session.runs, strict=True):
        solo = Run(lane, CATALOGUE)
        solo.advance(300)
        assert digest(run.state) == digest(solo.state)
        assert (run.examples, run.recorder.markers) == (solo.examples, solo.recorder.markers)
        assert run.state.slots[0].gradient.tobytes() == solo.state.slots[0].gradient.tobytes()
    session.advance(1)
    assert together(session) == ([list(range(4))] if len(fine) == 4 else [])


def test_when_all_lanes_diverge_at_once_all_stop():
    session = race_of([rival(f"w{k}", WILD) for k in range(3)], loss="mse", optimizer=WILD, **{
        "network.layers": [], "penalty": {"l2": 0.5}})  # fmt: skip
    made = session.advance(500)
    assert session.over
    assert made < 500
    assert session.updates == made + 1
    assert len({run.state.step for run in session.runs}) == 1
    assert session.advance(5) == 0


def test_a_lane_that_was_left_behind_goes_by_itself():
    session = race_of([*FOUR, rival("w", WILD)], **{"loss": "mse", "network.layers": [], "penalty": {"l2": 0.5}})
    session.advance(300)
    assert session.send(Change("rivals.w.optimizer.learning_rate", 1e-3)).accepted
    assert session.send(Reinitialize("network", 3)).accepted
    session.advance(20)
    assert together(session) == [[0, 1, 2, 3]]
    behind = session.runs[-1]
    assert behind.state.streams.state()["cursor"] != 0 or behind.state.streams.epoch < session.run.state.streams.epoch
    assert digests(replay(session, CATALOGUE)) == digests(session)


def test_a_lane_that_somebody_advances_by_itself_goes_on_by_itself():
    session = race_of([*FOUR, rival("x", "rmsprop")])
    session.advance(10)
    session.runs[2].advance(3)
    session.advance(10)
    assert together(session) == [[0, 1, 3, 4]]
    for updates, lane, run in zip((20, 20, 23, 20, 20), race.lanes(session.start), session.runs, strict=True):
        solo = Run(lane, CATALOGUE)
        solo.advance(updates)
        same(run, solo)


CHANGES = [
    (5, Change("network.activation", "relu")), (6, Change("rivals.a.optimizer.learning_rate", 0.02)),
    (1, Change("training.batch_size", 5)), (9, Change("penalty.l2", 1e-3)), (4, Nudge(0.05, 4)),
    (3, Change("rivals.m.optimizer.kind", "rmsprop")), (7, Change("training.batch_size", 1)),
    (8, Change("training.batch_size", 6)), (5, Change("data.noise", 0.2)), (8, Reinitialize("output", 9)),
    (6, Change("network.precision", "float32")), (9, Change("network.layers", WIDE[:1])),
]  # fmt: skip


def changed(monkeypatch, fewest, chunk=1000):
    monkeypatch.setattr(lockstep, "FEWEST", fewest)
    session = race_of(FOUR)
    for updates, command in CHANGES:
        for start in range(0, updates, chunk):
            session.advance(min(chunk, updates - start))
        assert session.send(command).accepted
    session.advance(12)
    return session


def test_every_change_between_updates_is_the_same_with_and_without_lockstep_however_it_is_cut(monkeypatch):
    session = changed(monkeypatch, 4)
    assert together(session) == [[0, 1, 2, 3]]
    apart = changed(monkeypatch, 99)
    assert not together(apart)
    for run, other in zip(session.runs, apart.runs, strict=True):
        same(run, other)
    assert digests(changed(monkeypatch, 4, 2)) == digests(session)
    assert digests(replay(session, CATALOGUE)) == digests(session)


def test_lanes_go_on_from_a_file_in_mid_epoch_bit_for_bit(tmp_path):
    session = race_of(FOUR)
    session.advance(50)
    save(session, tmp_path / "s.gdx")
    again = load(tmp_path / "s.gdx", CATALOGUE)
    assert packed(again) == packed(session)
    for one, cuts in ((session, (33,)), (again, (2, 31))):
        for count in cuts:
            one.advance(count)
        assert together(one) == [[0, 1, 2, 3]]
    assert packed(again) == packed(session)


def test_an_interrupted_update_leaves_each_lane_its_own_streams(monkeypatch):
    session = race_of(FOUR)
    session.advance(4)
    draws = iter(range(3))

    def interrupted(batch, true=session.active._lanes._together[0]._passes.values_and_gradients):
        if next(draws) == 2:
            raise KeyboardInterrupt
        return true(batch)

    monkeypatch.setattr(session.active._lanes._together[0]._passes, "values_and_gradients", interrupted)
    with pytest.raises(KeyboardInterrupt):
        session.advance(10)
    streams = [run.state.streams for run in session.runs]
    assert len({id(one) for one in streams}) == 4
    assert all(one.equals(streams[0]) for one in streams)
    assert [run.state.step for run in session.runs] == [6] * 4


def test_one_lane_is_no_race():
    session = Session(race.lanes(race_of(FOUR).start)[1], CATALOGUE)
    session.advance(5)
    assert not together(session)
