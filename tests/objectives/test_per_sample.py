"""Per-sample gradients against a loop over batches of one."""

import numpy as np
import pytest

from gdexplorer.nn.activations import ACTIVATIONS
from gdexplorer.nn.layers.dropout import Dropout
from gdexplorer.nn.layers.gru import Gru
from gdexplorer.nn.layers.normalization import BatchNorm, LayerNorm
from gdexplorer.nn.layers.rnn import Rnn
from gdexplorer.nn.losses import LOSSES
from gdexplorer.nn.penalties import Penalty
from gdexplorer.objectives.batch import whole
from gdexplorer.objectives.per_sample import NO_SAMPLES, TIED, by_products
from tests.builders import begin, dense, learner, point
from tests.nn.layers.images import average_pool, conv, max_pool
from tests.over_rows import over_rows

NOTHING = np.zeros(0)
each_loss = over_rows("loss", LOSSES, ids=lambda record: record.name)


def _alone(objective, theta):
    """Return the gradient of each training example as a batch of its own, (B, P), each by a program of its own."""
    full, found = objective.full(), np.empty((objective.full().size, theta.size), theta.dtype)
    for k, row in enumerate(found):
        batch, out = whole(full.xt[k : k + 1], np.ascontiguousarray(full.y.T[k : k + 1])), np.empty_like(theta)
        with np.errstate(all="ignore"):
            objective.program(batch).value_and_gradient(theta, NOTHING, batch, out)
        row[...] = out
    return found


def _agrees(objective, theta, bound=1e-12):
    full = objective.full()
    found = objective.program(full).sample_gradients(theta, NOTHING, full)
    expected = _alone(objective, theta)
    assert found.dtype == theta.dtype
    assert found.shape == (full.size, theta.size)
    assert np.abs(found - expected).max() <= bound * max(np.abs(expected).max(), 1.0)
    assert np.abs(expected).max() > 1e-3
    out = np.empty_like(theta)
    with np.errstate(all="ignore"):
        objective.program(full).value_and_gradient(theta, NOTHING, full, out)
    np.testing.assert_allclose(found.mean(axis=0), out, rtol=0, atol=bound * max(np.abs(out).max(), 1.0))


@each_loss
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda record: record.name)
def test_dense_networks_have_those_of_batches_of_one(rng, loss, activation):
    hidden = (dense("h1", 4, activation), dense("h2", 3, "tanh"), dense("h3", 3, "tanh"))
    penalty = Penalty(l1=0.05, l2=0.2)
    objective = learner(rng, hidden, loss, penalty=penalty, inputs=3, examples=7)
    assert by_products(objective.network)
    _agrees(objective, point(objective, rng))


NETWORKS = {
    "none hidden": ((), {}),
    "wide": ((dense("h1", 40, "relu"), dense("h2", 36, "relu")), {"inputs": 2}),
    "dropout": ((dense("h1", 5), Dropout(id="d", rate=0.5)), {"inputs": 2}),
    "pooled images": ((max_pool("m"), dense("h", 4)), {"shape": (1, 4, 4)}),
    "convolution": ((conv("c", 3, padding=1, activation="relu"), average_pool(), dense("h", 4)), {"shape": (1, 4, 4)}),
    "layer norm": ((dense("h", 4), LayerNorm(id="n")), {"inputs": 3}),
    "rnn": ((Rnn(id="r", units=3),), {"shape": (5, 2)}),
    "gru": ((Gru(id="r", units=3),), {"shape": (5, 2)}),
}  # fmt: skip


@each_loss
@pytest.mark.parametrize(("hidden", "kind"), NETWORKS.values(), ids=NETWORKS)
def test_so_have_networks_of_other_layers(rng, loss, hidden, kind):
    objective = learner(rng, hidden, loss, penalty=Penalty(l2=0.1), penalize_biases=True, examples=8, **kind)
    _agrees(objective, point(objective, rng))


def test_they_are_in_the_precision_of_the_network(rng):
    objective = learner(rng, (dense("h1", 4),), "mse", dtype=np.float32)
    _agrees(objective, point(objective, rng), 1e-5)


def test_masks_are_left_aside(rng):
    objective = learner(rng, (dense("h1", 6), Dropout(id="d", rate=0.5)), "mse")
    theta, batch = point(objective, rng), objective.full()
    masked = batch.with_masks(np.zeros((6, batch.size)))
    program = objective.program(batch)
    np.testing.assert_array_equal(
        program.sample_gradients(theta, NOTHING, masked), program.sample_gradients(theta, NOTHING, batch)
    )


def test_the_programs_own_last_pass_is_left_alone(rng):
    objective = learner(rng, (dense("h1", 4),), "mse")
    theta, full, out = point(objective, rng), objective.full(), np.empty(objective.layout.size)
    program = objective.program(full)
    program.value_and_gradient(theta, NOTHING, full, out)
    before = {id: delta.copy() for id, delta in program.deltas().items()}
    program.sample_gradients(theta + 1.0, NOTHING, full)
    for id, delta in program.deltas().items():
        np.testing.assert_array_equal(delta, before[id])


def test_batch_normalization_is_refused_in_words(rng):
    objective = learner(rng, (dense("h1", 4), BatchNorm(id="n")), "mse")
    assert "per_sample" not in objective.can
    with pytest.raises(ValueError, match=TIED):
        objective.program(objective.full()).sample_gradients(point(objective, rng), NOTHING, objective.full())


@pytest.mark.parametrize("kind", ["himmelblau", "dirac", "gan"])
def test_so_is_what_has_no_examples(kind):
    run = begin({"problem": {"kind": kind}})
    assert "per_sample" not in run.objective.can
    with pytest.raises(ValueError, match=NO_SAMPLES):
        run.program.sample_gradients(run.state.theta, run.state.buffers, run.objective.full())
