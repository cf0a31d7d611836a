"""Recurrent layers against loops on paper, PyTorch, central differences, and themselves in stacks."""

from pathlib import Path

import numpy as np
import pytest

from gdexplorer.nn.activations import ACTIVATIONS
from gdexplorer.nn.layers.gru import Gru
from gdexplorer.nn.network import Network
from gdexplorer.nn.plan import Plan
from gdexplorer.objectives.side_by_side import SideBySide
from tests.builders import dense, learner, point, run_plan, value_and_gradient
from tests.differences import TOLERANCE, error
from tests.nn.layers.alone import passed
from tests.nn.layers.onpaper import clear_place, gru, on_paper, rnn
from tests.over_rows import over_rows

SEEDS = 100
NUMBERS = {"leaky_relu": {"slope": 0.3}, "elu": {"alpha": 1.7}}
NETWORKS = {
    "rnn": (rnn("a", 3),),
    "gru": (gru("a", 3),),
    "one unit": (rnn("a", 1, "relu"),),
    "rnn into dense": (rnn("a", 3, "gelu", "all"), dense("b", 4)),
    "gru into dense": (gru("a", 3, "all"), dense("b", 4, "relu")),
    "rnn into rnn": (rnn("a", 3, "sigmoid", "all"), rnn("b", 2, "silu")),
    "gru into rnn": (gru("a", 3, "all"), rnn("b", 4, "softplus")),
    "rnn into gru": (rnn("a", 2, "elu", "all"), gru("b", 3)),
    "gru into gru": (gru("a", 2, "all"), gru("b", 3, "all")),
}
TORCH = {"tanh": lambda units, returns: rnn("a", units, "tanh", returns),
         "relu": lambda units, returns: rnn("a", units, "relu", returns),
         "gru": lambda units, returns: gru("a", units, returns)}  # fmt: skip
activations = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda record: record.name)
each = over_rows("hidden", NETWORKS.values(), ids=NETWORKS)


@pytest.fixture(scope="module")
def torch():
    with np.load(Path(__file__).parents[2] / "fixtures" / "layers_recurrent.npz") as file:
        return dict(file)


@each
@pytest.mark.parametrize("examples", [1, 5])
@pytest.mark.parametrize("steps", [1, 2, 7])
@pytest.mark.parametrize("stack", [0, 3])
def test_the_plan_computes_what_stands_on_paper(rng, hidden, examples, steps, stack):
    objective = learner(rng, hidden, shape=(steps, 2), examples=examples)
    network, plan = objective.network, Plan(np.dtype(float), stack)
    theta = rng.normal(size=(stack, objective.layout.size) if stack else objective.layout.size)
    groups = network.allocate(plan, examples)
    network.forward(plan, theta, groups)
    expected = [on_paper(objective, t)[0].T for t in np.atleast_2d(theta)]
    for _ in range(2):  # the second run finds the first one's leftovers
        run_plan(plan, objective.full().x)
        found = groups[-1].tapes[-1].a
        np.testing.assert_allclose(found, expected if stack else expected[0], rtol=1e-12, atol=1e-14)


@over_rows("kind", TORCH)
@over_rows("returns", ["last", "all"])
@over_rows("size", ["one", "few", "long"])
@over_rows(("dtype", "bound"), [(np.float64, 1e-10), (np.float32, 1e-5)], ids=["float64", "float32"])
def test_forward_and_backward_are_pytorchs(torch, kind, returns, size, dtype, bound):
    known = {key: torch[f"{size}/{kind}/{returns}/{key}"] for key in ("x", "a", "a.h", "upstream", "out", "dx", "da",
                                                                      "da.h")}  # fmt: skip
    layer = TORCH[kind](known["out"].shape[-1], returns)
    out, dx, gradient, _ = passed(layer, known["x"].astype(dtype), known, known["upstream"])
    assert out.dtype == dtype
    found = {"out": out, "dx": dx, "da": gradient["a"], "da.h": gradient["a.h"]}
    for key, array in found.items():
        assert np.abs(array - known[key]).max() <= bound * max(1.0, np.abs(known[key]).max()), key


