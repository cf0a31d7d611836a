"""The next updates, made in a copy, are those that the run makes."""

import numpy as np
import pytest

from gdexplorer.lab.ahead import ahead
from tests.builders import begin, digest, suited
from tests.over_rows import over_rows

HIDDEN = {"id": "h1", "units": 6, "activation": "tanh"}
CASES = {
    "sgd": {"optimizer": {"kind": "sgd", "learning_rate": 0.1}},
    "adam": {"optimizer": {"kind": "adam"}},
    "momentum, scheduled": {"optimizer": {"kind": "momentum"}, "training.schedule": {"kind": "step", "every": 3}},
    "clipped": {"training.clip": "norm", "training.clip_threshold": 0.05},
    "value clipped": {"training.clip": "value", "training.clip_threshold": 0.001},
    "accumulated": {"training.accumulate": 3},
    "summed": {"training.accumulate": 3, "training.accumulate_mean": False},
    "never zeroed": {"training.zero_gradient": False},
    "proximal": {"penalty.l1": 0.02, "penalty.l1_form": "proximal"},
    "in order": {"bugs": {"lab": True, "no_shuffling": True}},
    "wrong sign": {"bugs": {"lab": True, "wrong_sign": True}},
    "dropout": {"network.layers": [HIDDEN, {"kind": "dropout", "id": "d1", "rate": 0.5}]},
    "batch norm": {"network.layers": [HIDDEN, {"kind": "batch_norm", "id": "n1"}]},
    "newton": suited("newton"), "lbfgs": suited("lbfgs"), "conjugate gradient": suited("conjugate_gradient"),
}  # fmt: skip
each_case = over_rows("changes", CASES.values(), ids=CASES)


@each_case
@pytest.mark.parametrize("steps", [0, 5])
def test_the_next_update_is_the_runs_own(changes, steps):
    run = begin(changes)
    if steps:
        run.advance(steps)
    before, mark = run.state.theta.copy(), digest(run.state)
    found = ahead(run)()
    assert digest(run.state) == mark
    run.advance(1)
    np.testing.assert_allclose(before + found.move, run.state.theta, rtol=0, atol=1e-13)
    assert np.abs(found.move).max() > 0


@pytest.mark.parametrize("changes", [CASES[name] for name in ("sgd", "adam", "accumulated", "dropout")])
def test_so_are_its_loss_and_both_gradients(changes):
    run = begin(changes)
    run.advance(3)
    found = ahead(run)()
    run.advance(1)
    assert run.recorder.batch.parts()[-1][-1, 1] == pytest.approx(found.losses[0], rel=1e-12)
    np.testing.assert_allclose(run.gradient, found.gradients[0], rtol=0, atol=1e-14)
    run.advance(1)
    np.testing.assert_allclose(run.gradient, found.following, rtol=0, atol=1e-14)


def test_loss_and_gradient_after_it_are_of_the_same_batch():
    run = begin({"training.batch_size": 5})
    run.advance(3)
    found, out = ahead(run)(), np.empty_like(run.state.theta)
    after = run.state.theta + found.move
    loss = run.objective.program(found.batch).value_and_gradient(after, np.zeros(0), found.batch, out)
    assert loss == pytest.approx(found.losses[1], rel=1e-12)
    np.testing.assert_allclose(out, found.gradients[1], rtol=0, atol=1e-14)


def test_a_proximal_l1_is_in_neither_loss_nor_gradient():
    plain, proximal = begin(), begin({"penalty.l1": 0.02, "penalty.l1_form": "proximal"})
    found, other = ahead(plain)(), ahead(proximal)()
    assert found.losses[0] == pytest.approx(other.losses[0], rel=1e-12)
    np.testing.assert_allclose(found.gradients[0], other.gradients[0], atol=1e-14)


def test_what_is_captured_does_not_move_with_the_run():
    run, same = begin(), begin()
    look = ahead(run)
    run.advance(40)
    np.testing.assert_array_equal(look().move, ahead(same)().move)
