"""Convolution, pooling, reshaping and upsampling against PyTorch, in stacks, and what they refuse."""

import json
from pathlib import Path

import numpy as np
import pytest

from gdexplorer.nn.initializers import INITIALIZERS
from gdexplorer.nn.network import Network
from gdexplorer.objectives import program as module
from gdexplorer.objectives.side_by_side import SideBySide
from tests.builders import dense, learner, point, value_and_gradient
from tests.nn.layers.alone import passed
from tests.nn.layers.images import average_pool, conv, max_pool, reshape, upsample
from tests.over_rows import over_rows

with np.load(Path(__file__).parents[2] / "fixtures" / "layers_convolution.npz") as file:
    ARRAYS = {name: file[name] for name in file.files}
CASES = json.loads(str(ARRAYS["cases"]))
EMPTY = np.zeros(0)


def _layer(case):
    if case["what"] == "upsample":
        return upsample(case["factor"])
    at = (case["size"], case["stride"], case["padding"])
    pool = {"max_pool": max_pool, "average_pool": average_pool}.get(case["what"])
    return pool("layer", *at) if pool else conv("layer", case["filters"], *at, "linear")


@over_rows(("dtype", "bound"), [(np.float64, 1e-10), (np.float32, 1e-5)])
@over_rows("number", range(len(CASES)), ids=lambda k: "-".join(map(str, CASES[k].values())))
def test_forward_and_backward_are_pytorchs(number, dtype, bound):
    case = {key.partition("/")[2]: value for key, value in ARRAYS.items() if key.startswith(f"{number}/")}
    z, dx, gradient, _ = passed(_layer(CASES[number]), case["x"].astype(dtype), {"layer": case.get("block")},
                                case["upstream"])  # fmt: skip
    assert z.dtype == dtype
    found = {"z": z, "dx": dx} | ({"gradient": gradient["layer"]} if gradient else {})
    for name, array in found.items():
        assert array.shape == case[name].shape
        assert np.abs(array - case[name]).max() <= bound * max(np.abs(case[name]).max(), 1), name


NETWORKS = {
    "filters": ((2, 5, 4), [conv("a", 3, padding=1, activation="relu"), conv("b", 1, 2, 2)]),
    "max-pooling": ((1, 6, 6), [conv("a", 2), max_pool(size=3, stride=1, padding=1), dense("d", 3)]),
    "means": ((1, 6, 6), [conv("a", 2), average_pool(), conv("b", 2, 2, activation="gelu")]),
    "pooling of the inputs": ((2, 5, 4), [max_pool("m"), average_pool("n", 2, 1), conv("a", 2, 1)]),
    "larger inputs": ((1, 2, 3), [upsample(2), conv("a", 2)]),
    "another shape": ((8,), [reshape(2, 2, 2), conv("a", 2, 2), reshape(1, 1, 2, id="s"), upsample(2)]),
}  # fmt: skip
each = over_rows(("shape", "hidden"), NETWORKS.values(), ids=NETWORKS)


@each
@pytest.mark.parametrize("examples", [1, 7])
def test_a_stack_has_the_losses_of_each_alone(shape, hidden, examples):
    rng = np.random.default_rng(0)
    objective = learner(rng, hidden, "softmax_cross_entropy", shape=shape, examples=examples)
    origin, directions = point(objective, rng), rng.normal(size=(2, objective.layout.size))
    at = rng.uniform(-1, 1, (5, 2))
    thetas, batch = origin + at @ directions, objective.full()
    expected = [value_and_gradient(objective, theta)[0] for theta in thetas]
    program = objective.program(batch, 4)
    for _ in range(2):
        np.testing.assert_allclose(program.losses(thetas, EMPTY, batch), expected, rtol=1e-12)
        found = program.losses_on(origin, directions, at, EMPTY, batch)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@each
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_each_of_some_that_train_abreast_gets_bit_for_bit_what_it_gets_alone(shape, hidden, dtype):
    rng = np.random.default_rng(1)
    objective = learner(rng, hidden, shape=shape, examples=6, dtype=dtype)
    together, batch = SideBySide(objective, 3), objective.full()
    together.thetas[...] = 0.7 * rng.normal(size=together.thetas.shape)
    for _ in range(2):
        with np.errstate(all="ignore"):
            values = together.values_and_gradients(batch)
        for theta, gradient, value in zip(together.thetas, together.gradients, values, strict=True):
            alone, own = value_and_gradient(objective, theta.copy())
            np.testing.assert_array_equal(gradient, own)
            assert value == alone


@each
def test_a_split_is_scored_by_parts_as_it_is_whole(monkeypatch, shape, hidden):
    rng = np.random.default_rng(2)
    objective = learner(rng, hidden, "softmax_cross_entropy", shape=shape, examples=150)
    batch, theta = objective.full(), point(objective, rng)
    whole = objective.program(batch).score(theta, EMPTY, batch)
    monkeypatch.setattr(module, "NUMBERS", 32 * objective.network.numbers)
    program = objective.program(batch)
    for _ in range(2):
        parts = program.score(theta, EMPTY, batch)
        assert parts.loss == pytest.approx(whole.loss, rel=1e-12)
        assert parts.accuracy == whole.accuracy
    assert list(program._forwards) == [32, 22]


