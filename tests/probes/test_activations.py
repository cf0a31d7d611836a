from itertools import pairwise

import numpy as np
import pytest

from gdexplorer.nn.activations import ACTIVATIONS
from gdexplorer.probes.activations import BINS, Activations, has_activations, measure
from gdexplorer.probes.context import Context
from tests.builders import dense, learner, point

BENT = [record.name for record in ACTIVATIONS if record.name != "linear"]


def look(objective, theta):
    return measure(Activations(), Context(3, objective, theta, theta, {}, 0))


def passes(objective, theta):
    """Yield z and a of each layer as one would write them on paper."""
    a = objective.encode(objective.data.train.x)[:, :-1]
    for layer in objective.network.layers:
        z = a @ objective.layout.view(theta, layer.id, "weight").T + objective.layout.view(theta, layer.id, "bias")
        a = layer.activation(z, layer.knobs)
        yield layer, z, a


@pytest.mark.parametrize("name", BENT)
@pytest.mark.parametrize("scale", [0.1, 1.0, 30.0])
def test_counts_and_shares_are_those_of_a_loop(name, scale, rng, monkeypatch):
    monkeypatch.setattr("gdexplorer.probes.forward.NUMBERS", 1000)  # several parts
    objective = learner(rng, (dense("h1", 6, name), dense("h2", 5, name)), examples=200)
    theta = scale * point(objective, rng)
    report = look(objective, theta)
    assert (report.step, report.examples) == (3, 200)
    assert [layer.id for layer in report.layers] == ["h1", "h2"], "the output is linear"
    for found, (layer, z, a) in zip(report.layers, passes(objective, theta), strict=False):
        assert found.size == z.size == found.counts.sum() + found.below + found.above
        edges = np.linspace(-found.reach, found.reach, BINS + 1)
        wanted = [sum(lower <= value < upper for value in z.ravel()) for lower, upper in pairwise(edges)]
        assert np.abs(found.counts - wanted).sum() <= 2, "a sum in another order may cross an edge by one rounding"
        assert found.below + found.above <= 0.05 * z.size
        grid = np.linspace(-20, 20, 8001)
        top = max(abs(value) for value in layer.activation.derivative(grid[None], layer.knobs)[0])
        assert found.steepest == pytest.approx(top, rel=1e-12)
        slopes = [abs(value) for value in layer.activation.derivative(z, layer.knobs).ravel()]
        assert found.slope == pytest.approx(sum(slopes) / len(slopes), rel=1e-10)
        assert found.saturated == pytest.approx(sum(s < 0.01 * top for s in slopes) / len(slopes), abs=1e-10)
        assert found.dead == sum(all(value == 0 for value in unit) for unit in a.T)
        assert found.units == a.shape[1]


@pytest.mark.parametrize(
    ("name", "most"), [("tanh", 1), ("sigmoid", 0.25), ("relu", 1), ("gelu", 1.129), ("silu", 1.0998)]
)
def test_maxima_of_the_slopes(name, most, rng):
    objective = learner(rng, (dense("h1", 2, name),))
    assert look(objective, point(objective, rng)).layers[0].steepest == pytest.approx(most, rel=1e-3)


def test_units_that_are_off_for_all_examples_are_dead(rng):
    objective = learner(rng, (dense("h1", 8, "relu"), dense("h2", 4, "relu")))
    theta = point(objective, rng)
    objective.layout.view(theta, "h1", "bias")[:3] = -1e3
    first = look(objective, theta).layers[0]
    assert (first.dead, first.units) == (3, 8)
    assert first.saturated >= 3 / 8


def test_the_axis_shows_where_it_becomes_flat(rng):
    for name, reach in (("tanh", 4.0), ("sigmoid", 8.0)):
        objective = learner(rng, (dense("h1", 2, name),))
        assert look(objective, 0.01 * point(objective, rng)).layers[0].reach == reach


def test_what_is_not_a_number_is_counted(rng):
    objective = learner(rng, (dense("h1", 3),), examples=5)
    theta = np.full(objective.layout.size, np.nan)
    layer = look(objective, theta).layers[0]
    assert (layer.counts.sum(), layer.below, layer.above) == (0, 0, 15)


def test_linear_networks_have_none(rng):
    assert not has_activations(learner(rng))
    assert has_activations(learner(rng, (dense("h1", 2),)))
    assert not has_activations(object())
