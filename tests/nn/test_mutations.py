"""Every deliberately wrong derivative fails the check that the right ones pass."""

from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.nn.activations import ACTIVATIONS
from gdexplorer.nn.losses import LOSSES
from gdexplorer.nn.network import Network
from gdexplorer.nn.penalties import Penalty
from gdexplorer.nn.plan import Plan
from tests.builders import ACTIVATION, dense, learner
from tests.differences import TOLERANCE, error, place

NUMBERS = {"leaky_relu": {"slope": 0.3}, "elu": {"alpha": 1.7}, "huber": {"delta": 0.6}}
activations = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda record: record.name)
losses = pytest.mark.parametrize("loss", LOSSES, ids=lambda record: record.name)


def _after(slope, function, *operands):
    """A slope with one more call behind it."""

    def wrong(plan, knobs, z, a, d):
        slope(plan, knobs, z, a, d)
        plan.add(function, d, *(plan.scalar(x) for x in operands), d)

    return wrong


def _of_z(plan, knobs, z, a, d):
    plan.add(np.copyto, d, z)


WRONG_SLOPES = {
    "a thousandth too large": lambda slope: _after(slope, np.multiply, 1.001),
    "of the other sign": lambda slope: _after(slope, np.negative),
    "shifted": lambda slope: _after(slope, np.add, 0.001),
    "squared": lambda slope: _after(_after(slope, np.add, 1e-3), np.square),
    "left out": lambda slope: lambda plan, knobs, z, a, d: plan.add(d.fill, 1.0),
    "zero": lambda slope: lambda plan, knobs, z, a, d: plan.add(d.fill, 0.0),
    "the value": lambda slope: lambda plan, knobs, z, a, d: plan.add(np.copyto, d, a),
    "the argument": lambda slope: _of_z,
}


def _smooth_place(seed, activation, loss, hidden=(3, 3), output="linear"):
    rng = np.random.default_rng(seed)
    layers = [dense(f"h{k}", units, activation) for k, units in enumerate(hidden)]
    objective = learner(rng, layers, loss, output=output, inputs=2, examples=5)
    return objective, place(objective, rng)


@activations
@pytest.mark.parametrize("wrong", WRONG_SLOPES.values(), ids=WRONG_SLOPES)
def test_a_wrong_derivative_of_an_activation_is_caught(activation, wrong):
    if activation.name == "linear" and wrong is WRONG_SLOPES["left out"]:
        return  # that is its derivative
    # renamed, because the backward pass leaves out the linear one's factor of 1
    mutant = replace(activation, name="mutant", keeps_z=True, slope=wrong(activation.slope))
    objective, theta = _smooth_place(3, mutant, "mse")
    assert error(objective, theta) > TOLERANCE


def _wrong_loss(loss, alter):
    def compile(plan, knobs, out):
        terms, add_delta = loss.compile(plan, knobs, out)

        def delta(d):
            add_delta(d)
            alter(plan, d, out)

        return terms, delta

    return replace(loss, compile=compile)


WRONG_DELTAS = {
    "a thousandth too large": lambda plan, d, out: plan.add(np.multiply, d, plan.scalar(1.001), d),
    "of the other sign": lambda plan, d, out: plan.add(np.negative, d, d),
    "shifted": lambda plan, d, out: plan.add(np.add, d, plan.scalar(1e-3), d),
    "half": lambda plan, d, out: plan.add(np.multiply, d, plan.scalar(0.5), d),
    "a sum, not a mean": lambda plan, d, out: plan.add(np.multiply, d, plan.scalar(out.shape[1]), d),
    "of another example": lambda plan, d, out: plan.add(lambda: np.copyto(d, np.roll(d, 1, axis=1))),
    "times the output": lambda plan, d, out: plan.add(np.multiply, d, out, d),
    "clipped": lambda plan, d, out: plan.add(np.clip, d, plan.scalar(-1e-2), plan.scalar(1e-2), d),
}


@losses
@pytest.mark.parametrize("alter", WRONG_DELTAS.values(), ids=WRONG_DELTAS)
def test_a_wrong_derivative_of_a_loss_is_caught(loss, alter):
    objective, theta = _smooth_place(5, ACTIVATION["tanh"], _wrong_loss(loss, alter))
    assert error(objective, theta) > TOLERANCE


def _views(network, gradient):
    return [network.layout.block(gradient, layer.id) for layer in network.layers]


def _no_bias(network, plan, theta, groups, gradient):
    plan.add(_views(network, gradient)[1][:, -1].fill, 0.0)


def _no_bias_at_the_output(network, plan, theta, groups, gradient):
    plan.add(_views(network, gradient)[-1][:, -1].fill, 0.0)