def test_a_product_with_the_hessian_is_by_differences_and_symmetric():
    rng = np.random.default_rng(3)
    objective = learner(rng, NETWORKS["means"][1], shape=(1, 6, 6))
    batch, theta = objective.full(), point(objective, rng)
    v, w, along, other = (rng.normal(size=theta.size) for _ in range(4))
    objective.program(batch).hvp(theta, v, EMPTY, batch, along)
    objective.program(batch).hvp(theta, w, EMPTY, batch, other)
    assert w @ along == pytest.approx(v @ other, rel=1e-6)
    assert "exact hvp" not in objective.can


def test_a_filter_is_a_row_with_its_bias_last_in_the_order_channel_row_column():
    x = np.arange(2 * 3 * 3.0).reshape(1, 2, 3, 3)
    for channel, i, j in np.ndindex(2, 2, 2):
        weights = np.zeros((1, 2, 2, 2))
        weights[0, channel, i, j] = 1.0
        z, *_ = passed(conv("a", 1, 2, activation="linear"), x, {"a": np.append(weights, 100.0)[None]}, np.ones(4))
        np.testing.assert_array_equal(z[0, 0], 100 + x[0, channel, i : i + 2, j : j + 2])


def test_of_equals_the_first_row_by_row_has_the_gradient():
    x = np.array([[1.0, 2.0], [2.0, 2.0]]).reshape(1, 1, 2, 2)
    _, dx, *_ = passed(max_pool(), x, {}, np.ones(1))
    np.testing.assert_array_equal(dx[0, 0], [[0, 1], [0, 0]])
    _, dx, *_ = passed(max_pool(size=3, padding=1), np.full((1, 1, 2, 2), -5.0), {}, np.ones(1))
    np.testing.assert_array_equal(dx[0, 0], [[1, 0], [0, 0]])


@over_rows("record", INITIALIZERS, ids=lambda record: record.name)
def test_every_initializer_draws_filters_by_the_fans_of_pytorch(record):
    layer, knobs, gain = conv("a", 64, 3, activation="relu"), record.Knobs(), np.sqrt(2)
    asked = []

    def draw(*arguments):
        asked.append(arguments)
        return record.draw(np.random.default_rng(0), *arguments[:3], knobs, arguments[3])

    block = np.full((64, 16 * 9 + 1), np.nan)
    layer.fill({"a": block}, (16, 8, 8), draw)
    assert asked == [(64, 144, gain, 9)]
    assert np.isfinite(block).all()
    fan_in, fan_out = 16 * 9, 64 * 9  # torch.nn.init's
    spread = {"he_normal": gain / fan_in**0.5, "he_uniform": gain / fan_in**0.5,
              "xavier_normal": gain * (2 / (fan_in + fan_out)) ** 0.5,
              "xavier_uniform": gain * (2 / (fan_in + fan_out)) ** 0.5, "lecun_normal": fan_in**-0.5,
              "torch_linear": (3 * fan_in) ** -0.5}  # fmt: skip
    if record.name in spread:
        assert block[:, :-1].std() == pytest.approx(spread[record.name], rel=0.03)


def test_he_s_fan_out_counts_the_places_of_a_filter():
    record = next(record for record in INITIALIZERS if record.name == "he_normal")
    weights, _ = record.draw(np.random.default_rng(0), 64, 144, 1.0, record.Knobs(fan="out"), 9)
    assert weights.std() == pytest.approx((64 * 9) ** -0.5, rel=0.03)


@pytest.mark.parametrize(("shape", "layer", "said"), [
    ((1, 4, 4), conv(size=5), "A convolution layer of size 5 and padding 0 is larger than its inputs of 4×4 pixels"),
    ((1, 6, 2), conv(size=5, padding=1), "size 5 and padding 1 is larger than its inputs of 6×2 pixels"),
    ((1, 1, 1), max_pool(), "A pooling layer of size 2 and padding 0 is larger than its inputs of 1×1 pixels"),
    ((16,), conv(), "A convolution layer needs images, not inputs of shape 16"),
    ((4, 4), average_pool(), "A pooling layer needs images, not inputs of shape 4×4"),
    ((4,), upsample(), "A nearest-neighbor upsampling layer needs images"),
    ((1, 8, 8), max_pool(size=2, padding=2), "make the padding at most half the size"),
    ((7,), reshape(2, 2, 2), "A reshape layer to 2×2×2 needs 8 inputs, not 7"),
])  # fmt: skip
def test_what_does_not_fit_is_refused_in_a_sentence(shape, layer, said):
    with pytest.raises(ValueError, match=said) as caught:
        Network(shape, (layer,))
    assert str(caught.value).endswith(".")
