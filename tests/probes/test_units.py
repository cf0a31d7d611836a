from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.nn.layers.dropout import Dropout
from gdexplorer.nn.layers.normalization import BatchNorm, LayerNorm
from gdexplorer.probes.context import Context
from gdexplorer.probes.units import MOST, Units, measure, steepest
from tests.builders import ACTIVATION, dense, learner, point

HIDDEN = (dense("h1", 5, "tanh"), dense("h2", 3, "relu"))


def looked(objective, theta, request=Units(), masks=None, gradient=None):  # noqa: B008 - a frozen request
    gradient = theta * 0 if gradient is None else gradient
    context = Context(4, objective, theta, gradient, {}, 7, objective.fresh_buffers())
    return measure(request, context, masks or {})


def activations(objective, theta, x):
    """Activations of the inputs and of every dense layer, written as one would on paper, one example at a time."""
    found = []
    for row in x:
        a = [np.array(row)]
        for layer in objective.network.layers:
            block = objective.layout.block(theta, layer.id)
            a.append(np.array([layer.activation(np.array([w[:-1] @ a[-1] + w[-1]]))[0] for w in block]))
        found.append(a)
    return [np.array([example[k] for example in found]) for k in range(len(objective.network.layers) + 1)]


def test_maps_are_activations_over_the_input_plane_row_by_row(rng):
    objective = learner(rng, HIDDEN)
    theta = point(objective, rng)
    report = looked(objective, theta, Units(size=6))
    assert report.plane
    axis = np.linspace(-1.5, 1.5, 6)
    for row, y in enumerate(axis):
        by_hand = activations(objective, theta, [(x, y) for x in axis])
        for column, found in zip(report.columns, by_hand, strict=True):
            np.testing.assert_allclose(column.maps[:, row, :].T, found, atol=1e-14)
    assert [column.id for column in report.columns] == ["inputs", "h1", "h2", "output"]
    assert [column.parameters for column in report.columns] == [0, 15, 18, 4]
    assert report.columns[0].names == ("x0", "x1")


def test_the_map_of_the_unit_asked_for_is_finer(rng):
    objective = learner(rng, HIDDEN)
    theta = point(objective, rng)
    report = looked(objective, theta, Units(unit=("h2", 1), fine=9))
    by_hand = activations(objective, theta, [(0.0, y) for y in np.linspace(-1.5, 1.5, 9)])
    np.testing.assert_allclose(report.fine[:, 4], by_hand[2][:, 1], atol=1e-14)
    assert looked(objective, theta, Units(unit=("h9", 1))).fine is None
    assert looked(objective, theta, Units(unit=("h2", 3))).fine is None


def test_means_and_the_chosen_example_are_over_the_training_set(rng):
    objective = learner(rng, HIDDEN, inputs=3, examples=9)
    theta = point(objective, rng)
    report = looked(objective, theta, Units(example=11))  # beyond the last it begins anew
    assert not report.plane
    assert report.example_words == "squares: training example 3 of 9"
    by_hand = activations(objective, theta, objective.data.train.x)
    for column, found in zip(report.columns, by_hand, strict=True):
        assert column.maps.size == 0
        np.testing.assert_allclose(column.means, found.mean(axis=0), atol=1e-14)
        np.testing.assert_allclose(column.example, found[2], atol=1e-14)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "elu", "linear", "gelu"])
def test_dead_and_saturated_units_are_those_of_a_loop(rng, activation):
    objective = learner(rng, (dense("h1", 24, activation),), examples=40)
    theta = point(objective, rng, 6.0)
    objective.layout.view(theta, "h1", "bias")[:6] = -60.0  # a rectifier is dead there
    column = looked(objective, theta).columns[1]
    f, block = ACTIVATION[activation], objective.layout.block(theta, "h1")
    z = np.linspace(-30, 30, 60_001)
    most = np.abs(np.diff(f(z)) / np.diff(z)).max()
    dead, saturated = [], []
    for weights in block:
        zs = np.array([weights[:-1] @ x + weights[-1] for x in objective.data.train.x])
        slopes = np.abs(f(zs + 1e-6) - f(zs - 1e-6)) / 2e-6
        dead.append(all(f(np.array([value]))[0] == 0 for value in zs))
        saturated.append(sum(slope < 0.01 * most for slope in slopes) > 0.95 * 40 and not dead[-1])
    assert column.dead.tolist() == dead
    assert column.saturated.tolist() == saturated
    assert all(gone or flat for gone, flat in zip(dead[:6], saturated[:6], strict=True)) == (activation != "linear")


