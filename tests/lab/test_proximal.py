"""L1 by its proximal step, against the formula and against the conditions of optimality."""

import numpy as np
import pytest

from gdexplorer.lab import race
from gdexplorer.lab.archive import load, save
from gdexplorer.lab.commands import Change
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.proximal import present_rate, thresholded
from gdexplorer.lab.replay import replay
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.optim import Rule
from tests.builders import CATALOGUE, begin, digest, experiment, suited
from tests.lab.races import begun, rival
from tests.over_rows import over_rows

RULES = [name for name, rule in CATALOGUE.optimizers.items() if isinstance(rule, Rule)]
SEARCHES = [name for name in CATALOGUE.optimizers if name not in RULES]
STRENGTH = 0.05
PROXIMAL = {"penalty": {"l1": STRENGTH, "l1_form": "proximal"}}
COSINE = {"training.schedule": {"kind": "cosine", "length": 30, "floor": 0.2}}


def soft(theta, reach):
    return np.sign(theta) * np.maximum(np.abs(theta) - reach, 0)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_soft_threshold_is_that_of_the_formula(dtype):
    rng = np.random.default_rng(0)
    theta, strengths = rng.normal(size=400).astype(dtype), rng.choice([0, 0.5, 2.0], 400).astype(dtype)
    special = np.array([0.0, -0.0, 0.25, -0.25, np.inf, -np.inf, np.nan], dtype)
    theta[:7], strengths[:7] = special, 0.5
    run = begin({"network.precision": dtype, "optimizer": {"kind": "sgd", "learning_rate": 0.5}})
    slots, out = run.state.slots[0], np.empty_like(theta)
    with np.errstate(all="ignore"):
        thresholded(lambda theta, slots, out: np.copyto(out, theta), strengths)(theta, slots, out)
        expected = soft(theta, 0.5 * strengths)
    np.testing.assert_array_equal(out, expected)
    assert (out[:4] == 0).all()


@over_rows("steered", [{}, COSINE, COSINE | {"training.clip": "norm", "training.clip_threshold": 0.1}],
                         ids=str)  # fmt: skip
