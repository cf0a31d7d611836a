import threading

import numpy as np
import pytest

from gdexplorer.landscape.plane import Plane, identity
from gdexplorer.landscape.surface import (
    CHUNK,
    Effort,
    Stopped,
    Surface,
    Window,
    around,
    refine,
    sample,
    sample_line,
)
from gdexplorer.nn.penalties import Penalty
from gdexplorer.objectives.objective import Player
from gdexplorer.objectives.stacked import MOST
from tests.builders import dense, learner, point, value_and_gradient

WINDOW = Window((-1.5, 1.0), (-0.5, 2.0))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", ["mse", "binary_cross_entropy", "softmax_cross_entropy"])
def test_the_surface_is_the_loss_at_every_cell(rng, loss, dtype):
    objective = learner(rng, (dense("h1", 4), dense("h2", 3, "gelu")), loss, examples=40,
                        penalty=Penalty(0.01, 0.1), dtype=dtype)  # fmt: skip
    plane = Plane("random", point(objective, rng).astype(float), rng.normal(size=(2, objective.layout.size)), ("", ""))
    surface = sample(objective, plane, WINDOW, 7)
    assert (surface.xs[0], surface.xs[-1], surface.ys[0], surface.ys[-1]) == (-1.5, 1.0, -0.5, 2.0)
    for row, y in enumerate(surface.ys):
        for column, x in enumerate(surface.xs):
            theta = plane.origin + x * plane.directions[0] + y * plane.directions[1]
            expected, _ = value_and_gradient(objective.in_precision(np.float64), theta)
            assert surface.losses[row, column] == pytest.approx(expected, rel=1e-5)
    assert surface.plane is plane
    assert not any(array.flags.writeable for array in (surface.xs, surface.ys, surface.losses))


def test_a_loss_that_overflows_is_left_not_finite_in_its_own_cells(rng):
    objective = learner(rng, (dense("h1", 3, "relu"),), "mse", examples=5)
    plane = Plane("random", np.ones(objective.layout.size), np.ones((2, objective.layout.size)), ("", ""))
    surface = sample(objective, plane, Window((-1e15, 1e15), (-1.0, 1.0)), 5)
    finite = np.isfinite(surface.losses)
    assert finite[:, 2].all()
    assert not finite[:, -1].any()


def test_the_window_holds_all_points_with_a_margin_and_is_square():
    window = around(np.array([[0.0, 1.0], [4.0, 1.5], [2.0, 1.0]]), margin=0.25)
    assert window.x == pytest.approx((-1.0, 5.0))
    assert window.y == pytest.approx((-1.75, 4.25))


def test_the_window_of_a_single_point_is_not_empty():
    window = around(np.array([[3.0, -2.0]]))
    assert window.x[0] < 3 < window.x[1]
    assert window.y[0] < -2 < window.y[1]


class Hills:
    """f(x, y) = sin 3x + y², not finite beyond x = 1; remembers who asked for what."""

    players = (Player("point", slice(0, 2)),)

    def __init__(self):
        self.asked, self.threads, self.programs = [], set(), 0

    def in_precision(self, dtype):
        assert dtype == np.float32
        return self

    def full(self, split="train"):
        return None

    def program(self, like, stack=0):
        self.programs += 1
        return self

    def losses_on(self, origin, directions, coordinates, buffers, batch):
        self.asked.append(coordinates)
        self.threads.add(threading.get_ident())
        x, y = (origin + coordinates @ directions).T
        return np.where(x > 1, np.log(1 - x), np.sin(3 * x) + y**2)

    def at(self, x, y):
        return np.nan if x > 1 else np.sin(3 * x) + y**2


def _hill(surface):
    return np.array([[Hills().at(x, y) for x in surface.xs] for y in surface.ys])


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_any_objective_is_sampled_each_point_once_a_program_a_thread(threads):
    hills = Hills()
    surface = sample(hills, identity(), WINDOW, 31, Effort(threads))
    np.testing.assert_allclose(surface.losses, _hill(surface), rtol=1e-12)
    asked = np.vstack(hills.asked)
    assert len(asked) == len(np.unique(asked, axis=0)) == 31**2
    assert {len(chunk) for chunk in hills.asked} == {CHUNK, 31**2 % CHUNK}
    assert hills.programs == threads
    assert len(hills.threads) <= threads


def test_the_work_is_shared_between_threads():
    class Meeting(Hills):
        both = threading.Barrier(2, timeout=30)

        def losses_on(self, *arguments):
            if len(self.asked) < 1:
                self.both.wait()  # breaks unless two threads are at work at once
            return super().losses_on(*arguments)

    hills = Meeting()
    sample(hills, identity(), WINDOW, 31, Effort(2))
    assert len(hills.threads) == 2


