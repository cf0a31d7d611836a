"""Dropout: masks that come with the batch."""

import numpy as np
import pytest

from gdexplorer.nn.layers.dropout import Dropout
from gdexplorer.objectives.streams import Streams
from tests.builders import dense, forward, learner, point
from tests.nn.layers.differences import error, place

LAYERS = [dense("a", 30), Dropout(id="drop", rate=0.3), dense("b", 20), Dropout(id="last", rate=0.5)]


def _value(objective, theta, batch):
    out = np.empty_like(theta)
    with np.errstate(all="ignore"):
        return objective.program(batch).value_and_gradient(theta, np.zeros(0), batch, out)


def test_without_masks_it_passes_on_what_it_is_given():
    rng = np.random.default_rng(0)
    objective, bare = learner(rng, LAYERS), learner(np.random.default_rng(0), [LAYERS[0], LAYERS[2]])
    theta, batch = point(objective, rng), objective.full()
    assert _value(objective, theta, batch) == _value(bare, theta, bare.full())
    outputs = objective.program(batch).predict(theta, np.zeros(0), objective.data.train.x)
    np.testing.assert_allclose(outputs, forward(bare, theta, objective.data.train.x), rtol=1e-12)


def test_masks_are_drawn_by_the_rate_and_keep_the_mean():
    objective = learner(np.random.default_rng(1), LAYERS, examples=4000)
    batch = objective.draw(Streams.of(3))
    first, last = batch.arrays[-1][:30], batch.arrays[-1][30:]
    assert set(np.unique(first)) == {0.0, 1 / 0.7}
    assert set(np.unique(last)) == {0.0, 2.0}
    assert np.mean(first == 0) == pytest.approx(0.3, abs=0.01)
    assert first.mean() == pytest.approx(1, abs=0.01)
    again, other = objective.draw(Streams.of(3)), objective.draw(Streams.of(4))
    np.testing.assert_array_equal(again.arrays[-1], batch.arrays[-1])
    assert (other.arrays[-1] != batch.arrays[-1]).any()


def test_they_move_no_other_stream():
    dropped, bare = (learner(np.random.default_rng(2), layers, batch_size=2) for layers in (LAYERS, LAYERS[:1]))
    streams = [Streams.of(5), Streams.of(5)]
    for _ in range(8):
        batches = [objective.draw(own) for objective, own in zip((dropped, bare), streams, strict=True)]
        np.testing.assert_array_equal(batches[0].x, batches[1].x)


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.9])
def test_gradients_under_a_mask_are_the_central_differences(rate):
    for seed in range(35):
        rng = np.random.default_rng(seed)
        size = int(rng.integers(1, 5))
        layers = [dense("a", size), Dropout(id="drop", rate=rate), dense("b", 3)]
        objective = learner(rng, layers, inputs=int(rng.integers(1, 4)), examples=int(rng.integers(1, 8)))
        assert error(objective, place(objective, rng), objective.draw(Streams.of(seed))) <= 1e-7, seed


def test_as_the_first_layer_it_drops_inputs():
    rng = np.random.default_rng(3)
    objective = learner(rng, [Dropout(id="drop", rate=0.5), dense("a", 3)], inputs=6, examples=8)
    assert error(objective, point(objective, rng), objective.draw(Streams.of(0))) <= 1e-7


def test_the_loss_with_masks_is_another_than_in_evaluation():
    rng = np.random.default_rng(4)
    objective = learner(rng, LAYERS, examples=50)
    theta, drawn, full = point(objective, rng), objective.draw(Streams.of(0)), objective.full()
    assert _value(objective, theta, drawn) != pytest.approx(_value(objective, theta, full), rel=1e-3)
    assert objective.program(full).score(theta, np.zeros(0), full).loss == pytest.approx(_value(objective, theta, full))


def test_an_objective_with_dropout_is_not_deterministic():
    assert not learner(np.random.default_rng(5), LAYERS).deterministic
    assert learner(np.random.default_rng(5), [Dropout(id="none", rate=0.0)]).deterministic


def test_a_dropped_unit_gets_no_gradient():
    rng = np.random.default_rng(6)
    objective = learner(rng, [dense("a", 10), Dropout(id="drop", rate=0.6)], examples=1)
    theta, batch = point(objective, rng), objective.draw(Streams.of(1))
    out = np.empty_like(theta)
    objective.program(batch).value_and_gradient(theta, np.zeros(0), batch, out)
    dropped = batch.arrays[-1][:, 0] == 0
    gradient = objective.layout.block(out, "a")
    assert dropped.any()
    assert (gradient[dropped] == 0).all()
    assert (gradient[~dropped] != 0).any(axis=1).all()