@over_rows("biases", [False, True])
@over_rows("optimizer", RULES)
def test_each_update_is_the_rules_own_without_l1_and_then_the_threshold(optimizer, biases, steered):
    """L2 stays in the gradient; η is the one of this update."""
    l2 = {"penalty": {"l2": 0.1, "biases": biases}}
    run = begin({"optimizer": optimizer} | steered | {"penalty": PROXIMAL["penalty"] | l2["penalty"]})
    run.advance(8)
    for step in range(8, 12):
        bare = begin({"optimizer": optimizer} | steered | l2)
        copy = run.state.copy()
        bare.state = copy
        bare.state.experiment = bare.state.experiment.model_copy(
            update={"penalty": bare.state.experiment.penalty.model_copy(update={"l1": 0.0})})  # fmt: skip
        bare.adopt(bare.objective)
        bare.advance(1)
        factor = 1.0 if not steered else 0.2 + 0.8 * (1 + np.cos(np.pi * step / 30)) / 2
        reach = run.state.experiment.optimizer.learning_rate * factor * STRENGTH
        assert present_rate(bare.state.slots[0]) == pytest.approx(reach / STRENGTH)
        mask = run.objective.layout.weights | biases
        expected = np.where(mask, soft(bare.state.theta, reach), bare.state.theta)
        run.advance(1)
        np.testing.assert_allclose(run.state.theta, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("form", ["subgradient", "proximal"])
def test_the_penalty_is_reported_in_both_forms(form):
    run, plain = begin({"penalty": {"l1": 0.3, "l2": 0.2, "l1_form": form}}), begin()
    weights = run.state.theta[run.objective.layout.weights]
    expected = 0.3 * np.abs(weights).sum() + 0.1 * (weights**2).sum()
    assert run.objective.penalty_at(run.state.theta) == pytest.approx(expected)
    assert run.total_loss() == pytest.approx(plain.total_loss() + expected)
    for one in (run, plain):
        one.advance(1)
    batch = [one.recorder.batch.parts()[-1][-1, 1] for one in (run, plain)]
    assert batch[0] == pytest.approx(batch[1] + expected)
    losses = run.objective.program(run.objective.full()).losses(run.state.theta[None], run.state.buffers,
                                                               run.objective.full())  # fmt: skip
    assert losses[0] == pytest.approx(run.total_loss())


def logistic(form, l1=0.05):
    features = ["x", "y", "x2", "y2", "xy", "sin_x", "sin_y"]
    return begin({"network.layers": [], "data": {"kind": "moons", "amount": 80, "features": features},
                  "training.batch_size": 1000, "optimizer": {"kind": "sgd", "learning_rate": 0.3},
                  "penalty": {"l1": l1, "l1_form": form}})  # fmt: skip


def test_it_ends_where_the_conditions_of_optimality_hold_with_exact_zeros():
    """∂L = −λ₁ sign(w) where w ≠ 0, |∂L| ≤ λ₁ where w = 0, ∂L = 0 at biases: L the loss without L1."""
    run, other = logistic("proximal"), logistic("subgradient")
    for one in (run, other):
        one.advance(6000)
    run.look()
    theta, weights = run.state.theta, run.objective.layout.weights
    gradient = np.empty_like(theta)
    bare = logistic("subgradient", 0.0).objective
    bare.program(bare.full()).value_and_gradient(theta, run.state.buffers, bare.full(), gradient)
    away = weights & (theta != 0)
    assert 0 < away.sum() < weights.sum()
    np.testing.assert_allclose(gradient[away], -0.05 * np.sign(theta[away]), atol=1e-8)
    assert (np.abs(gradient[weights & (theta == 0)]) <= 0.05).all()
    np.testing.assert_allclose(gradient[~weights], 0, atol=1e-8)
    assert (other.state.theta != 0).all()
    assert other.total_loss() == pytest.approx(run.total_loss(), abs=0.01)


def test_the_snapshot_counts_exact_zeros_while_l1_is_on():
    session = Session(experiment({"penalty": {"l1": 0.5, "l1_form": "proximal"}}), CATALOGUE)
    count = int(session.run.objective.layout.weights.sum())
    assert session.frame().lane.state.zeros == (0, count)
    session.advance(400)
    assert session.frame().lane.state.zeros == (count, count)
    session.send(Change("penalty.l1", 0.0))
    assert session.frame().lane.state.zeros is None


@pytest.mark.parametrize("name", SEARCHES)
def test_searches_refuse_it_in_words_whichever_comes_first(name):
    sentence = "takes no proximal step after them; set the L1 form to subgradient, or choose another optimizer."
    with pytest.raises(Complaint, match=sentence):
        Run(experiment(suited(name) | PROXIMAL), CATALOGUE)
    session = Session(experiment(PROXIMAL | {"training.batch_size": 100_000}), CATALOGUE)
    assert session.send(Change("optimizer.kind", name)).text.endswith(sentence)
    session = Session(experiment(suited(name) | {"penalty": {"l1": 0.1}}), CATALOGUE)
    before = digest(session.run.state)
    assert session.send(Change("penalty.l1_form", "proximal")).text.endswith(sentence)
    assert digest(session.run.state) == before
    function = suited(name) | PROXIMAL | {"problem": {"kind": "himmelblau"}}
    session = Session(experiment(function), CATALOGUE)  # it has no penalty
    session.advance(3)
    assert session.frame().lane.state.zeros is None


def test_a_race_with_a_search_refuses_it_in_every_lane_or_in_none():
    session = begun({"rivals": [rival("l", "lbfgs")], "training.batch_size": 24, "penalty": {"l1": 0.1}})
    before = [digest(run.state) for run in session.runs]
    assert not session.send(Change("penalty.l1_form", "proximal")).accepted
    assert [digest(run.state) for run in session.runs] == before
    session = begun({"rivals": [rival("a", "adam")], "training.batch_size": 24} | PROXIMAL)
    before = [digest(run.state) for run in session.runs]
    assert not session.send(Change("rivals.a.optimizer", {"kind": "lbfgs"})).accepted
    assert [digest(run.state) for run in session.runs] == before


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_session_is_replayed_and_saved_exactly(tmp_path, optimizer):
    session = Session(experiment({"optimizer": optimizer} | PROXIMAL | COSINE), CATALOGUE)
    for command in (Change("penalty.l1", 0.2), Change("penalty.l1_form", "subgradient"),
                    Change("penalty.l1_form", "proximal"), Change("optimizer.kind", "momentum")):  # fmt: skip
        session.advance(12)
        assert session.send(command).accepted
    session.advance(9)
    assert digest(replay(session, CATALOGUE).run.state) == digest(session.run.state)
    save(session, tmp_path / "a.gdx")
    again = load(tmp_path / "a.gdx", CATALOGUE)
    for one in (session, again):
        one.advance(20)
    assert digest(again.run.state) == digest(session.run.state)


def test_lanes_in_lockstep_go_where_they_would_go_alone():
    session = begun({"rivals": [rival("a", "adam"), rival("m", "momentum"), rival("n", "nadam")], **PROXIMAL})
    session.advance(60)
    assert session.active._lanes._together
    for lane, run in zip(race.lanes(session.start), session.runs, strict=True):
        solo = Run(lane, CATALOGUE)
        solo.advance(60)
        assert digest(solo.state) == digest(run.state)
