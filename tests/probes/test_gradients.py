import numpy as np
import pytest

from gdexplorer.probes.context import Context
from gdexplorer.probes.gradients import Gradients, measure
from gdexplorer.probes.histogram import BINS, MAGNITUDES
from tests.builders import dense, learner, point


def _context(rng, gradient=None, loss="mse", dtype=np.float64, **settings):
    objective = learner(rng, (dense("h1", 3), dense("h2", 2)), loss, dtype=dtype, **settings)
    theta, batch = point(objective, rng), objective.full()
    out = np.empty_like(theta)
    program = objective.program(batch)
    program.value_and_gradient(theta, np.zeros(0), batch, out)
    if gradient is not None:
        out = np.resize(np.array(gradient, dtype), objective.layout.size)
    return Context(12, objective, theta, out, program.deltas(), batch.size)


def _only(context, id="h1"):
    return next(layer for layer in measure(Gradients(), context).layers if layer.id == id)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_element_is_counted_once(rng, dtype):
    wild = 10.0 ** rng.uniform(-14, 6, 40) * rng.choice([-1, 0, 1], 40)
    report = measure(Gradients(), _context(rng, wild, dtype=dtype))
    sizes = [9, 8, 3]
    for layer, size in zip(report.layers, sizes, strict=True):
        assert layer.size == size
        assert layer.negative.sum() + layer.positive.sum() + layer.zeros + layer.tiny + layer.huge == size


def test_each_value_falls_into_its_bin():
    rng = np.random.default_rng(0)
    middles = np.sqrt(MAGNITUDES[:-1] * MAGNITUDES[1:])
    for k in range(0, BINS, 5):
        layer = _only(_context(rng, [middles[k], middles[k], -middles[k]]))
        assert (layer.positive[k], layer.negative[k]) == (6, 3)
        assert layer.positive.sum() + layer.negative.sum() == 9


def test_zeros_and_what_lies_beyond_the_edges_have_places_of_their_own(rng):
    layer = _only(_context(rng, [0.0, -0.0, 1e-12, -1e-300, 1e-9, -1e3, 1e5, -999.0, 0.0]))
    assert (layer.zeros, layer.tiny, layer.huge) == (3, 2, 2)
    assert layer.positive[0] == 1  # the lowest edge belongs to its bin
    assert layer.negative[-1] == 1  # the highest does not


def test_edges_are_fixed_and_three_to_the_decade():
    assert len(MAGNITUDES) == BINS + 1 == 37
    np.testing.assert_allclose(MAGNITUDES[::3], 10.0 ** np.arange(-9, 4))
    assert not MAGNITUDES.flags.writeable


def test_norm_and_root_mean_squares(rng):
    context = _context(rng)
    report = measure(Gradients(), context)
    assert (report.step, report.examples) == (12, 6)
    assert report.norm == pytest.approx(np.sqrt(np.sum(context.gradient**2)), rel=1e-14)
    for layer in report.layers:
        block = context.objective.layout.block(context.gradient, layer.id)
        assert layer.rms == pytest.approx(np.sqrt(np.mean(block**2)), rel=1e-14)


def test_delta_is_that_of_one_example_whatever_the_batch_size(rng):
    context = _context(rng, loss="binary_cross_entropy")
    program = context.objective.program(context.objective.full())
    trace = program.trace(context.theta, np.zeros(0), context.objective.full())
    for layer in measure(Gradients(), context).layers:
        per_example = trace[f"{layer.id}.delta"] * context.examples
        assert layer.delta == pytest.approx(np.sqrt(np.mean(per_example**2)), rel=1e-13)
    z = trace["output.z"]
    delta = 1 / (1 + np.exp(-z)) - context.objective.full().y
    assert _only(context, "output").delta == pytest.approx(np.sqrt(np.mean(delta**2)), rel=1e-12)


def test_without_deltas_the_profile_is_not_a_number(rng):
    context = _context(rng)
    bare = Context(0, context.objective, context.theta, context.gradient, {}, 6)
    assert all(np.isnan(layer.delta) for layer in measure(Gradients(), bare).layers)


def test_a_gradient_that_overflows_is_counted_and_warns_nobody(rng):
    report = measure(Gradients(), _context(rng, [1e200, np.inf, np.nan]))
    assert sum(layer.huge for layer in report.layers) == 20
    assert not np.isfinite(report.norm)
