import math
from bisect import bisect_right

import numpy as np
import pytest

from gdexplorer.probes import deltas, outputs, updates, weights
from gdexplorer.probes.context import Context
from gdexplorer.probes.deltas import Deltas
from gdexplorer.probes.histogram import BINS, MAGNITUDES, Counts, count, together
from gdexplorer.probes.outputs import Outputs
from gdexplorer.probes.updates import Updates
from gdexplorer.probes.weights import Weights
from tests.builders import dense, forward, learner, point


def by_hand(id, numbers):
    """Count one number after another."""
    negative, positive, zeros, tiny, huge, squares = [0] * BINS, [0] * BINS, 0, 0, 0, 0.0
    flat = [float(number) for number in np.ravel(numbers)]
    for number in flat:
        squares += number * number
        k = bisect_right(MAGNITUDES.tolist(), abs(number)) - 1
        if number == 0:
            zeros += 1
        elif k < 0:
            tiny += 1
        elif k >= BINS:
            huge += 1
        else:
            (negative if number < 0 else positive)[k] += 1
    return Counts(
        id, np.array(negative), np.array(positive), zeros, tiny, huge, len(flat), math.sqrt(squares / len(flat))
    )


def same(found: Counts, numbers):
    wanted = by_hand(found.id, numbers)
    np.testing.assert_array_equal(found.negative, wanted.negative)
    np.testing.assert_array_equal(found.positive, wanted.positive)
    assert (found.zeros, found.tiny, found.huge, found.size) == (wanted.zeros, wanted.tiny, wanted.huge, wanted.size)
    assert found.rms == pytest.approx(wanted.rms, rel=1e-13)
    assert found.norm == pytest.approx(wanted.rms * math.sqrt(wanted.size), rel=1e-13)
    assert found.negative.sum() + found.positive.sum() + found.zeros + found.tiny + found.huge == found.size


def wild(rng, size):
    return 10.0 ** rng.uniform(-13, 5, size) * rng.choice([-1, 0, 1], size)


@pytest.mark.parametrize("shape", [(1,), (300,), (20, 17)])
def test_counts_are_those_of_a_loop(shape, rng):
    numbers = wild(rng, shape)
    same(count("h", numbers), numbers)


def test_two_parts_count_as_the_whole(rng):
    first, second = wild(rng, 40), wild(rng, 90)
    same(together(count("h", first), count("h", second)), np.concatenate([first, second]))


@pytest.fixture
def context(rng):
    objective = learner(rng, (dense("h1", 5, "relu"), dense("h2", 4)), "binary_cross_entropy", examples=23)
    theta, full = point(objective, rng), objective.full()
    program, out = objective.program(full), np.empty_like(theta)
    program.value_and_gradient(theta, np.zeros(0), full, out)
    return Context(7, objective, theta, out, program.deltas(), full.size)


def test_weights_are_counted_layer_by_layer(context):
    report = weights.measure(Weights(), context)
    assert (report.step, report.examples) == (7, 0)
    for layer in report.layers:
        same(layer, context.objective.layout.block(context.theta, layer.id))


def test_deltas_are_of_one_example_each(context):
    report = deltas.measure(Deltas(), context)
    assert report.examples == 23
    trace = context.objective.program(context.objective.full()).trace(
        context.theta, np.zeros(0), context.objective.full()
    )
    assert [layer.id for layer in report.layers] == ["h1", "h2", "output"]
    for layer in report.layers:
        same(layer, 23 * trace[f"{layer.id}.delta"])


@pytest.mark.parametrize("examples", [3, 23, 700])  # 700 are several parts
def test_outputs_are_those_of_all_training_examples(examples, rng, monkeypatch):
    monkeypatch.setattr("gdexplorer.probes.forward.NUMBERS", 1000)
    objective = learner(rng, (dense("h1", 5, "relu"), dense("h2", 4)), examples=examples)
    theta = point(objective, rng)
    report = outputs.measure(Outputs(), Context(0, objective, theta, theta, {}, 0))
    a = objective.encode(objective.data.train.x)[:, :-1]
    for layer, found in zip(objective.network.layers, report.layers, strict=True):
        own = (objective.layout.view(theta, layer.id, name) for name in ("weight", "bias"))
        w, b = own
        a = layer.activation(a @ w.T + b, layer.knobs)
        wanted = by_hand(layer.id, a)
        assert found.zeros == wanted.zeros, "exact zeros of ReLU stand in their bin"
        assert found.size == a.size
        assert found.rms == pytest.approx(wanted.rms, rel=1e-10)
        # a sum in another order may cross an edge by one rounding
        assert np.abs(found.positive - wanted.positive).sum() <= 2
    np.testing.assert_allclose(a, forward(objective, theta, objective.encode(objective.data.train.x)[:, :-1]))
    assert report.layers[0].zeros > 0


def test_update_ratios_are_those_of_a_loop(context, rng):
    before, update = context.theta, 0.01 * rng.normal(size=context.theta.size)
    report = updates.measure(Updates(), context, update, before)
    for layer, ratio in zip(report.layers, report.ratios, strict=True):
        own = (context.objective.layout.block(array, layer.id).ravel().tolist() for array in (update, before))
        top, bottom = (math.sqrt(math.fsum(x * x for x in numbers)) for numbers in own)
        assert ratio == pytest.approx(top / bottom, rel=1e-13)
        same(layer, context.objective.layout.block(update, layer.id))
    report = updates.measure(Updates(), context, update, np.zeros_like(before))
    assert all(math.isnan(ratio) for ratio in report.ratios), "there is nothing to compare with"