def test_refining_keeps_what_is_known_and_asks_for_the_rest_alone():
    hills = Hills()
    coarse = sample(hills, identity(), WINDOW, 7)
    hills.asked.clear()
    fine = refine(hills, coarse)
    assert fine.losses.shape == (13, 13)
    np.testing.assert_array_equal(fine.losses[::2, ::2], coarse.losses)
    np.testing.assert_array_equal((fine.xs[::2], fine.ys[::2]), (coarse.xs, coarse.ys))
    np.testing.assert_allclose(np.diff(fine.xs), 2.5 / 12, rtol=1e-12)
    np.testing.assert_allclose(fine.losses, _hill(fine), rtol=1e-12)
    assert sum(map(len, hills.asked)) == 13**2 - 7**2
    assert fine.plane is coarse.plane
    assert not fine.losses.flags.writeable


def test_nested_grids_of_a_network_are_the_surfaces_sampled_at_once(rng):
    objective = learner(rng, (dense("h1", 4),), "mse", examples=20)
    plane = Plane("random", point(objective, rng), rng.normal(size=(2, objective.layout.size)), ("", ""))
    surface = sample(objective, plane, WINDOW, 5)
    for size in (9, 17, 33):
        surface = refine(objective, surface)
        at_once = sample(objective, plane, WINDOW, size)
        np.testing.assert_allclose(surface.losses, at_once.losses, rtol=1e-5)
        np.testing.assert_allclose(surface.xs, at_once.xs, rtol=1e-12, atol=1e-15)


def test_progress_grows_to_all_of_it():
    for threads in (1, 2):
        told = []
        sample(Hills(), identity(), WINDOW, 25, Effort(threads, told.append))
        assert told == sorted(told)
        assert told[-1] == 1.0
        assert len(told) == -(-(25**2) // CHUNK)


def test_an_evaluation_that_is_called_off_stops_at_the_next_chunk():
    hills, coarse = Hills(), sample(Hills(), identity(), WINDOW, 25)
    off = threading.Event()
    effort = Effort(2, lambda done: off.set(), off.is_set)
    with pytest.raises(Stopped):
        refine(hills, coarse, effort)
    assert 1 <= len(hills.asked) <= 3  # each thread may have had one under way
    hills.asked.clear()
    with pytest.raises(Stopped):
        sample(hills, identity(), WINDOW, 13, effort)
    assert not hills.asked


def test_what_fails_in_a_thread_is_raised():
    class Broken(Hills):
        def losses_on(self, *arguments):
            raise ValueError("no such point")

    with pytest.raises(ValueError, match="no such point"):
        sample(Broken(), identity(), WINDOW, 13)


def test_a_line_is_evaluated_a_quarter_beyond_both_points(rng):
    objective = learner(rng, (dense("h1", 4, "relu"),), "mse", examples=20, penalty=Penalty(0.01, 0.1))
    start, end = point(objective, rng), point(objective, rng)
    profile = sample_line(objective, start, end, 7)
    np.testing.assert_allclose(profile.ts, [-0.25, 0, 0.25, 0.5, 0.75, 1, 1.25])
    for t, loss in zip(profile.ts, profile.losses, strict=True):
        assert loss == pytest.approx(value_and_gradient(objective, (1 - t) * start + t * end)[0], rel=1e-5)
    assert profile.marks == (0.0, 1.0)
    np.testing.assert_array_equal(profile.line.origin, start)


def test_between_four_cells_a_surface_is_bilinear():
    xs, ys = np.linspace(-1, 2, 4), np.linspace(0, 1, 3)
    surface = Surface(identity(), xs, ys, 2 + 3 * xs - ys[:, None] + 0.5 * xs * ys[:, None])
    for x, y in ((-1, 0), (2, 1), (0.3, 0.7), (1.99, 0.01), (-1, 1), (0, 0.5)):
        assert surface.at(x, y) == pytest.approx(2 + 3 * x - y + 0.5 * x * y)
    for x, y in ((-1.1, 0.5), (2.1, 0.5), (0, -0.1), (0, 1.1), (np.nan, 0.5)):
        assert np.isnan(surface.at(x, y))
    holed = Surface(identity(), xs, ys, np.where(xs > 1, np.inf, 1.0) * np.ones((3, 1)))
    assert not np.isfinite(holed.at(1.5, 0.5))
    assert holed.at(0.5, 0.5) == 1


def test_a_chunk_is_made_of_whole_stacks():
    assert CHUNK % MOST == 0
    assert MOST & (MOST - 1) == 0
