from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.landscape.surface import Stopped
from gdexplorer.nn.penalties import Penalty
from gdexplorer.probes.check import MOST, STEPS, GradientCheck, measure
from gdexplorer.probes.context import Context
from tests.builders import dense, forward, learner, point


def context(objective, theta):
    return Context(5, objective, theta, theta, {}, 0)


@pytest.fixture
def objective(rng):
    return learner(rng, (dense("h1", 4), dense("h2", 3)), "mse", examples=9)


def test_errors_are_those_of_a_loop(objective, rng):
    theta = point(objective, rng)
    report = measure(GradientCheck(), context(objective, theta))
    x, y = objective.encode(objective.data.train.x)[:, :-1], objective.full().y.T

    def loss(theta):
        return float(np.mean((forward(objective, theta, x) - y) ** 2))

    full, g = objective.full(), np.empty_like(theta)
    objective.program(full).value_and_gradient(theta, np.zeros(0), full, g)
    for h in (1e-1, 1e-3):  # where differences are not of rounding
        forward_d, central_d = np.empty_like(g), np.empty_like(g)
        for i in range(len(g)):
            up, down = theta.copy(), theta.copy()
            up[i] += h
            down[i] -= h
            forward_d[i], central_d[i] = (loss(up) - loss(theta)) / h, (loss(up) - loss(down)) / (2 * h)
        for layer in (report.whole, *report.layers):
            block = objective.layout.by_id.get(layer.id)
            own = slice(None) if block is None else slice(block.start, block.stop)
            scale = np.abs(g[own]).max()
            for kind, d in (("forward", forward_d), ("central", central_d)):
                assert layer.at(h, kind) == pytest.approx(np.abs(d[own] - g[own]).max() / scale, rel=1e-6, abs=1e-12)
    assert (report.whole.checked, report.whole.size) == (theta.size, theta.size)
    assert report.loss == pytest.approx(loss(theta))
    assert (report.step, report.examples, report.of_examples) == (5, 9, 9)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("penalty", [Penalty(), Penalty(l2=0.1), Penalty(l1=0.05), Penalty(l1=0.05, proximal=True)])
def test_a_right_gradient_is_found_right(penalty, dtype, rng):
    objective = learner(rng, (dense("h1", 4),), "binary_cross_entropy", penalty=penalty, dtype=dtype)
    report = measure(GradientCheck(), context(objective, point(objective, rng)))
    assert report.whole.verdict == "right"
    assert {layer.verdict for layer in report.layers} == {"right"}
    if not penalty.l1 or penalty.proximal:  # |w| has kinks within h of θ
        assert report.whole.slope("central", 1e-1, 1e-3) == pytest.approx(2, abs=0.1)


def test_a_wrong_gradient_is_found_wrong_where_it_is(objective, rng):
    wrong = replace(objective, network=replace(objective.network, omit_slope=True))
    report = measure(GradientCheck(), context(wrong, point(wrong, rng)))
    assert report.omitted
    assert [layer.verdict for layer in report.layers] == ["wrong", "wrong", "right"]
    assert report.whole.verdict == "wrong"


def test_no_gradient_at_all_has_nothing_to_compare(rng):
    objective = learner(rng, (dense("h1", 4, "relu"),))
    theta = point(objective, rng)
    objective.layout.view(theta, "h1", "bias")[:] = -1e3
    report = measure(GradientCheck(), context(objective, theta))
    assert report.layers[0].verdict == "zero"
    assert report.layers[1].verdict == "right"


def test_of_many_coordinates_some_of_every_layer_are_drawn(rng, monkeypatch):
    objective = learner(rng, (dense("h1", 60), dense("h2", 20)), examples=400)
    monkeypatch.setattr("gdexplorer.probes.check.MULTIPLICATIONS", 1.0)  # a small budget
    told = []
    report = measure(GradientCheck(), context(objective, point(objective, rng)), tell=told.append)
    assert [layer.checked for layer in report.layers] == [8, 21, 8]
    assert report.whole.checked == 37 < MOST < report.whole.size
    assert (report.examples, report.of_examples) == (256, 400)
    assert told == sorted(told)
    assert told[-1] == 1
    assert report.whole.verdict == "right"


def test_it_can_be_called_back(objective, rng):
    with pytest.raises(Stopped):
        measure(GradientCheck(), context(objective, point(objective, rng)), stop=lambda: True)


def test_step_sizes_are_two_to_the_decade():
    np.testing.assert_allclose(STEPS[::2], 10.0 ** -np.arange(1.0, 14.0))
