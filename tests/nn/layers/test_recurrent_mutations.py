"""Every call of the pass backward of a recurrent layer is needed, and every wrong factor is noticed."""

import numpy as np
import pytest

from gdexplorer.nn.activations import ACTIVATIONS
from gdexplorer.nn.plan import Plan
from tests.builders import dense, learner
from tests.differences import TOLERANCE, error
from tests.nn.layers.onpaper import clear_place, gru, rnn

NUMBERS = {"leaky_relu": {"slope": 0.3}, "elu": {"alpha": 1.7}}
HIDDEN = {record.name: (rnn("a", 3, record, "last", record.Knobs(**NUMBERS.get(record.name, {}))),)
          for record in ACTIVATIONS} | {
    "gru": (gru("a", 3),),
    "rnn into rnn": (rnn("a", 3, "tanh", "all"), rnn("b", 2)),
    "gru into dense": (gru("a", 2, "all"), dense("b", 3)),
    "gru into gru": (gru("a", 2, "all"), gru("b", 2)),
}  # fmt: skip
each = pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)


def _calls_backward(monkeypatch, objective, theta):
    """Where the calls of the pass backward stand in the plan, but for gelu's caps, which act beyond ±40 only."""
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
    assert len(both) > len(forward) + 8
    caps = [k for k, (function, arguments) in enumerate(both) if function is np.fmax and arguments[1].ndim == 0]
    return [k for k in range(len(forward), len(both)) if k not in caps]


def _with(monkeypatch, objective, theta, position, spoil):
    """The error of the gradient where the call at a position is done wrongly."""
    run = Plan.run

    def spoiled(plan, *arrays):
        if len(plan.calls) > position:
            plan.calls[position] = spoil(*plan.calls[position])
        run(plan, *arrays)

    with monkeypatch.context() as patch:
        patch.setattr(Plan, "run", spoiled)
        return error(objective, theta)


@each
def test_no_call_of_the_backward_pass_can_be_left_out(monkeypatch, hidden):
    rng = np.random.default_rng(15)
    objective = learner(rng, hidden, shape=(3, 2), examples=4)
    theta = clear_place(objective, rng)
    assert error(objective, theta) <= TOLERANCE
    for position in _calls_backward(monkeypatch, objective, theta):
        found = _with(monkeypatch, objective, theta, position, lambda function, arguments: (lambda *_: None, arguments))
        assert not found <= TOLERANCE, f"call {position} is idle"  # NaN where nothing was written


@pytest.mark.parametrize("activation", ["tanh", "linear"])
def test_states_must_go_back_through_the_transposed_weights(monkeypatch, activation):
    rng = np.random.default_rng(16)
    objective = learner(rng, (rnn("a", 3, activation),), shape=(3, 2), examples=4)
    theta, found = clear_place(objective, rng), []

    def untransposed(function, arguments):
        owner = getattr(function, "__self__", None)
        if isinstance(owner, np.ndarray) and owner.shape == (3, 3):
            found.append(owner)
            function = owner.T.copy().dot
        return function, arguments

    for position in _calls_backward(monkeypatch, objective, theta):
        found.clear()
        deviation = _with(monkeypatch, objective, theta, position, untransposed)
        assert (deviation > TOLERANCE) == bool(found)


@pytest.mark.parametrize("make", [rnn, gru])
@pytest.mark.parametrize("steps", [2, 5])
def test_steps_cut_off_are_noticed(monkeypatch, make, steps):
    """Truncated: nothing comes back through the states."""
    rng = np.random.default_rng(17)
    objective = learner(rng, (make("a", 3),), shape=(steps, 2), examples=4)
    theta = clear_place(objective, rng)
    right = Plan.product

    def truncated(plan, weight, x, out):
        if weight.shape[-1] == 3 * (1 + 2 * (make is gru)) and weight.strides[-1] != weight.itemsize:  # W_hᵀ
            return
        right(plan, weight, x, out)

    monkeypatch.setattr(Plan, "product", truncated)
    assert error(objective, theta) > TOLERANCE
