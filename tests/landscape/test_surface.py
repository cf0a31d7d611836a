import numpy as np
import pytest

from gdexplorer.landscape.plane import Plane
from gdexplorer.landscape.surface import Window, around, sample
from gdexplorer.nn.penalties import Penalty
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