def _transposed(network, plan, theta, groups, gradient):
    weights = _views(network, gradient)[1][:, :-1]
    plan.add(lambda: np.copyto(weights, weights.T.copy()))


def _layers_swapped(network, plan, theta, groups, gradient):
    first, second = _views(network, gradient)[1:3]
    plan.add(lambda: first.__setitem__(..., second.copy()))


def _first_layer_left_out(network, plan, theta, groups, gradient):
    plan.add(_views(network, gradient)[0].fill, 0.0)


def _a_row_left_out(network, plan, theta, groups, gradient):
    plan.add(_views(network, gradient)[1][-1].fill, 0.0)


@pytest.mark.parametrize("spoil", [_no_bias, _no_bias_at_the_output, _transposed, _layers_swapped,
                                   _first_layer_left_out, _a_row_left_out])  # fmt: skip
def test_a_wrong_backward_pass_is_caught(monkeypatch, spoil):
    right = Network.backward

    def wrong(network, plan, theta, groups, gradient):
        right(network, plan, theta, groups, gradient)
        spoil(network, plan, theta, groups, gradient)

    objective, theta = _smooth_place(7, ACTIVATION["tanh"], "mse", (3, 3, 3))
    assert error(objective, theta) <= TOLERANCE
    monkeypatch.setattr(Network, "backward", wrong)
    assert error(objective, theta) > TOLERANCE


def test_weights_not_transposed_on_the_way_back_are_caught(monkeypatch):
    right = Plan.add
    objective, theta = _smooth_place(7, ACTIVATION["tanh"], "mse", (3, 3, 3))

    def untransposed(plan, function, *arguments):
        owner = getattr(function, "__self__", None)
        if isinstance(owner, np.ndarray) and owner.shape == (3, 3) and getattr(function, "__name__", "") == "dot":
            function = owner.T.dot
        right(plan, function, *arguments)

    monkeypatch.setattr(Plan, "add", untransposed)
    assert error(objective, theta) > TOLERANCE


@pytest.mark.parametrize("wrong", [Penalty(l1=0.1), Penalty(l2=0.1), Penalty(0.05, 0.1001)])
def test_a_wrong_derivative_of_a_penalty_is_caught(monkeypatch, wrong):
    rng = np.random.default_rng(4)
    objective = learner(rng, (dense("h1", 3),), "mse", penalty=Penalty(0.05, 0.1))
    theta = place(objective, rng)
    right = Penalty.compile

    def spoiled(penalty, plan, theta, gradient, mask):
        terms = right(penalty, plan, theta, np.zeros_like(gradient), mask)
        right(wrong, plan, theta, gradient, mask)
        return terms

    assert error(objective, theta) <= TOLERANCE
    monkeypatch.setattr(Penalty, "compile", spoiled)
    assert error(objective, theta) > TOLERANCE


@activations
@losses
def test_no_call_of_the_backward_pass_can_be_left_out(monkeypatch, activation, loss):
    rng = np.random.default_rng(15)
    knobs = activation.Knobs(**NUMBERS.get(activation.name, {}))
    hidden = [dense(id, units, activation, knobs) for id, units in (("h1", 4), ("h2", 3), ("h3", 3))]
    objective = learner(rng, hidden, loss, examples=6)
    theta = place(objective, rng)
    calls = _backward_calls(objective, theta)
    assert len(calls) > 4
    run = Plan.run
    for skipped in calls:
        monkeypatch.setattr(Plan, "run", _without(skipped, run))
        found = error(objective, theta)
        monkeypatch.setattr(Plan, "run", run)
        assert not found <= TOLERANCE, f"call {skipped} is idle"  # NaN where nothing was written


def _backward_calls(objective, theta):
    """Positions of the calls that the value alone does not need, but for gelu's caps, which act beyond ±40 only."""
    batch, plans = objective.full(), []

    class Watched(Plan):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            plans.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gdexplorer.objectives.program.Plan", Watched)
        program = objective.program(batch)
        program.score(theta, np.zeros(0), batch)
        program.value_and_gradient(theta, np.zeros(0), batch, np.empty_like(theta))
    forward, both = (plan.calls for plan in plans)
    caps = [k for k, (function, arguments) in enumerate(both) if function is np.fmax and arguments[1].ndim == 0]
    return [k for k in range(len(forward), len(both)) if k not in caps]


def _without(position, run):
    def shortened(plan, *arrays):
        if len(plan.calls) > position:
            plan.calls[position] = (lambda *_: None, plan.calls[position][1])
        run(plan, *arrays)

    return shortened
