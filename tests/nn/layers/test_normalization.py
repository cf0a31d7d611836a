"""Batch norm and layer norm against PyTorch and against central differences."""

from pathlib import Path

import numpy as np
import pytest

from gdexplorer.nn.activations import ACTIVATIONS
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.layers.normalization import BatchNorm, LayerNorm
from gdexplorer.nn.network import Memory, Network
from gdexplorer.nn.plan import Plan
from tests.builders import dense, learner, point
from tests.nn.layers.alone import passed
from tests.nn.layers.differences import error, place

KINDS = {"batch_norm": BatchNorm, "layer_norm": LayerNorm}
BOUND = 1e-6
kinds = pytest.mark.parametrize("kind", KINDS)
activations = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda record: record.name)


@pytest.fixture(scope="module")
def torch():
    with np.load(Path(__file__).parents[2] / "fixtures" / "layers_normalization.npz") as file:
        return dict(file)


def _norm(kind, activation=None):
    if activation is None:
        return KINDS[kind](id="norm")
    return KINDS[kind](id="norm", activation=activation, knobs=activation.Knobs())


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("shape", "kind"),
    [("features", "batch_norm"), ("images", "batch_norm"), ("features", "layer_norm"), ("images", "layer_norm"),
     ("sequences", "layer_norm")],
)  # fmt: skip
def test_forward_and_backward_are_pytorchs(torch, shape, kind, dtype):
    known = {key: torch[f"{shape}.{kind}.{key}"] for key in ("x", "scale", "shift", "upstream", "z", "dx", "dscale",
                                                             "dshift")}  # fmt: skip
    block = np.column_stack([known["scale"].ravel(), known["shift"].ravel()])
    z, dx, gradient, _ = passed(_norm(kind), known["x"].astype(dtype), {"norm": block}, known["upstream"])
    bound = 1e-10 if dtype is np.float64 else 1e-5 * 30
    np.testing.assert_allclose(z, known["z"], atol=bound)
    np.testing.assert_allclose(dx, known["dx"], atol=bound)
    np.testing.assert_allclose(gradient["norm"][:, 0], known["dscale"].ravel(), atol=bound)
    np.testing.assert_allclose(gradient["norm"][:, 1], known["dshift"].ravel(), atol=bound)


@pytest.mark.parametrize("shape", ["features", "images"])
def test_running_statistics_are_pytorchs_after_fifty_steps(torch, shape):
    known = {key: torch[f"{shape}.running.{key}"] for key in ("batches", "mean", "variance", "z")}
    layer, batches = BatchNorm(id="norm"), known["batches"]
    network = Network(batches.shape[2:], (layer,))
    buffers, fresh = network.initial_buffers(np.dtype(float)), {"norm": np.tile([1.0, 0.0], (batches.shape[2], 1))}
    for step in range(50):
        x = batches[step % len(batches)]
        buffers = passed(layer, x, fresh, x, buffers)[3].copy()
    found = network.buffers.block(buffers, "norm")
    np.testing.assert_allclose(found[:, 0], known["mean"], rtol=1e-12)
    np.testing.assert_allclose(found[:, 1], known["variance"], rtol=1e-12)
    plan, theta = Plan(np.dtype(float)), fresh["norm"].ravel()
    groups = network.allocate(plan, batches.shape[1])
    network.forward(plan, theta, groups, memory=Memory(buffers, None))
    plan.run([np.vstack([batches[0].reshape(batches.shape[1], -1).T, np.ones(batches.shape[1])])])
    np.testing.assert_allclose(groups[-1].tapes[-1].a.T.reshape(known["z"].shape), known["z"], rtol=1e-12)


@pytest.mark.parametrize("shape", [(3,), (3, 4, 2)])
def test_in_evaluation_batch_norm_is_an_affine_map_of_each_example(shape):
    """∂L/∂x = γ δ / √(v + ε) by the running variance; the gradient by γ and β is then also that of the affine map."""
    rng, layer, count = np.random.default_rng(5), BatchNorm(id="norm"), 4
    network = Network(shape, (layer,))
    x, upstream = rng.normal(size=(2, count, *shape))
    block, running = rng.normal(size=(3, 2)), np.column_stack([rng.normal(size=3), rng.uniform(0.2, 3.0, 3)])
    plan, gradient = Plan(np.dtype(float)), np.full(6, np.nan)
    groups, behind = network.allocate(plan, count), np.full((network.inputs + 1, count), np.nan)
    network.forward(plan, block.ravel(), groups, memory=Memory(running.ravel(), None))
    groups[-1].tapes[-1].delta[...] = upstream.reshape(count, -1).T
    network.backward(plan, block.ravel(), groups, gradient, behind)
    plan.run([np.vstack([x.reshape(count, -1).T, np.ones(count)])])
    across = (slice(None), *[None] * (len(shape) - 1))
    gamma, mean, deviation = (column[across] for column in (block[:, 0], running[:, 0], np.sqrt(running[:, 1] + 1e-5)))
    np.testing.assert_allclose(behind[:-1].T.reshape(x.shape), gamma * upstream / deviation, rtol=1e-12)
    summed = (0, *range(2, x.ndim))
    found = network.layout.block(gradient, "norm")
    np.testing.assert_allclose(found[:, 0], (upstream * (x - mean) / deviation).sum(summed), rtol=1e-10)
    np.testing.assert_allclose(found[:, 1], upstream.sum(summed), rtol=1e-10)


