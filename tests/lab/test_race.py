import numpy as np
import pytest

from gdexplorer.lab import race
from gdexplorer.lab.archive import load, packed, save
from gdexplorer.lab.commands import Change, Reinitialize
from gdexplorer.lab.history import joined
from gdexplorer.lab.replay import replay
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.probes.gradients import Gradients
from tests.builders import CATALOGUE, digest
from tests.lab.races import OWN, RULES, begun, digests, fields, rival


@fields
def test_lanes_start_at_the_same_point_unless_they_say_otherwise(changes):
    session = begun(changes)
    assert len(session.runs) == 1 + len(changes["rivals"])
    first, *rest = session.runs
    for run, given in zip(rest, changes["rivals"], strict=True):
        same = "initializer" not in given
        assert (run.state.theta.tobytes() == first.state.theta.tobytes()) == same
        assert ("different start" in race.note(run, first)) == (not same)
        assert ("different order" in race.note(run, first)) == ("batch_size" in given)
        assert race.note(first, first) == ""


@fields
def test_lanes_draw_the_same_batches_unless_they_say_otherwise(changes):
    session = begun(changes)
    session.advance(1)
    first = session.run
    losses = [joined(run.recorder.batch.parts())[0, 1] for run in session.runs]
    session.advance(16)
    order = first.state.streams.state()
    for run, loss in zip(session.runs, losses, strict=True):
        if race.note(run, first):
            assert loss != losses[0]
            continue
        assert loss == losses[0]  # of the same batch at the same point
        mine = run.state.streams.state()
        np.testing.assert_array_equal(mine.pop("permutation"), order["permutation"])
        assert mine == {name: value for name, value in order.items() if name != "permutation"}


@fields
def test_each_lane_is_bit_for_bit_a_session_of_its_own(changes):
    session = begun(changes)
    for count in (1, 5, 14):
        session.advance(count)
        session.frame(frozenset([Gradients()]))
    for lane, run in zip(race.lanes(session.start), session.runs, strict=True):
        solo = Session(lane, CATALOGUE)
        solo.advance(20)
        assert digest(solo.run.state) == digest(run.state)
        assert solo.run.state.evaluations == run.state.evaluations
        for mine, theirs in ((run.recorder.batch, solo.run.recorder.batch), (run.recorder.curves,
                                                                             solo.run.recorder.curves)):  # fmt: skip
            np.testing.assert_array_equal(joined(mine.parts()), joined(theirs.parts()))
        np.testing.assert_array_equal(np.stack(run.recorder.path.points), np.stack(solo.run.recorder.path.points))


def test_a_frame_has_a_lane_for_each_with_a_name_of_its_own():
    fast = {"kind": "adam", "learning_rate": 0.05}
    session = begun({"rivals": [rival("a", "adam"), rival("b", fast), *OWN[1:]]})
    session.advance(4)
    frame = session.frame(frozenset([Gradients()]))
    assert [lane.name for lane in frame.lanes] == ["SGD η 0.1", "Adam η 0.001", "Adam η 0.05",
                                                   "SGD η 0.1", "L-BFGS"]  # fmt: skip
    assert [lane.note for lane in frame.lanes] == ["", "", "", "different start", "different order"]
    assert [lane.state.step for lane in frame.lanes] == [4] * 5
    assert frame.lane is frame.lanes[0]
    assert [bool(lane.views) for lane in frame.lanes] == [True, False, False, False, False]
    assert [lane.state.batch_size for lane in frame.lanes] == [7, 7, 7, 7, 24]
    assert [lane.state.evaluations for lane in frame.lanes][:4] == [4] * 4
    assert frame.lanes[4].state.evaluations > 4


WILD = {"rivals": [rival("w", {"kind": "sgd", "learning_rate": 1e6}), RULES[0]], "loss": "mse", "network.layers": [],
        "optimizer": {"kind": "sgd", "learning_rate": 0.05}}  # fmt: skip


def test_one_lane_that_diverges_stops_no_other():
    session = begun(WILD)
    assert session.advance(100) == 100
    assert not session.over
    first, wild, last = session.runs
    assert wild.state.status.health is Health.DIVERGED
    stopped = wild.state.step
    assert stopped < 100
    assert (first.state.step, last.state.step, session.step, session.updates) == (100, 100, 100, 100)
    assert session.advance(10) == 10
    assert wild.state.step == stopped
    solo = Session(race.lanes(session.start)[0], CATALOGUE)
    solo.advance(110)
    assert solo.run.state.theta.tobytes() == first.state.theta.tobytes()
    assert session.send(Change("rivals.w.optimizer.learning_rate", 1e-4)).accepted
    assert session.send(Reinitialize("network", 3)).accepted
    assert session.advance(10) == 10
    assert [run.state.step for run in session.runs] == [120, stopped + 10, 120]
    assert digests(replay(session, CATALOGUE)) == digests(session)


def test_the_first_lane_may_diverge_and_the_rest_goes_on(tmp_path):
    session = begun(WILD | {"optimizer": {"kind": "sgd", "learning_rate": 1e6}, "rivals": RULES[:2]})
    assert session.advance(300) == 300
    assert session.run.state.status.health is Health.DIVERGED
    assert session.frame().lane.state.narration.mood == "trouble"
    assert not session.over
    save(session, tmp_path / "s.gdx")
    again = load(tmp_path / "s.gdx", CATALOGUE)
    assert packed(again) == packed(session)
    assert digests(replay(again, CATALOGUE)) == digests(session)


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_when_every_lane_has_diverged_the_clock_stands_where_the_last_one_stopped(chunk):
    wild = [rival(f"w{k}", {"kind": "momentum", "learning_rate": 10.0**k}) for k in (3, 6)]
    session = begun(WILD | {"optimizer": {"kind": "sgd", "learning_rate": 1e6}, "rivals": wild})
    for _ in range(1000 // chunk):
        session.advance(chunk)
    assert session.over
    assert session.updates == 1 + max(run.state.step for run in session.runs)
    assert len({run.state.step for run in session.runs}) > 1
    assert session.advance(5) == 0
    assert session.send(Change("optimizer.learning_rate", 1e-3)).accepted
    assert session.send(Reinitialize("network", 3)).accepted
    session.advance(4)
    assert digests(replay(session, CATALOGUE)) == digests(session)
