"""Schedules and clipping between the gradient and the update: against PyTorch, closed forms, and runs without them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gdexplorer.lab.archive import load, save
from gdexplorer.lab.commands import Change, MoveTo, Nudge, Reinitialize, Restart
from gdexplorer.lab.descents import descend
from gdexplorer.lab.replay import replay
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.lab.steering import proposer, scheduled, steering_of
from gdexplorer.lab.tangents import arrows, gradient_of
from gdexplorer.landscape.plane import identity
from gdexplorer.optim import Rule
from gdexplorer.optim.clipping import Tally
from gdexplorer.probes.curvature import Curvature
from tests.builders import CATALOGUE, begin, digest, experiment, suited
from tests.lab.races import begun, consistent, digests, rival
from tests.over_rows import over_rows

with np.load(Path(__file__).parents[1] / "fixtures" / "schedules.npz") as file:
    PYTORCH = {name: file[name] for name in file.files}
RULES = [name for name, rule in CATALOGUE.optimizers.items() if isinstance(rule, Rule)]
SEARCHES = [name for name in CATALOGUE.optimizers if name not in RULES]
COSINE = {"training.schedule": {"kind": "cosine", "length": 40, "floor": 0.1}}
NORM = {"training.clip": "norm", "training.clip_threshold": 0.05}
VALUE = {"training.clip": "value", "training.clip_threshold": 0.02}
STEERED = [COSINE, NORM, VALUE, COSINE | NORM]
POINT = {"problem": {"kind": "himmelblau", "x": 1.0, "y": -1.0}, "optimizer": {"kind": "sgd", "learning_rate": 0.01}}


def cosine(step):
    return 0.1 + 0.9 * (1 + np.cos(np.pi * step / 40)) / 2 if step < 40 else 0.1


@pytest.mark.parametrize(
    ("name", "knobs"),
    [("sgd", {"learning_rate": 0.2}), ("momentum", {"learning_rate": 0.2, "momentum": 0.9}),
     ("adamw", {"learning_rate": 0.05, "weight_decay": 0.3})],
)  # fmt: skip
def test_scheduled_and_clipped_updates_are_those_of_pytorch(name, knobs):
    """AdamW's decay takes the scheduled rate."""
    expected = PYTORCH[name]
    of = experiment({"optimizer": {"kind": name, **knobs}, "training.clip": "norm",
                     "training.schedule": {"kind": "cosine", "length": len(expected)}})  # fmt: skip
    rule, state, tally = CATALOGUE.optimizers[name], replace(begin().state, experiment=of), Tally()
    theta, out = PYTORCH["start"].copy(), np.empty(5)
    slots = rule.init(5, theta.dtype, of.optimizer, None)
    propose = proposer(rule, state, CATALOGUE, tally)
    for gradient, after in zip(PYTORCH["gradients"], expected, strict=True):
        slots.gradient[:] = gradient
        propose(theta, slots, out)
        theta[:] = out
        state.step += 1
        np.testing.assert_allclose(theta, after, rtol=0, atol=1e-12)
    lengths = np.linalg.norm(PYTORCH["gradients"], axis=1)
    assert (tally.updates, tally.clipped) == (60, (lengths > 1).sum())
    assert 0 < tally.clipped < 60
    assert tally.before == pytest.approx(lengths[-1])
    assert tally.after == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", RULES)
def test_nothing_stands_before_a_rule_that_is_not_steered(name):
    run = begin({"optimizer": name})
    assert run.proposer() is run.rule.propose
    assert scheduled(run.state, 5, CATALOGUE) is run.state.experiment.optimizer


def test_a_schedule_takes_effect_at_the_next_update_and_counts_from_update_0():
    run = Session(experiment({"optimizer": {"kind": "momentum"}}), CATALOGUE)
    run.advance(10)
    state = run.run.state
    theta, buffer = state.theta.copy(), state.slots[0].arrays["b"].copy()
    run.send(Change("training.schedule", COSINE["training.schedule"]))
    state = run.run.state
    assert state.theta.tobytes() == theta.tobytes()
    assert state.slots[0].arrays["b"].tobytes() == buffer.tobytes()
    for step in (10, 11, 12):
        before = state.theta.copy()
        run.advance(1)
        np.testing.assert_allclose(state.theta, before - 0.01 * cosine(step) * state.slots[0].arrays["b"], rtol=1e-12)
    run.send(Change("training.schedule.kind", "constant"))
    before = run.run.state.theta.copy()
    run.advance(1)
    np.testing.assert_allclose(run.run.state.theta, before - 0.01 * run.run.state.slots[0].arrays["b"], rtol=1e-12)


