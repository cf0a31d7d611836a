import numpy as np
import pytest

from gdexplorer.nn.activations import ACTIVATIONS
from gdexplorer.nn.losses import LOSSES
from gdexplorer.nn.penalties import Penalty
from gdexplorer.objectives.batch import whole
from gdexplorer.objectives.stacked import EXAMPLES, MOST, Stacked
from gdexplorer.objectives.streams import Streams
from tests.builders import dense, learner, point, value_and_gradient
from tests.over_rows import over_rows

HIDDEN = (dense("h1", 4), dense("h2", 3))
COUNTS = (1, 31, 32, 33, 70)
SIZES = (1, 7, EXAMPLES, EXAMPLES + 1, 2 * EXAMPLES + 40)


def _new(rng, hidden=HIDDEN, loss="mse", **settings):
    return learner(rng, hidden, loss, penalty=Penalty(0.02, 0.3), **settings)


def _one_by_one(objective, thetas):
    """L at each row by the single program."""
    return np.array([value_and_gradient(objective, theta.astype(objective.dtype))[0] for theta in thetas])


def _plane(objective, rng, count):
    origin = point(objective, rng)
    directions = rng.normal(size=(2, objective.layout.size))
    coordinates = rng.uniform(-2, 2, (count, 2))
    return origin, directions, coordinates, origin + coordinates @ directions


def _check(objective, rng, count, tolerance=1e-12):
    batch = objective.full()
    program, buffers = objective.program(batch), np.zeros(0)
    origin, directions, coordinates, thetas = _plane(objective, rng, count)
    expected = _one_by_one(objective, thetas)
    np.testing.assert_allclose(program.losses(thetas, buffers, batch), expected, rtol=tolerance)
    on_plane = program.losses_on(origin, directions, coordinates, buffers, batch)
    np.testing.assert_allclose(on_plane, expected, rtol=10 * tolerance)


@over_rows("loss", LOSSES, ids=lambda record: record.name)
@over_rows("activation", ACTIVATIONS, ids=lambda record: record.name)
def test_every_network_is_the_single_one_point_by_point(rng, activation, loss):
    _check(_new(rng, (dense("h1", 4, activation), dense("h2", 3, activation)), loss, examples=9), rng, 37)


@over_rows("count", COUNTS)
@over_rows("examples", SIZES)
def test_chunks_that_are_not_full_count_too(rng, count, examples):
    _check(_new(rng, examples=examples), rng, count)


@pytest.mark.parametrize("hidden", [(), (dense("h1", 1, "relu"),), (dense("a", 3, "relu"), dense("b", 3, "relu"))])
def test_shallow_and_narrow_networks(rng, hidden):
    _check(_new(rng, hidden), rng, 5)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda record: record.name)