@kinds
@activations
def test_gradients_are_the_central_differences(kind, activation):
    for seed in range(12):  # more than a hundred networks a layer
        rng = np.random.default_rng(seed)
        size = int(rng.integers(2, 5))
        layers = [dense("before", size, "linear"), _norm(kind, activation), dense("behind", 3, "tanh")]
        objective = learner(rng, layers, inputs=int(rng.integers(1, 4)), examples=int(rng.integers(3, 8)))
        theta = place(objective, rng)
        if kind == "batch_norm":  # before it a bias has no effect
            objective.layout.view(theta, "before", "bias")[...] = 0.0
        assert error(objective, theta) <= BOUND, seed


@kinds
@pytest.mark.parametrize("shape", [(2, 3, 2), (1, 1, 1), (1, 2, 1), (3, 1, 2)])
def test_so_are_those_of_images_which_it_may_be_the_first_to_see(kind, shape):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        objective = learner(rng, [_norm(kind), dense("h", 3)], shape=shape, examples=5)
        if np.prod(shape) == 1 and kind == "layer_norm":
            continue  # one number alone is always 0
        assert error(objective, place(objective, rng)) <= BOUND, seed


def test_so_are_those_of_a_sequence_step_by_step():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        objective = learner(rng, [_norm("layer_norm"), dense("h", 3)], shape=(3, 2), examples=4)
        assert error(objective, place(objective, rng)) <= BOUND, seed


def test_one_feature_or_one_unit_is_no_special_case():
    rng = np.random.default_rng(0)
    objective = learner(rng, [dense("a", 1), _norm("batch_norm"), dense("b", 1)], inputs=1, examples=5)
    assert error(objective, place(objective, rng)) <= BOUND


@kinds
@pytest.mark.parametrize("call", ["γ", "β", "x"])
def test_a_backward_pass_that_leaves_something_out_is_caught(kind, call):
    class Wrong(KINDS[kind]):
        def backward(self, plan, tape, blocks, gradient, behind):
            super().backward(plan, tape, blocks, gradient, behind)
            target = {"γ": gradient[self.id][..., 0], "β": gradient[self.id][..., 1], "x": behind[..., :-1, :]}[call]
            plan.add(np.multiply, target, plan.scalar(1.001), target)

    rng = np.random.default_rng(1)
    layers = [dense("before", 3, "linear"), Wrong(id="norm"), dense("behind", 3, "tanh")]
    objective = learner(rng, layers, examples=6)
    assert error(objective, point(objective, rng)) > 1e-5


@kinds
def test_a_stack_of_networks_gets_what_each_gets_alone(kind):
    rng = np.random.default_rng(2)
    objective = learner(rng, [dense("a", 4, "linear"), _norm(kind), dense("b", 3)], examples=600)
    thetas = np.stack([point(objective, rng) for _ in range(5)])
    batch, out = objective.full(), np.empty(objective.layout.size)
    program = objective.program(batch)
    with np.errstate(all="ignore"):
        expected = [program.value_and_gradient(theta, np.zeros(0), batch, out) for theta in thetas]
    np.testing.assert_allclose(program.losses(thetas, np.zeros(0), batch), expected, rtol=1e-10)
    directions = np.stack([thetas[1] - thetas[0], thetas[2] - thetas[0]])
    on_plane = program.losses_on(thetas[0], directions, np.array([[0, 0], [1, 0], [0, 1.0]]), np.zeros(0), batch)
    np.testing.assert_allclose(on_plane, expected[:3], rtol=1e-9)


def test_weights_before_it_ten_times_as_large_change_nothing_but_their_own_gradient():
    rng = np.random.default_rng(3)
    objective = learner(rng, [dense("a", 4, "linear"), _norm("batch_norm"), dense("b", 3)], examples=50)
    theta, batch = point(objective, rng), objective.full()
    larger = theta.copy()
    objective.layout.block(larger, "a")[...] *= 10
    program, values, gradients = objective.program(batch), [], []
    for at in (theta, larger):
        out = np.empty_like(theta)
        with np.errstate(all="ignore"):
            values.append(program.value_and_gradient(at, np.zeros(0), batch, out))
        gradients.append(out)
    assert values[1] == pytest.approx(values[0], rel=1e-4)  # but for ε
    weights = [objective.layout.view(gradient, "a", "weight") for gradient in gradients]
    np.testing.assert_allclose(weights[1], weights[0] / 10, rtol=0.01, atol=1e-5)


def test_penalties_spare_scale_and_shift_unless_told():
    objective = learner(np.random.default_rng(4), [dense("a", 3), _norm("batch_norm")])
    marked = objective.layout.block(objective.penalty_mask, "norm")
    assert not marked.any()
    told = learner(np.random.default_rng(4), [dense("a", 3), _norm("batch_norm")], penalize_biases=True)
    assert told.penalty_mask.all()


def test_a_sequence_is_refused_in_words():
    with pytest.raises(ValueError, match="cannot take a sequence"):
        Network((4, 2), (BatchNorm(id="norm"), Dense(id="output", units=1)))