@over_rows("kind", TORCH)
@over_rows("returns", ["last", "all"])
@over_rows("size", ["one", "few", "long"])
def test_what_it_shows_are_the_states_and_their_gradients(torch, kind, returns, size):
    known = {key: torch[f"{size}/{kind}/{returns}/{key}"] for key in ("x", "a", "a.h", "upstream", "out", "dh")}
    count, units = len(known["x"]), known["out"].shape[-1]
    layer = TORCH[kind](units, returns)
    network = Network(known["x"].shape[1:], (layer,))
    theta, plan = np.concatenate([known["a"].ravel(), known["a.h"].ravel()]), Plan(np.dtype(float))
    groups = network.allocate(plan, count)
    network.forward(plan, theta, groups)
    tape = groups[0].tapes[0]
    plan.add(np.copyto, tape.delta, known["upstream"].reshape(count, -1).T)
    network.backward(plan, theta, groups, np.empty_like(theta))
    run_plan(plan, np.vstack([known["x"].reshape(count, -1).T, np.ones(count)]))
    shown = {name: array.T.reshape(count, -1, units) for name, array in layer.shown(tape).items()}
    assert set(shown) == {"hidden", "hidden_delta"}
    np.testing.assert_allclose(shown["hidden_delta"], known["dh"], rtol=1e-10, atol=1e-12)
    states = known["out"] if returns == "all" else known["out"][:, None]
    np.testing.assert_allclose(shown["hidden"][:, -states.shape[1] :], states, rtol=1e-10, atol=1e-12)


def _drawn(seed, make):
    """A network around a layer, its sizes and loss drawn by the seed; of seed 0 all sizes are 1."""
    rng = np.random.default_rng(seed)
    size = (lambda most: 1) if seed == 0 else (lambda most: int(rng.integers(1, most)))
    loss = "softmax_cross_entropy" if seed % 2 else "mse"
    return learner(rng, [make(seed, size(5))], loss, shape=(size(5), size(4)), examples=size(6)), rng


@activations
def test_gradients_of_the_simple_layer_are_the_central_differences(activation):
    for seed in range(SEEDS):
        knobs = activation.Knobs(**(NUMBERS.get(activation.name, {}) if seed % 2 else {}))
        objective, rng = _drawn(seed, lambda seed, units: rnn("a", units, activation, "last", knobs))  # noqa: B023
        assert error(objective, clear_place(objective, rng)) <= TOLERANCE, seed


def test_so_are_those_of_the_gated_layer():
    for seed in range(SEEDS):
        objective, rng = _drawn(seed, lambda seed, units: gru("a", units))
        assert error(objective, clear_place(objective, rng, 0.9)) <= TOLERANCE, seed


@each
def test_so_are_those_of_layers_in_a_row(hidden):
    for seed in range(8):
        rng = np.random.default_rng(seed)
        objective = learner(rng, hidden, shape=(1 + seed % 4, 1 + seed % 3), examples=1 + seed % 5)
        assert error(objective, clear_place(objective, rng)) <= TOLERANCE, seed


@each
def test_in_float32_they_are_those_of_float64(rng, hidden):
    objective = learner(rng, hidden, shape=(5, 2), examples=6)
    theta = clear_place(objective, rng)
    value, gradient = value_and_gradient(objective, theta)
    coarse, found = value_and_gradient(objective.in_precision(np.float32), theta.astype(np.float32))
    assert found.dtype == np.float32
    assert coarse == pytest.approx(value, rel=1e-5)
    np.testing.assert_allclose(found, gradient, atol=1e-5 * np.abs(gradient).max())


@each
@pytest.mark.parametrize("shape", [(1, 1), (4, 2), (9, 3)])
@pytest.mark.parametrize("examples", [1, 4, 7])
def test_abreast_each_gets_bit_for_bit_what_it_gets_alone(rng, hidden, shape, examples):
    objective = learner(rng, hidden, shape=shape, examples=examples)
    together = SideBySide(objective, 3)
    for theta in together.thetas:
        theta[...] = point(objective, rng)
    with np.errstate(all="ignore"):
        values = together.values_and_gradients(objective.full())
    for value, theta, gradient in zip(values, together.thetas, together.gradients, strict=True):
        alone, expected = value_and_gradient(objective, theta.copy())
        assert value == alone
        np.testing.assert_array_equal(gradient, expected)


