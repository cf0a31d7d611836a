"""Weights that an experiment gives, in place of drawn ones."""

import numpy as np
import pytest

from gdexplorer.lab.apply import apply
from gdexplorer.lab.commands import NETWORK, Change, Reinitialize, Restart
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE, begin, experiment

ROWS = ((0.1, 0.2, 0.3), (-0.4, 0.5, -0.6))  # the first two units of h1
GIVEN = {"network.start": [{"id": "h1", "rows": ROWS}]}


def test_what_is_given_is_there_at_the_start_and_all_else_is_drawn():
    given, drawn = begin(GIVEN), begin()
    layout = given.objective.layout
    assert np.array_equal(layout.block(given.state.theta, "h1")[:2], ROWS)
    assert np.array_equal(layout.block(given.state.theta, "h1")[2:], layout.block(drawn.state.theta, "h1")[2:])
    for id in ("h2", "output"):
        assert np.array_equal(layout.block(given.state.theta, id), layout.block(drawn.state.theta, id))


def test_a_restart_returns_to_it_and_new_weights_are_drawn():
    session = Session(experiment(GIVEN), CATALOGUE)
    start = session.run.state.theta.copy()
    session.advance(3)
    session.send(Reinitialize(NETWORK, 3))
    assert not np.isin(np.ravel(ROWS), session.run.state.theta).any()
    session.send(Restart())
    assert np.array_equal(session.run.state.theta, start)


def test_of_more_inputs_the_given_ones_and_the_bias_have_their_places():
    run = begin({**GIVEN, "data.features": ("x", "y", "xy")})
    block = run.objective.layout.block(run.state.theta, "h1")
    assert np.array_equal(block[:2, :2], np.array(ROWS)[:, :2])
    assert np.array_equal(block[:2, -1], np.array(ROWS)[:, -1])
    drawn = begin({"data.features": ("x", "y", "xy")})
    assert np.array_equal(block[:, 2], drawn.objective.layout.block(drawn.state.theta, "h1")[:, 2])


def test_it_survives_a_change_of_layers():
    run = begin(GIVEN)
    apply(run, Change("network.layers", [{"id": "other", "units": 3, "activation": "tanh"}]))
    assert run.state.experiment.network.start[0].id == "h1"
    run.advance(2)


@pytest.mark.parametrize(
    ("rows", "words"),
    [([], "needs a row for each unit"), ([[1, 2], [1]], "all of them as long"), ([[1]], "its bias last"),
     ([[1, 1e9]], "beyond ±1,000,000"), ([[1, float("nan")]], "finite")],
)  # fmt: skip
def test_what_is_no_block_is_refused(rows, words):
    with pytest.raises(Complaint, match=words):
        begin({"network.start": [{"id": "h1", "rows": rows}]})
