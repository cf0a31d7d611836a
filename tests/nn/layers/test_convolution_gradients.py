"""Layers of images against central differences, and every call of their passes backward."""

import numpy as np
import pytest

from gdexplorer.nn.activations import ACTIVATIONS
from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.nn.plan import Plan
from tests.builders import dense, learner
from tests.differences import TOLERANCE, error
from tests.nn.layers.images import average_pool, conv, max_pool, place, reshape, upsample

SEEDS = 12  # for each activation and kind: more than a hundred networks a kind
NUMBERS = {"leaky_relu": {"slope": 0.3}, "elu": {"alpha": 1.7}}
activations = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda record: record.name)


def _knobs(record, seed):
    return record.Knobs(**(NUMBERS.get(record.name, {}) if seed % 2 else {}))


def _geometry(rng, side):
    """A size that fits, a stride and a padding."""
    padding = int(rng.integers(0, 3))
    return {"size": int(rng.integers(1, min(side + 2 * padding, 4) + 1)), "stride": int(rng.integers(1, 5)),
            "padding": padding}  # fmt: skip


def _pooling(rng, side):
    size = int(rng.integers(1, min(side, 3) + 1))
    return {"size": size, "stride": int(rng.integers(1, 5)), "padding": int(rng.integers(0, size // 2 + 1))}


def _hidden(kind, activation, rng, seed, shape):
    """Layers with one of a kind behind one with the activation, and sometimes one before the output."""
    f = {"activation": activation, "knobs": _knobs(activation, seed)}
    count, side = int(rng.integers(1, 4)), min(shape[1:])
    if kind == "convolution":
        layers = [conv("a", count, **_geometry(rng, side), **f)]
        if seed % 3:
            layers.append(conv("b", 2, 1 + seed % 2, padding=1, **f))
    elif kind in ("max_pool", "average_pool"):
        pool = max_pool if kind == "max_pool" else average_pool
        layers = [conv("a", count, 1, **f), pool(**_pooling(rng, side))]
        if seed % 2:
            layers.append(conv("b", 2, 1, **f))
    elif kind == "reshape":
        layers = [dense("a", 2 * count, activation, f["knobs"]), reshape(2, count, 1), conv("b", 2, 1, **f)]
    else:
        layers = [conv("a", count, 1, **f), upsample(1 + seed % 3), conv("b", 2, 2, padding=1, **f)]
    return layers


@activations
@pytest.mark.parametrize("kind", ["convolution", "max_pool", "average_pool", "reshape", "upsample"])
def test_gradients_are_the_central_differences(kind, activation):
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        shape = tuple(int(n) for n in (rng.integers(1, 3), rng.integers(1, 5), rng.integers(1, 5)))
        hidden = _hidden(kind, activation, rng, seed, shape)
        objective = learner(rng, hidden, ("mse", "softmax_cross_entropy")[seed % 2], shape=shape,
                            examples=int(rng.integers(1, 4)))  # fmt: skip
        assert error(objective, place(objective, rng, 0.3)) <= TOLERANCE, seed


DEEP = {
    "filters the size of the image": ((2, 3, 3), [conv(size=3)]),
    "strides longer than filters": ((1, 6, 7), [conv("a", 2, 2, 3), conv("b", 2, 1, 2)]),
    "pooling of the inputs": ((2, 5, 4), [max_pool(), conv("a", 2, 2)]),
    "means of the inputs": ((2, 5, 4), [average_pool(size=3, stride=1, padding=1), conv("a", 2, 2)]),
    "larger inputs": ((1, 2, 2), [upsample(2), conv("a", 2)]),
    "inputs of another shape": ((8,), [reshape(2, 2, 2), conv("a", 2, 2)]),
    "a small classic": ((1, 8, 8), [conv("a", 2, activation="relu"), max_pool("p"), conv("b", 2, 2), dense("d", 3)]),
    "an autoencoder's other half": ((3,), [dense("a", 4), reshape(1, 2, 2), upsample(2), conv("b", 1, 3, 1, 1)]),
}  # fmt: skip
deep = pytest.mark.parametrize(("shape", "hidden"), DEEP.values(), ids=DEEP)


@deep
def test_so_are_those_of_networks_in_which_they_follow_each_other(shape, hidden):
    rng = np.random.default_rng(5)
    objective = learner(rng, hidden, "softmax_cross_entropy", shape=shape, examples=3)
    assert error(objective, place(objective, rng)) <= TOLERANCE


WASTED = ("pooling of the inputs", "means of the inputs", "larger inputs", "inputs of another shape")
MUTANTS = {name: case for name, case in DEEP.items() if name not in WASTED} | {
    "overlapping windows": ((1, 5, 5), [conv("a", 2, 2), max_pool(size=3, stride=1)]),
    "overlapping means": ((1, 5, 5), [conv("a", 2, 2), average_pool(size=3, stride=1, padding=1)]),
    "windows with a border": ((1, 4, 4), [conv("a", 1, 1), max_pool(size=2, padding=1)]),
    "pixels in no window": ((1, 6, 6), [conv("a", 2, 2), max_pool(size=2, stride=3)]),
    "windows of one": ((1, 4, 4), [conv("a", 2, 2), max_pool(size=1)]),
    "means of one": ((1, 4, 4), [conv("a", 2, 2), average_pool(size=1)]),
    "filters with a border": ((1, 4, 4), [conv("a", 2, 2), conv("b", 2, 2, padding=1)]),
    "filters of one": ((1, 3, 3), [conv("a", 2, 2), conv("b", 2, 1)]),
}


def _backward_calls(monkeypatch, objective, theta):
    """Positions of the calls that the value alone does not need."""
    batch, plans, init = objective.full(), [], Plan.__init__

    def watched(plan, *arguments):
        init(plan, *arguments)
        plans.append(plan)

    with monkeypatch.context() as patch:
        patch.setattr(Plan, "__init__", watched)
        program = objective.program(batch)
        program.score(theta, np.zeros(0), batch)
        program.value_and_gradient(theta, np.zeros(0), batch, np.empty_like(theta))
    forward, both = (plan.calls for plan in plans)
    return range(len(forward), len(both))


def _spoiled(monkeypatch, objective, theta, position, spoil):
    """The error of the gradient where one call is done wrongly, with buffers as another θ has left them."""
    run = Plan.run

    def wrong(plan, *arrays):
        if len(plan.calls) > position:
            plan.calls[position] = spoil(*plan.calls[position])
        run(plan, *arrays)
        run(plan, *arrays)

    with monkeypatch.context() as patch:
        patch.setattr(Plan, "run", wrong)
        return error(objective, theta)


@pytest.mark.parametrize(("shape", "hidden"), MUTANTS.values(), ids=MUTANTS)
def test_no_call_of_the_backward_pass_can_be_left_out(monkeypatch, shape, hidden):
    rng = np.random.default_rng(15)
    objective = learner(rng, hidden, shape=shape, examples=5)
    theta = place(objective, rng)
    calls = _backward_calls(monkeypatch, objective, theta)
    assert len(calls) > 4
    for position in calls:
        found = _spoiled(monkeypatch, objective, theta, position, lambda _, arguments: (lambda *_: None, arguments))
        assert not found <= TOLERANCE, f"call {position} is idle"  # NaN where nothing was written


@pytest.mark.parametrize("wrong", ["untransposed", "flipped", "the last of equals"])
def test_a_wrong_backward_pass_is_caught(monkeypatch, wrong):
    rng = np.random.default_rng(2)
    hidden = [conv("a", 2, 2), max_pool(size=2, stride=1), conv("b", 2, 2)]
    objective = learner(rng, hidden, shape=(2, 5, 5), examples=3)
    theta = place(objective, rng)
    assert error(objective, theta) <= TOLERANCE
    right = Plan.add, Convolution.backward

    def add(plan, function, *arguments):
        if wrong == "the last of equals" and function is np.greater_equal:
            function = np.less_equal
        right[0](plan, function, *arguments)

    def backward(layer, plan, tape, blocks, gradient, behind):
        right[1](layer, plan, tape, blocks, gradient, behind)
        weights = gradient[layer.id][:, :-1].reshape(layer.filters, tape.inputs[0], layer.size, layer.size)
        turned = weights.swapaxes(2, 3) if wrong == "untransposed" else weights[..., ::-1, ::-1]
        plan.add(lambda: np.copyto(weights, turned.copy()))

    monkeypatch.setattr(Plan, "add", add)
    if wrong != "the last of equals":
        monkeypatch.setattr(Convolution, "backward", backward)
    assert error(objective, theta) > TOLERANCE