def test_sigmoids_far_from_zero_are_saturated(rng):
    objective = learner(rng, (dense("h1", 4, "sigmoid"),))
    theta = point(objective, rng, 0.01)
    objective.layout.view(theta, "h1", "bias")[1:3] = 30.0
    assert looked(objective, theta).columns[1].saturated.tolist() == [False, True, True, False]


@pytest.mark.parametrize(("name", "most"), [("tanh", 1.0), ("sigmoid", 0.25), ("relu", 1.0), ("softplus", 1.0)])
def test_the_steepest_slope_is_the_known_one(name, most):
    assert steepest(ACTIVATION[name], ACTIVATION[name].Knobs()) == pytest.approx(most, rel=1e-6)


def test_norms_and_dropout_belong_to_their_column_and_masks_hatch_its_units(rng):
    norm = BatchNorm(id="n", activation=ACTIVATION["relu"], knobs=ACTIVATION["relu"].Knobs())
    objective = learner(rng, (dense("h1", 4, "linear"), norm, Dropout(id="d", rate=0.5), dense("h2", 2)))
    mask = np.array([[0, 2.0], [2, 2], [2, 0], [0, 0]])
    column = looked(objective, point(objective, rng), masks={"d": mask}).columns[1]
    assert (column.id, column.ids, column.parts) == ("h1", ("h1", "n", "d"), ("dense", "batch norm", "dropout"))
    assert (column.activation, column.parameters) == ("ReLU", 12 + 8)
    assert column.dropped.tolist() == [True, False, False, True]
    assert column.share.tolist() == [0.5, 0, 0.5, 1]
    assert (column.maps >= 0).all()  # behind the norm's own activation
    assert column.maps.max() > 0


def test_what_is_no_column_of_units_is_a_block(rng):
    layers = (Convolution(id="c1", filters=3, size=3, stride=1, padding=0), LayerNorm(id="n"), dense("h1", 4))
    report = looked(learner(rng, layers, shape=(2, 5, 5)), point(learner(rng, layers, shape=(2, 5, 5)), rng))
    assert [(column.id, column.drawn, column.shape) for column in report.columns] == [
        ("inputs", False, (2, 5, 5)), ("c1", False, (3, 3, 3)), ("n", False, (3, 3, 3)), ("h1", True, (4,)),
        ("output", True, (1,)),
    ]  # fmt: skip
    assert report.columns[1].parameters == 3 * (2 * 9 + 1)


def test_only_so_many_units_have_maps_but_all_are_counted(rng):
    objective = learner(rng, (dense("h1", MOST + 5, "relu"),))
    theta = point(objective, rng)
    objective.layout.view(theta, "h1", "bias")[...] = -100.0
    column = looked(objective, theta).columns[1]
    assert (len(column.maps), column.shown, column.units) == (MOST, MOST, MOST + 5)
    assert column.dead.sum() == MOST + 5


def test_features_are_the_inputs(rng):
    objective = replace(learner(rng, (), inputs=2), features=("x", "xy"))
    network = replace(objective.network, shape=(2,))
    report = looked(replace(objective, network=network), np.array([1.0, 2.0, 0.0]), Units(size=3))
    assert report.columns[0].names == ("x", "xy")
    x, y = np.meshgrid([-1.5, 0, 1.5], [-1.5, 0, 1.5])
    np.testing.assert_allclose(report.columns[0].maps, [x, x * y])
    np.testing.assert_allclose(report.columns[1].maps[0], x + 2 * x * y)