def test_float32_is_close(rng, loss):
    objective = _new(rng, loss=loss, examples=600)
    batch, narrow = objective.full(), objective.in_precision(np.float32)
    origin, directions, coordinates, thetas = _plane(objective, rng, 33)
    expected = _one_by_one(objective, thetas)
    program = narrow.program(narrow.full())
    for found in (
        program.losses_on(origin, directions, coordinates, np.zeros(0), narrow.full()),
        program.losses(thetas, np.zeros(0), narrow.full()),
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert batch.x.dtype == np.float64


def test_the_test_split_is_a_batch_like_any_other(rng):
    objective = _new(rng, examples=40)
    program, thetas = objective.program(objective.full()), rng.normal(size=(3, objective.layout.size))
    test = program.losses(thetas, np.zeros(0), objective.full("test"))
    out = np.empty(objective.layout.size)
    single = [program.value_and_gradient(theta, np.zeros(0), objective.full("test"), out) for theta in thetas]
    np.testing.assert_allclose(test, single, rtol=1e-12)


def test_a_point_that_overflows_spoils_no_other(rng):
    objective = _new(rng)
    thetas = rng.normal(size=(5, objective.layout.size))
    thetas[2] = 1e200
    losses = objective.program(objective.full()).losses(thetas, np.zeros(0), objective.full())
    assert np.isfinite(losses).tolist() == [True, True, False, True, True]
    rest = [0, 1, 3, 4]
    np.testing.assert_allclose(losses[rest], _one_by_one(objective, thetas[rest]), rtol=1e-12)


def test_a_plane_far_beyond_float32_is_not_finite_and_warns_nobody(rng):
    narrow = _new(rng).in_precision(np.float32)
    size = narrow.layout.size
    losses = narrow.program(narrow.full()).losses_on(
        np.full(size, 1e50), np.ones((2, size)), np.zeros((3, 2)), np.zeros(0), narrow.full()
    )
    assert not np.isfinite(losses).any()


@pytest.mark.parametrize(("units", "examples"), [(1, 1), (3, 40), (16, 500), (64, 1797), (300, 600)])
def test_whole_stacks_make_up_the_most(rng, units, examples):
    stacked = Stacked(_new(rng, (dense("h1", units),)), examples)
    asked = []
    stacked._losses = lambda mixing: asked.append(mixing) or np.zeros(len(mixing))
    stacked.losses_on(np.zeros(units * 4 + 1), np.zeros((2, units * 4 + 1)), np.zeros((MOST, 2)), _batch(examples))
    assert sum(map(len, asked)) == MOST
    assert len(asked[0]) >= 2


def _batch(size):
    return whole(np.ones((size, 3)), np.ones((size, 1)))


def test_one_program_goes_from_plane_to_plane_and_batch_to_batch(rng):
    objective = _new(rng, examples=40)
    program = objective.program(objective.full())
    planes, splits = [_plane(objective, rng, 5) for _ in range(2)], ("train", "train", "test", "test")
    for (origin, directions, coordinates, thetas), split in zip(planes * 2, splits, strict=True):
        batch, out = objective.full(split), np.empty(objective.layout.size)
        expected = [objective.program(batch).value_and_gradient(theta, np.zeros(0), batch, out) for theta in thetas]
        found = program.losses_on(origin, directions, coordinates, np.zeros(0), batch)
        np.testing.assert_allclose(found, expected, rtol=1e-11)
        np.testing.assert_allclose(program.losses(thetas, np.zeros(0), batch), expected, rtol=1e-12)


def test_a_plane_that_is_moved_in_place_is_seen_anew(rng):
    objective = _new(rng)
    program, batch = objective.program(objective.full()), objective.full()
    origin, directions, coordinates, _ = _plane(objective, rng, 4)
    for _ in range(2):
        found = program.losses_on(origin, directions, coordinates, np.zeros(0), batch)
        np.testing.assert_allclose(found, _one_by_one(objective, origin + coordinates @ directions), rtol=1e-11)
        origin += 0.5


@pytest.mark.parametrize("loss", ["mse", "softmax_cross_entropy"])
def test_a_mini_batch_that_is_refilled_in_place_is_read_anew(rng, loss):
    objective = _new(rng, loss=loss, examples=3 * EXAMPLES, batch_size=EXAMPLES + 40)
    streams, (origin, directions, coordinates, thetas) = Streams.of(1), _plane(objective, rng, 3)
    program, out, seen = objective.program(objective.full()), np.empty(objective.layout.size), []
    for _ in range(6):
        batch = objective.draw(streams)
        expected = [program.value_and_gradient(theta, np.zeros(0), batch, out) for theta in thetas]
        found = program.losses_on(origin, directions, coordinates, np.zeros(0), batch)
        np.testing.assert_allclose(found, expected, rtol=1e-11)
        np.testing.assert_allclose(program.losses(thetas, np.zeros(0), batch), expected, rtol=1e-12)
        seen.append(batch)
    assert any(a is b for a in seen[:3] for b in seen[3:])
