import numpy as np
import pytest

from gdexplorer.lab import weights
from gdexplorer.lab.commands import SetParameter
from gdexplorer.lab.replay import replay
from gdexplorer.lab.session import Session
from gdexplorer.lab.weights import plain_rate
from gdexplorer.objectives.program import SupervisedProgram
from gdexplorer.probes.oneweight import NO_WEIGHT, OneWeight, Weight
from gdexplorer.probes.units import NO_UNITS, Units
from tests.builders import CATALOGUE, begin, digest, experiment

FULL = {"training.batch_size": 100_000, "optimizer": {"kind": "sgd", "learning_rate": 0.3}}
DROPPING = [{"id": "h1", "units": 6, "activation": "tanh"}, {"kind": "dropout", "id": "d", "rate": 0.5}]


def session(changes=None):
    return Session(experiment(changes), CATALOGUE)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"training.batch_size": 7}, "mini-batches"),
        ({"network.layers": DROPPING}, "masks"),
        ({"training.accumulate": 2}, "mini-batches"),
        ({"optimizer": "momentum"}, "momentum does not step by −ηg"),
        ({"optimizer": "lbfgs"}, "L-BFGS does not step by −ηg"),
        ({"training.clip": "norm"}, "clipping"),
        ({"training.zero_gradient": False}, "not −ηg alone"),
        ({"bugs": {"lab": True, "wrong_sign": True}}, "bug"),
        ({"problem": "himmelblau", "problem.noise": 0.5}, "noisy"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_only_plain_descent_with_all_examples_has_a_step_to_draw(changes, why):
    assert plain_rate(begin(FULL)) == (0.3, "")
    assert plain_rate(begin({"problem": "himmelblau", "optimizer": FULL["optimizer"]})) == (0.3, "")
    if "problem.noise" in changes:
        changes = {"problem": {"kind": "himmelblau", "noise": 0.5}}
    rate, words = plain_rate(begin(FULL | changes))
    assert rate is None
    assert why in words
    assert ": no prediction" in words


def test_the_rate_is_the_scheduled_one_of_the_next_update():
    run = begin(FULL | {"training.schedule": {"kind": "step", "every": 10, "gamma": 0.5}})
    run.advance(10)
    before = run.state.theta.copy()
    made = Session(run.state.experiment, CATALOGUE)
    made.advance(10)
    report = made.frame({OneWeight(Weight("h1", 2, 1))}).lane.views[OneWeight(Weight("h1", 2, 1))]
    index = report.present.index(run.objective.layout)
    run.advance(1)
    assert report.rate == pytest.approx(0.15)
    assert run.state.theta[index] - before[index] == pytest.approx(report.move, rel=1e-12)


def test_units_carry_masks_and_the_gradient_of_the_latest_batch():
    made = session({"network.layers": DROPPING})
    made.advance(5)
    run = made.run
    assert isinstance(run.program, SupervisedProgram)
    report = made.frame({Units()}).lane.views[Units()]
    mask = run.program.masks()["d"]
    assert report.columns[1].dropped.tolist() == [value == 0 for value in mask[:, 0]]
    assert report.columns[1].share.tolist() == [sum(row == 0) / len(row) for row in mask]
    assert report.gradient.tobytes() == run.gradient.tobytes()
    assert (report.theta.tobytes(), report.batch, report.step) == (run.state.theta.tobytes(), run.examples, 5)
    made.send(SetParameter(0, 0.5))
    assert made.frame({Units()}).lane.views[Units()].columns[1].dropped is None  # no batch has been seen from here


def test_functions_and_games_have_no_units_and_a_game_no_one_loss():
    function = session({"problem": "himmelblau"})
    views = function.frame({Units(), OneWeight()}).lane.views
    assert views[Units()] == NO_UNITS
    assert views[OneWeight()].name == "x"
    game = session({"problem": "gan", "optimizer": "adam"})
    views = game.frame({Units(), OneWeight()}).lane.views
    assert (views[Units()], views[OneWeight()]) == (NO_UNITS, NO_WEIGHT)


def test_what_nobody_asks_for_is_not_measured(monkeypatch):
    calls = []
    monkeypatch.setattr(weights, "measure_units", lambda *_: calls.append("units"))
    monkeypatch.setattr(weights, "measure_one", lambda *_: calls.append("one"))
    made = session()
    made.frame()
    assert calls == []
    made.frame({Units()})
    made.frame({OneWeight()})
    assert calls == ["units", "one"]


def test_whoever_looks_changes_nothing():
    seen, alone = session({"training.zero_gradient": False}), session({"training.zero_gradient": False})
    for step in range(10):
        if step % 3 == 0:
            for made in (seen, alone):
                made.send(SetParameter(step, 0.25 * step))
        seen.frame({Units(), OneWeight()})
        seen.advance(1)
        alone.advance(1)
    assert digest(seen.run.state) == digest(alone.run.state)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "lbfgs"])
def test_a_set_parameter_is_replayed_bit_for_bit(optimizer):
    changes = {"optimizer": optimizer} | ({"training.batch_size": 100_000} if optimizer == "lbfgs" else {})
    made = session(changes)
    made.advance(6)
    theta, arrays = made.run.state.theta.copy(), {k: v.copy() for k, v in made.run.state.slots[0].arrays.items()}
    reply = made.send(SetParameter(17, -0.625))
    assert reply.accepted
    assert reply.text == f"h2 w[1,3] {theta[17]:.3g} → -0.625"
    theta[17] = -0.625
    assert made.run.state.theta.tobytes() == theta.tobytes()
    for name, array in made.run.state.slots[0].arrays.items():
        if optimizer != "lbfgs":  # a search must not go on from another point
            np.testing.assert_array_equal(array, arrays[name])
    made.advance(6)
    again = replay(made, CATALOGUE)
    assert digest(again.run.state) == digest(made.run.state)