@each
def test_a_grid_of_points_gets_the_losses_of_each(rng, hidden):
    objective = learner(rng, hidden, shape=(5, 2), examples=6)
    thetas = np.stack([point(objective, rng) for _ in range(5)])
    batch, empty = objective.full(), np.zeros(0)
    program = objective.program(batch)
    expected = [value_and_gradient(objective, theta)[0] for theta in thetas]
    np.testing.assert_allclose(program.losses(thetas, empty, batch), expected, rtol=1e-12)
    directions, coordinates = thetas[1:3], rng.normal(size=(7, 2))
    points = thetas[0] + coordinates @ directions
    expected = [value_and_gradient(objective, theta)[0] for theta in points]
    found = program.losses_on(thetas[0], directions, coordinates, empty, batch)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("layer", [rnn("a", 3), gru("a", 3)], ids=["rnn", "gru"])
def test_one_of_plain_features_is_refused_in_words(layer):
    with pytest.raises(ValueError, match=r"needs sequences, steps × features, not inputs of shape 4"):
        Network((4,), (layer,))


def _filled(layer, inputs=(6, 2)):
    rng = np.random.default_rng(3)
    network, gains = Network(inputs, (layer,)), []

    def draw(n_out, n_in, gain, field):
        gains.append((n_out, n_in, gain, field))
        return rng.normal(size=(n_out, n_in)), rng.normal(size=n_out)

    theta = np.full(network.layout.size, np.nan)
    layer.fill(network.layout.views(theta), inputs, draw)
    assert np.isfinite(theta).all()
    return network.layout.views(theta), gains


@pytest.mark.parametrize("make", [rnn, gru])
@pytest.mark.parametrize("radius", [0.5, 1.1])
def test_recurrent_weights_start_as_told(make, radius):
    squares = lambda layer: np.split(_filled(layer)[0]["a.h"][:, :5], 3 if isinstance(layer, Gru) else 1)  # noqa: E731
    orthogonal = squares(make("a", 5, start="orthogonal", radius=radius))
    for q in orthogonal:
        np.testing.assert_allclose(q @ q.T, radius**2 * np.eye(5), atol=1e-14)
        assert np.abs(np.linalg.eigvals(q)).max() == pytest.approx(radius)
    for q, other in zip(orthogonal[1:], orthogonal, strict=False):
        assert np.abs(q - other).max() > 0.1
    for identity in squares(make("a", 5, start="identity", radius=radius)):
        np.testing.assert_array_equal(identity, radius * np.eye(5))
    for drawn in squares(make("a", 5, start="initializer", radius=radius)):
        assert np.abs(drawn @ drawn.T - radius**2 * np.eye(5)).max() > 0.1


def test_the_other_weights_are_drawn_with_the_gain_of_what_comes_behind_them():
    assert _filled(rnn("a", 5, "relu"))[1] == [(5, 2, np.sqrt(2), 1), (5, 5, np.sqrt(2), 1)]
    assert _filled(gru("a", 5))[1] == [(5, 2, 1.0, 1), (5, 5, 1.0, 1)] * 3


@pytest.mark.parametrize("value", [0.0, 0.1])
def test_an_orthogonal_start_needs_no_random_draw(value):
    layer = rnn("a", 4)
    theta = np.zeros(Network((3, 1), (layer,)).layout.size)
    blocks = Network((3, 1), (layer,)).layout.views(theta)
    layer.fill(blocks, (3, 1), lambda n_out, n_in, gain, field: (np.full((n_out, n_in), value), np.zeros(n_out)))
    np.testing.assert_allclose(blocks["a.h"] @ blocks["a.h"].T, np.eye(4), atol=1e-14)
