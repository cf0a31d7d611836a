import numpy as np
import pytest

from gdexplorer.nn.plan import Hole, Plan, evaluate
from tests.builders import run_plan

F8 = np.dtype(np.float64)


def test_calls_run_in_the_order_in_which_they_were_added():
    plan, seen = Plan(F8), []
    for k in range(4):
        plan.add(seen.append, k)
    plan.run()
    plan.run()
    assert seen == [0, 1, 2, 3] * 2


def test_a_hole_is_filled_before_each_run_wherever_it_stands():
    plan, seen = Plan(F8), []
    plan.add(lambda *arguments: seen.append(arguments), Hole.X, 5, Hole.Y, Hole.X)
    plan.run(("x", "xt", "y", "flat y"))
    plan.run(("x2", "xt2", "y2", "flat y2"))
    assert seen == [("x", 5, "y", "x"), ("x2", 5, "y2", "x2")]


@pytest.mark.parametrize("stack", [0, 3])
def test_a_product_is_one_per_member_of_the_stack(rng, stack):
    plan = Plan(F8, stack)
    lead = (stack,) if stack else ()
    weight, x, shared = rng.normal(size=(*lead, 4, 2)), rng.normal(size=(*lead, 2, 5)), rng.normal(size=(2, 5))
    own, common = plan.buffer(4, 5), plan.buffer(4, 5)
    plan.product(weight, x, own)
    plan.product(weight, Hole.X, common)
    run_plan(plan, shared)
    np.testing.assert_allclose(own, np.einsum("...ij,...jk->...ik", weight, x), rtol=1e-14)
    np.testing.assert_allclose(common, np.einsum("...ij,jk->...ik", weight, shared), rtol=1e-14)


@pytest.mark.parametrize("stack", [0, 3])
def test_sums_are_over_the_last_two_axes(rng, stack):
    plan = Plan(F8, stack)
    lead = (stack,) if stack else ()
    a, b, y = rng.normal(size=(*lead, 4, 5)), rng.normal(size=(*lead, 4, 5)), rng.normal(size=(4, 5))
    inner, with_targets, total = plan.sum(), plan.sum(), plan.sum()
    plan.inner(a, b, inner)
    plan.inner(a, Hole.Y, with_targets)
    plan.total(a, total)
    run_plan(plan, y=y)
    np.testing.assert_allclose(inner.values, (a * b).sum((-2, -1)), rtol=1e-13)
    np.testing.assert_allclose(with_targets.values, (a * y).sum((-2, -1)), rtol=1e-13)
    np.testing.assert_allclose(total.values, a.sum((-2, -1)), rtol=1e-13)


def test_an_inner_product_refuses_an_array_it_would_have_to_copy():
    with pytest.raises(AssertionError, match="a view"):
        Plan(F8).inner(np.zeros((4, 5)).T, Hole.Y, Plan(F8).sum())


def test_buffers_and_scalars_have_the_type_and_the_stack():
    assert Plan(np.dtype(np.float32), 7).buffer(2, 3).shape == (7, 2, 3)
    assert Plan(F8).buffer(2, 3).shape == (2, 3)
    assert Plan(np.dtype(np.float32)).scalar(0.1) == np.float32(0.1)


def test_evaluate_runs_a_contribution_on_an_array_of_any_shape(rng):
    z = rng.normal(size=(2, 3, 4))
    doubled = evaluate(lambda plan, z, out: plan.add(np.add, z, z, out), z)
    np.testing.assert_array_equal(doubled, 2 * z)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("stack", [0, 3])
def test_buffers_are_zeros_that_begin_a_cache_line(dtype, stack):
    for shape in ((1, 1), (5, 7), (33, 464)):
        buffer = Plan(np.dtype(dtype), stack).buffer(*shape)
        assert buffer.ctypes.data % 64 == 0
        assert buffer.flags.c_contiguous
        assert buffer.flags.writeable
        assert buffer.dtype == dtype
        assert not buffer.any()
