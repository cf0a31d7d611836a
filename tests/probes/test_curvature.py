import numpy as np
import pytest

from gdexplorer.lab import build
from gdexplorer.lab.experiment import validated
from gdexplorer.landscape.curvature import MOST_DENSE
from gdexplorer.probes.context import Context
from gdexplorer.probes.curvature import LANCZOS_STEPS, Curvature, measure
from tests.builders import CATALOGUE, begin

STEP = 1e-5


def _measured(objective, theta, scale=0.0):
    return measure(Curvature(), Context(3, objective, theta, theta, {}, 0), scale)


def _loss(objective, theta):
    batch = objective.full()
    with np.errstate(all="ignore"):
        return objective.program(batch).value_and_gradient(theta, np.zeros(0), batch, np.zeros_like(theta))


def _hessian(objective, theta):
    """By central differences of the gradient."""
    batch, moving = objective.full(), theta.copy()
    program, out, rows = objective.program(batch), np.zeros_like(theta), []
    with np.errstate(all="ignore"):
        for k, center in enumerate(theta):
            moving[k] = center + STEP
            program.value_and_gradient(moving, np.zeros(0), batch, out)
            above = out.copy()
            moving[k] = center - STEP
            program.value_and_gradient(moving, np.zeros(0), batch, out)
            moving[k] = center
            rows.append((above - out) / (2 * STEP))
    return (np.array(rows) + np.array(rows).T) / 2


def _function(kind, **values):
    return build.objective(validated({"problem": {"kind": kind, **values}}, CATALOGUE), CATALOGUE)


@pytest.mark.parametrize("penalty", [0.0, 0.03])
def test_all_eigenvalues_of_a_small_network_are_those_of_the_differences(penalty):
    run = begin({"penalty.l2": penalty})
    run.advance(40)
    found = _measured(run.objective, run.state.theta)
    hessian = _hessian(run.objective, run.state.theta)
    expected = np.linalg.eigvalsh(hessian)
    assert found.whole
    assert found.parameters == len(found.values) == run.state.theta.size
    np.testing.assert_allclose(found.values, expected, atol=1e-7 * np.abs(expected).max())
    assert found.sharpness == found.values[-1]
    assert (found.trace, found.trace_error) == (pytest.approx(np.trace(hessian), rel=1e-6), 0)
    assert found.loss == pytest.approx(_loss(run.objective, run.state.theta))
    assert found.step == 3


def test_lanczos_finds_the_ends_of_a_larger_network_and_the_trace_within_its_error():
    run = begin({"network.layers": [{"id": f"h{k}", "units": 16, "activation": "tanh"} for k in (1, 2)]})
    assert run.state.theta.size > MOST_DENSE
    run.advance(60)
    found = _measured(run.objective, run.state.theta)
    hessian = _hessian(run.objective, run.state.theta)
    expected = np.linalg.eigvalsh(hessian)
    assert not found.whole
    assert len(found.values) == LANCZOS_STEPS
    assert found.sharpness == pytest.approx(expected[-1], rel=1e-6)
    assert found.values[0] == pytest.approx(expected[0], rel=1e-2)
    assert (found.values < 0).sum() <= (expected < 0).sum()
    assert abs(found.trace - np.trace(hessian)) < 4 * found.trace_error
    assert found.trace_error < 0.5 * abs(found.trace)


def test_the_escape_goes_along_the_most_negative_direction_and_lowers_the_loss():
    run = begin()
    run.advance(5)
    before = run.state.theta.copy()
    found = _measured(run.objective, run.state.theta)
    values, vectors = np.linalg.eigh(_hessian(run.objective, run.state.theta))
    assert values[0] < 0
    assert found.escape is not None
    moved = found.escape - run.state.theta
    assert abs(moved @ vectors[:, 0]) == pytest.approx(np.linalg.norm(moved), rel=1e-6)
    assert _loss(run.objective, found.escape) == pytest.approx(found.escape_loss)
    assert found.escape_loss < found.loss
    others = [_loss(run.objective, before + t * vectors[:, 0]) for t in (-1e-3, 1e-3, -0.1, 0.1, -1.0, 1.0)]
    assert found.escape_loss <= min(others) + 1e-3, "it is the lowest of both ways"
    np.testing.assert_array_equal(run.state.theta, before)
    assert not found.escape.flags.writeable
    assert not found.values.flags.writeable


def test_off_a_saddle_it_leads_to_a_minimum():
    objective = _function("saddle")
    saddle = next(mark for mark in objective.landmarks if mark.kind == "saddle").theta
    found = _measured(objective, np.array(saddle, float))
    assert found.point.verdict == "saddle"
    assert (found.point.negative, found.point.positive) == (1, 1)
    assert found.trace == pytest.approx(found.values.sum())
    lowest = min(_loss(objective, np.array(mark.theta, float)) for mark in objective.landmarks)
    assert found.escape_loss == pytest.approx(lowest, abs=1e-9)


def test_there_is_no_escape_where_nothing_curves_down():
    objective = _function("bowl")
    found = _measured(objective, np.array([0.3, -0.4]))
    assert found.values[0] > 0
    assert found.escape is None
    assert found.escape_loss == found.loss
    assert found.point.verdict == "not stationary"
    minimum = next(mark for mark in objective.landmarks if mark.kind == "minimum").theta
    assert _measured(objective, np.array(minimum, float)).point.verdict == "minimum"


def test_the_scale_is_that_of_the_largest_gradient():
    objective = _function("bowl")
    near = np.array([1e-3, 0.0])
    assert _measured(objective, near).point.verdict == "not stationary"
    assert _measured(objective, near, scale=1e3).point.verdict != "not stationary"


def test_beyond_the_range_of_numbers_it_says_so():
    run = begin({"loss": "mse", "data": {"kind": "sine", "amount": 30}})
    theta = np.full_like(run.state.theta, 1e200)
    with pytest.raises(ValueError, match="not finite here"):
        _measured(run.objective, theta)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_measures_in_both_precisions(dtype):
    run = begin({"network.precision": dtype})
    run.advance(20)
    found = _measured(run.objective, run.state.theta)
    wide = _measured(run.objective.in_precision(np.float64), run.state.theta.astype(np.float64))
    assert found.escape.dtype == dtype
    np.testing.assert_allclose(found.values, wide.values, atol=1e-4 * wide.sharpness)


def test_the_ratio_is_claimed_for_a_full_batch_and_a_known_threshold_only():
    for batch_size, threshold, claimed in ((100_000, 10.0, True), (7, 10.0, False), (100_000, None, False)):
        run = begin({"training.batch_size": batch_size})
        context = Context(0, run.objective, run.state.theta, run.state.theta, {}, 0)
        found = measure(Curvature(), context, 1.0, threshold)
        assert found.ratio == (pytest.approx(found.sharpness / 10.0) if claimed else None)