@pytest.mark.parametrize("name", RULES)
def test_a_schedule_that_ended_is_the_smaller_learning_rate(name):
    """From the floor on, a run goes where one with that rate goes from the same point and memory."""
    run = begin({"optimizer": name, "training.schedule": {"kind": "cosine", "length": 40, "floor": 0.25}})
    run.advance(45)
    twin = Run.of(run.state.copy(), CATALOGUE)
    rate = run.state.experiment.optimizer.learning_rate
    twin.state.experiment = experiment({"optimizer": {"kind": name, "learning_rate": rate / 4}})
    twin.adopt_rule()
    twin.tune()
    for one in (run, twin):
        one.advance(30)
    np.testing.assert_array_equal(run.state.theta, twin.state.theta)


def test_chunks_do_not_matter():
    whole, parts = begin(COSINE | NORM), begin(COSINE | NORM)
    whole.advance(60)
    for count in (1, 1, 5, 33, 20):
        parts.advance(count)
    assert digest(whole.state) == digest(parts.state)


SCRIPT = [
    (12, Change("training.schedule.kind", "one_cycle")), (20, Change("training.clip", "value")),
    (25, Change("optimizer.learning_rate", 0.05)), (31, Change("training.clip_threshold", 0.01)),
    (33, Change("optimizer.kind", "nadam")), (40, Reinitialize("h1", 3)), (44, Change("training.clip", "norm")),
    (50, Change("training.schedule.kind", "step")), (51, Change("training.schedule.every", 7)),
    (60, Nudge(0.05, 4)), (64, Change("training.schedule.kind", "constant")), (70, Change("training.clip", "none")),
    (75, Restart()),
]  # fmt: skip


@pytest.mark.parametrize("name", ["sgd", "adamw"])
@pytest.mark.parametrize("until", [15, 28, 33, 45, 62, 66, 90])
def test_a_session_is_replayed_and_saved_exactly(tmp_path, name, until):
    session = Session(experiment({"optimizer": name, **COSINE, **NORM}), CATALOGUE)
    for at, command in SCRIPT:
        if at <= until:
            session.advance(at - session.updates)
            assert session.send(command).accepted
    session.advance(until - session.updates) if until > session.updates else None
    assert digest(replay(session, CATALOGUE).run.state) == digest(session.run.state)
    save(session, tmp_path / "a.gdx")
    again = load(tmp_path / "a.gdx", CATALOGUE)
    assert digest(again.run.state) == digest(session.run.state)
    for one in (session, again):
        one.advance(20)
    assert digest(again.run.state) == digest(session.run.state)


def test_a_change_reaches_every_lane_of_a_race_in_lockstep_and_is_replayed(tmp_path):
    rivals = [rival("a", "adamw"), rival("m", "momentum"), rival("n", "nadam"), rival("r", "random_search")]
    session = begun({"rivals": rivals, **COSINE})
    for path, value in (("clip", "norm"), ("clip_threshold", 0.05), ("schedule.kind", "warmup"), ("clip", "value")):
        session.advance(9)
        assert session.send(Change(f"training.{path}", value)).accepted
    session.advance(9)
    assert consistent(session)
    assert [run.state.tally.updates for run in session.runs] == [9, 9, 9, 9, 0]
    assert digests(replay(session, CATALOGUE)) == digests(session)
    save(session, tmp_path / "race.gdx")
    again = load(tmp_path / "race.gdx", CATALOGUE)
    for one in (session, again):
        one.advance(9)
    assert digests(again) == digests(session)


@over_rows("steered", STEERED, ids=str)
@over_rows("name", SEARCHES)
def test_searches_ignore_both(name, steered):
    plain, other = begin(suited(name)), begin(suited(name) | steered)
    for run in (plain, other):
        run.advance(6)
    assert plain.state.theta.tobytes() == other.state.theta.tobytes()
    session = Session(experiment(suited(name) | steered), CATALOGUE)
    session.advance(2)
    snapshot = session.frame().lane.state
    assert snapshot.tally is None
    assert snapshot.rate == getattr(snapshot.experiment.optimizer, "learning_rate", None)


