"""The way of an example through layers of images, against loops."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.nn.layers.dropout import Dropout
from gdexplorer.nn.layers.normalization import BatchNorm
from gdexplorer.nn.layers.pooling import AveragePooling, MaxPooling
from gdexplorer.nn.layers.reshape import Upsampling
from gdexplorer.probes.context import Context
from gdexplorer.probes.maps import Maps, kind_of, measure
from tests.builders import ACTIVATION, dense, learner, point

RELU = ACTIVATION["relu"]
LAYERS = (
    Convolution(id="c1", filters=3, size=3, stride=1, padding=1, activation=RELU, knobs=RELU.Knobs()),
    MaxPooling(id="p1", size=2, stride=2),
    Upsampling(id="up", factor=2),
    Convolution(id="c2", filters=2, size=2),
)


def classifier(rng, layers=LAYERS, shape=(2, 6, 4), **options):
    return learner(rng, (*layers, dense("h", 5)), options.pop("loss", "softmax_cross_entropy"),
                   **{"classes": 3, "examples": 30, "shape": shape} | options)  # fmt: skip


def measured(objective, theta, request, buffers=None):
    buffers = objective.fresh_buffers() if buffers is None else buffers
    return measure(request, Context(9, objective, theta, theta, {}, 0, buffers))


def convolved(image, weights, biases, padding):
    """w ⋆ x + b, as one would say it."""
    count, channels, k, _ = weights.shape
    image = np.pad(image, ((0, 0), (padding, padding), (padding, padding)))
    rows, columns = image.shape[1] - k + 1, image.shape[2] - k + 1
    out = np.zeros((count, rows, columns))
    for f in range(count):
        for i in range(rows):
            for j in range(columns):
                out[f, i, j] = biases[f] + sum(
                    weights[f, c, a, b] * image[c, i + a, j + b]
                    for c in range(channels) for a in range(k) for b in range(k))  # fmt: skip
    return out


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_maps_are_those_of_loops(rng, split, dtype):
    objective = classifier(rng, dtype=dtype)
    theta = point(objective, rng)
    report = measured(objective, theta, Maps(split, 7))
    assert (report.step, report.index) == (9, 7)
    x = getattr(objective.data, split).x[7].reshape(2, 6, 4)
    np.testing.assert_array_equal(report.x, x)
    views = objective.layout.views(theta)
    first = np.maximum(convolved(x, views["c1"][:, :-1].reshape(3, 2, 3, 3), views["c1"][:, -1], 1), 0)
    pooled = np.array([[[first[c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max() for j in range(2)] for i in range(3)]
                       for c in range(3)])  # fmt: skip
    larger = np.array([[[pooled[c, i // 2, j // 2] for j in range(4)] for i in range(6)] for c in range(3)])
    second = convolved(larger, views["c2"][:, :-1].reshape(2, 3, 2, 2), views["c2"][:, -1], 0)
    assert [(layer.id, layer.kind) for layer in report.layers] == [
        ("c1", "convolution"), ("p1", "max pooling"), ("up", "upsampling"), ("c2", "convolution")]  # fmt: skip
    for layer, expected in zip(report.layers, (first, pooled, larger, second), strict=True):
        np.testing.assert_allclose(layer.values, expected, atol=1e-12 if dtype is np.float64 else 1e-5)


def test_filters_are_rows_of_their_block(rng):
    objective = classifier(rng)
    theta = point(objective, rng)
    views = objective.layout.views(theta)
    for name, expected in (("c2", "c2"), ("", "c1"), ("gone", "c1")):
        found = measured(objective, theta, Maps(filters=name)).filters
        assert found.id == expected
        block = views[expected]
        np.testing.assert_array_equal(found.weights.reshape(len(block), -1), block[:, :-1])
        np.testing.assert_array_equal(found.biases, block[:, -1])
    assert measured(objective, theta, Maps()).convolutions == ("c1", "c2")
    without = classifier(rng, LAYERS[1:3])
    assert measured(without, point(without, rng), Maps()).filters is None


@pytest.mark.parametrize(
    ("loss", "classes"),
    [("softmax_cross_entropy", 3), ("softmax_cross_entropy", 2), ("binary_cross_entropy", 2), ("mse", 3), ("mse", 2),
     ("half_mse", 0)],
)  # fmt: skip
def test_the_answer_is_that_of_the_whole_network(rng, loss, classes):
    objective = classifier(rng, loss=loss, classes=classes)
    theta = point(objective, rng)
    report = measured(objective, theta, Maps("test", 4))
    whole = objective.program(objective.full()).predict(theta, np.zeros(0), objective.data.test.x[4:5])[0]
    np.testing.assert_allclose(report.outputs, whole, rtol=1e-12)
    assert report.true == objective.data.test.y[4]
    if classes == 0:
        assert (report.predicted, report.shares) == (None, None)
        return
    outputs = whole.tolist()
    assert report.predicted == (outputs.index(max(outputs)) if len(outputs) > 1 else int(outputs[0] > 0))
    assert report.right == (report.predicted == report.true)
    if loss == "mse":
        assert report.shares is None
    else:
        logits = outputs if len(outputs) > 1 else [0.0, outputs[0]]
        total = math.fsum(math.exp(z) for z in logits)
        assert report.shares.tolist() == pytest.approx([math.exp(z) / total for z in logits])


def test_the_next_mistake_is_found_and_begins_anew_at_the_end(rng):
    objective = classifier(rng, examples=300)
    theta = point(objective, rng)
    data = objective.data.test
    outputs = objective.program(objective.full()).predict(theta, np.zeros(0), data.x)
    right = outputs.argmax(axis=1)
    y = right.astype(float)
    y[[3, 290]] = (y[[3, 290]] + 1) % 3
    objective = replace(objective, data=replace(objective.data, test=replace(data, y=y)))
    found = [measured(objective, theta, Maps("test", start, seek=True)).index for start in (0, 3, 290, 299)]
    assert found == [3, 290, 3, 3]
    objective = replace(objective, data=replace(objective.data, test=replace(data, y=right.astype(float))))
    assert measured(objective, theta, Maps("test", 5, seek=True)).index == 5


def test_an_index_beyond_the_last_example_begins_anew(rng):
    objective = classifier(rng)
    assert [measured(objective, point(objective, rng), Maps("test", k)).index for k in (30, -1)] == [0, 29]


def test_running_statistics_and_no_masks_are_used(rng):
    layers = (BatchNorm(id="n"), Dropout(id="d", rate=0.5), LAYERS[0])
    objective = classifier(rng, layers)
    theta, buffers = point(objective, rng), objective.fresh_buffers()
    view = objective.buffers.views(buffers)["n"]
    view[...] = [[0.5, 4.0], [-0.25, 0.01]]
    report = measured(objective, theta, Maps(), buffers)
    gamma, beta = objective.layout.views(theta)["n"].T
    scaled = (report.x - np.array([0.5, -0.25])[:, None, None]) / np.sqrt(np.array([4.0, 0.01])[:, None, None] + 1e-5)
    np.testing.assert_allclose(report.layers[0].values, scaled * gamma[:, None, None] + beta[:, None, None], rtol=1e-9)
    np.testing.assert_array_equal(report.layers[1].values, report.layers[0].values)


def test_kinds_are_words():
    assert [kind_of(layer) for layer in (AveragePooling(id="p", size=2, stride=2), BatchNorm(id="n"))] == [
        "average pooling", "batch norm"]  # fmt: skip


def test_only_networks_of_images_have_maps(rng):
    assert "maps" in classifier(rng).can
    assert "maps" not in learner(rng, (dense("h", 3),)).can
    assert "maps" not in learner(rng, (dense("h", 3),), shape=(1, 4, 4)).can
