"""Every member of a stack that trains against the program of one parameter vector: equal bit for bit."""

import numpy as np
import pytest

from gdexplorer.nn.activations import ACTIVATIONS
from gdexplorer.nn.losses import LOSSES
from gdexplorer.nn.penalties import Penalty
from gdexplorer.objectives.batch import Portion
from gdexplorer.objectives.side_by_side import SideBySide
from tests.builders import dense, learner, point
from tests.over_rows import over_rows

# units of the hidden layers, examples; 33 and 40 are wide enough for transposed copies
SHAPES = [((), 3), ((5, 4), 7), ((1, 2), 2), ((33, 40), 17)]
names = lambda record: record.name  # noqa: E731


def matches(stack, objective, batch):
    """Whether loss, gradient and deltas of every member are those of a program of its own."""
    with np.errstate(all="ignore"):
        values = stack.values_and_gradients(batch)
        for member, theta in enumerate(stack.thetas):
            program, gradient = objective.program(batch), np.full(len(theta), np.nan, objective.dtype)
            value = program.value_and_gradient(theta.copy(), np.zeros(0), batch, gradient)
            np.testing.assert_array_equal(values[member], value)
            assert gradient.tobytes() == stack.gradients[member].tobytes()
            deltas = stack.deltas_of(member)()
            assert deltas.keys() == program.deltas().keys()
            assert all(delta.tobytes() == deltas[id].tobytes() for id, delta in program.deltas().items())


@over_rows("dtype", [np.float32, np.float64])
@over_rows("loss", LOSSES, ids=names)
@over_rows("activation", ACTIVATIONS, ids=names)
def test_a_member_gets_bit_for_bit_what_it_would_get_alone(rng, activation, loss, dtype):
    output = "linear" if loss.logits else "tanh"
    for units, examples in SHAPES:
        hidden = [dense(f"h{k}", n, activation) for k, n in enumerate(units)]
        objective = learner(rng, hidden, loss, output=output, examples=examples, dtype=dtype)
        for count in (1, 5):
            stack = SideBySide(objective, count)
            for member, theta in enumerate(stack.thetas):
                theta[...] = 0 if member == 1 else point(objective, rng)
            matches(stack, objective, objective.full())
            assert stack.gradients[0].any()


@pytest.mark.parametrize("penalty", [Penalty(0.01, 0), Penalty(0, 0.1), Penalty(0.02, 0.3)], ids=str)
@pytest.mark.parametrize("biases", [False, True])
def test_penalties_are_in_loss_and_gradient(rng, penalty, biases):
    objective = learner(rng, [dense("h", 4)], penalty=penalty, penalize_biases=biases)
    stack = SideBySide(objective, 3)
    stack.thetas[...] = rng.normal(size=stack.thetas.shape)
    matches(stack, objective, objective.full())


def test_a_member_that_overflows_spoils_no_other(rng):
    objective = learner(rng, [dense("h", 4, "relu"), dense("h2", 3, "relu")])
    stack = SideBySide(objective, 3)
    stack.thetas[...] = rng.normal(size=stack.thetas.shape)
    stack.thetas[1] *= 1e200
    matches(stack, objective, objective.full())
    assert np.isfinite(stack.gradients[[0, 2]]).all()
    assert not np.isfinite(stack.gradients[1]).all()


def test_batches_of_several_sizes_take_turns_and_are_refilled_in_place(rng):
    objective = learner(rng, [dense("h", 4)], "softmax_cross_entropy", examples=10, classes=3)
    full = objective.full()
    portion = Portion(full.xt, np.ascontiguousarray(full.y.T), 4)
    stack = SideBySide(objective, 4)
    stack.thetas[...] = rng.normal(size=stack.thetas.shape)
    for _ in range(2):
        for batch in portion.fill(rng.permutation(10)):
            matches(stack, objective, batch)
            stack.thetas[...] -= 0.1 * stack.gradients


def test_there_are_no_deltas_before_the_first_pass(rng):
    assert SideBySide(learner(rng), 2).deltas_of(1)() == {}