@pytest.mark.parametrize("clip", [NORM, VALUE], ids=str)
def test_the_snapshot_says_what_was_clipped_since_the_last_change(clip):
    session = Session(experiment(clip), CATALOGUE)
    expected = []
    for _ in range(30):
        twin = begin(clip)
        twin.state = session.run.state.copy()
        batch, gradient = twin.objective.draw(twin.state.streams), np.empty_like(twin.state.theta)
        twin.objective.program(batch).value_and_gradient(twin.state.theta, twin.state.buffers, batch, gradient)
        large = np.linalg.norm(gradient) if "norm" in clip.values() else np.abs(gradient).max()
        expected.append((large > clip["training.clip_threshold"], np.linalg.norm(gradient)))
        session.advance(1)
        tally = session.frame().lane.state.tally
        assert tally.clipped == sum(over for over, _ in expected)
        assert tally.before == pytest.approx(expected[-1][1])
        assert tally.after == pytest.approx(np.linalg.norm(session.run.state.slots[0].gradient))
    assert tally.updates == 30
    assert tally.clipped
    held = tally.updates
    session.advance(1)
    assert tally.updates == held, "a frame is of its moment"
    session.send(Change("optimizer.learning_rate", 0.03))
    assert session.frame().lane.state.tally == Tally()
    session.send(Change("training.clip", "none"))
    assert session.frame().lane.state.tally is None


def test_the_snapshot_has_the_rate_of_the_next_update():
    session = Session(experiment(COSINE), CATALOGUE)
    for step in (0, 10, 50):
        session.advance(step - session.updates) if step else None
        state = session.frame().lane.state
        assert state.rate == pytest.approx(state.experiment.optimizer.learning_rate * cosine(step), rel=1e-12)


def test_clipping_holds_a_descent_that_would_leave():
    values = {"problem": {"kind": "rosenbrock"}, "optimizer": {"kind": "sgd", "learning_rate": 0.02}}
    bare, held = begin(values), begin(values | {"training.clip": "norm"})
    for run in (bare, held):
        run.advance(200)
    assert bare.state.status.health is Health.DIVERGED
    assert held.state.status.health is Health.FINE
    assert held.state.step == 200


@pytest.mark.parametrize("clip", [NORM, VALUE], ids=str)
def test_a_gradient_that_is_not_finite_still_stops_the_run(clip):
    session = Session(experiment(POINT | clip), CATALOGUE)
    with np.errstate(all="ignore"):
        assert session.send(MoveTo(np.full(2, 1e110))).accepted
        session.advance(3)
    assert session.run.state.status.health is Health.DIVERGED
    assert session.step == 0
    assert session.run.state.tally == Tally()


def test_the_edge_of_stability_is_that_of_the_scheduled_rate():
    full = {"training.batch_size": 100_000, "optimizer": {"kind": "sgd", "learning_rate": 0.1}}
    session = Session(experiment(full | COSINE), CATALOGUE)
    for step in (0, 20, 60):
        session.advance(step - session.updates) if step else None
        report = session.frame(frozenset({Curvature()})).lane.views[Curvature()]
        assert report.threshold == pytest.approx(2 / (0.1 * cosine(step)), rel=1e-12)


@over_rows("steered", STEERED, ids=str)
@over_rows("name", ["sgd", "momentum", "adam", "adamw"])
def test_each_start_of_a_basin_map_goes_as_a_run_from_there(name, steered):
    at = {"optimizer": {"kind": name, "learning_rate": 0.01}, **steered, "training.clip_threshold": 5.0}
    made, starts = begin(POINT | at), np.array([(1.0, -1.0), (0.0, -4.0), (-3.0, 2.5)])
    steering = steering_of(made.state.experiment, CATALOGUE)
    ends, _ = descend(made.objective, made.rule, made.state.experiment.optimizer, starts, 30, 7, steering)
    for (x, y), end in zip(starts, ends, strict=True):
        alone = begin(POINT | at | {"problem": {"kind": "himmelblau", "x": x, "y": y}})
        alone.advance(30)
        np.testing.assert_allclose(end, alone.state.theta, rtol=1e-9)


def test_the_arrow_of_the_next_update_is_scheduled_and_clipped_and_counts_nothing():
    run = begin(POINT | COSINE | {"training.clip": "norm", "training.clip_threshold": 2.0})
    run.advance(13)
    before = digest(run.state)
    found = arrows(run, identity())().update
    gradient = gradient_of(run.objective, run.state)
    assert np.linalg.norm(gradient) > 2
    expected = -0.01 * cosine(13) * gradient * 2 / (np.linalg.norm(gradient) + 1e-6)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert digest(run.state) == before
