import numpy as np
import pytest

from gdexplorer.lab import build
from gdexplorer.lab.ask import Ask
from gdexplorer.lab.experiment import validated
from gdexplorer.objectives.streams import Streams
from tests.builders import BASE, CATALOGUE, begin, experiment, suited

EMPTY = np.zeros(0)
OBJECTIVES = {
    "network": experiment({"penalty.l2": 0.1}),
    "float32": experiment({"network.precision": "float32"}),
    "point": validated(BASE | {"problem": {"kind": "rosenbrock", "noise": 0.5}}, CATALOGUE),
}


@pytest.fixture(params=OBJECTIVES, ids=list(OBJECTIVES))
def objective(request):
    return build.objective(OBJECTIVES[request.param], CATALOGUE)


@pytest.fixture
def batches(objective):
    """Two batches that differ, copied out of the stream's memory."""
    streams = Streams.of(3)
    objective.draw(streams)
    return objective.full(), objective.draw(streams)


def _direct(objective, theta, batch):
    out = np.full_like(theta, np.nan)
    return objective.program(batch).value_and_gradient(theta, EMPTY, batch, out), out


def test_answers_are_those_of_the_program_wherever_it_is_asked(objective, batches, rng):
    ask = Ask(objective)
    for batch in (*batches, batches[0]):
        ask.at(EMPTY, batch)
        for _ in range(3):  # each time other arrays
            theta = (0.5 * rng.normal(size=objective.layout.size)).astype(objective.dtype)
            kept = theta.copy()
            value, gradient = _direct(objective, theta, batch)
            out = np.full_like(theta, np.nan)
            assert ask.value(theta) == value
            assert ask.value_and_gradient(theta, out) == value
            np.testing.assert_array_equal(out, gradient)
            np.testing.assert_array_equal(theta, kept)


def test_what_was_handed_out_is_not_written_to_again(objective, batches, rng):
    ask = Ask(objective)
    ask.at(EMPTY, batches[0])
    one, two = (rng.normal(size=(2, objective.layout.size)) * 0.3).astype(objective.dtype)
    out = np.empty_like(one)
    ask.value_and_gradient(one, out)
    kept = out.copy()
    ask.value_and_gradient(two, np.empty_like(two))
    ask.value(two)
    np.testing.assert_array_equal(out, kept)


def test_a_point_and_its_answer_may_be_the_same_array(objective, batches, rng):
    ask = Ask(objective)
    ask.at(EMPTY, batches[0])
    theta = (0.3 * rng.normal(size=objective.layout.size)).astype(objective.dtype)
    _, gradient = _direct(objective, theta, batches[0])
    ask.value_and_gradient(theta, theta)
    np.testing.assert_array_equal(theta, gradient)


def test_products_are_differences_of_gradients(objective, batches, rng):
    ask, h = Ask(objective), 1e-5 if objective.dtype == np.float64 else 1e-2
    theta, v = (0.4 * rng.normal(size=(2, objective.layout.size))).astype(objective.dtype)
    for batch in batches:
        ask.at(EMPTY, batch)
        above, below, out = (np.empty_like(theta) for _ in range(3))
        ask.value_and_gradient(theta + h * v, above)
        ask.value_and_gradient(theta - h * v, below)
        ask.hvp(theta, v, out)
        exact = objective.dtype == np.float64
        np.testing.assert_allclose(out, (above - below) / (2 * h), rtol=1e-5 if exact else 0.05,
                                   atol=1e-7 if exact else 2e-3)  # fmt: skip


def test_the_first_value_of_a_batch_is_kept(objective, batches, rng):
    ask = Ask(objective)
    points = (0.3 * rng.normal(size=(3, objective.layout.size))).astype(objective.dtype)
    assert np.isnan(ask.first)
    for batch in batches:
        ask.at(EMPTY, batch)
        assert np.isnan(ask.first)
        values = [ask.value(point) for point in points]
        assert ask.first == values[0] != values[1]


@pytest.mark.parametrize("optimizer", ["newton", "conjugate_gradient", "lbfgs"])
def test_a_search_that_has_stalled_stands_still_and_goes_on_counting(optimizer):
    run = begin({"problem": {"kind": "styblinski_tang", "x": 2.0, "y": 2.0}} | suited(optimizer))
    assert run.advance(40) == 40
    assert run.state.slots[0].numbers["stalled"]
    np.testing.assert_allclose(run.state.theta, 2.746802770990837, atol=1e-6)
    theta, evaluations = run.state.theta.copy(), run.state.evaluations
    assert run.advance(40) == 40
    assert run.state.evaluations == evaluations  # a search that stands asks nothing more
    np.testing.assert_array_equal(run.state.theta, theta)
    losses = run.recorder.batch.parts()[-1][:, 1]
    assert losses[-1] == pytest.approx(run.total_loss(), rel=1e-14)
    assert np.isfinite(losses).all()
