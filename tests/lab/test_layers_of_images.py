"""Layers of images in runs: optimizers, penalties, changes on the way, sessions, and the experiments that have them."""

import numpy as np
import pytest

from gdexplorer.lab import archive, experiments
from gdexplorer.lab.apply import apply
from gdexplorer.lab.commands import Change
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.replay import replay
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.nn.layers.pooling import AveragePooling, MaxPooling
from gdexplorer.nn.layers.reshape import Reshape, Upsampling
from tests.builders import CATALOGUE, begin, digest, experiment, suited
from tests.over_rows import over_rows

SMALL = [
    {"kind": "convolution", "id": "c1", "filters": 2, "size": 3, "stride": 2, "padding": 1, "activation": "tanh"},
    {"kind": "max_pool", "id": "p1", "size": 2},
    {"kind": "convolution", "id": "c2", "filters": 3, "size": 2},
    {"kind": "reshape", "id": "r1", "channels": 3, "height": 1, "width": 1},
    {"kind": "upsample", "id": "u1", "factor": 2},
    {"kind": "average_pool", "id": "p2", "size": 2, "stride": 1, "padding": 1},
]
DIGITS = {"data.kind": "digits", "data.amount": 60, "loss": "softmax_cross_entropy", "network.layers": SMALL}


def test_settings_are_the_layers_that_they_name():
    network = begin(DIGITS).objective.network
    kinds = [Convolution, MaxPooling, Convolution, Reshape, Upsampling, AveragePooling]
    assert [type(layer) for layer in network.layers[:-1]] == kinds
    assert network.shapes == ((1, 8, 8), (2, 4, 4), (2, 2, 2), (3, 1, 1), (3, 1, 1), (3, 2, 2), (3, 3, 3), (10,))
    assert (network.layers[1].stride, network.layers[5].stride) == (2, 1)
    assert network.layers[2].activation.name == "relu"
    assert network.layout.by_id["c2"].shape == (3, 9)


@pytest.mark.parametrize("optimizer", sorted(CATALOGUE.optimizers))
def test_every_optimizer_moves_them_where_it_should(optimizer):
    whole = {"training.batch_size": 100_000} if optimizer == "random_search" else {}
    run = begin({**DIGITS, **suited(optimizer, learning_rate=0.01), **whole})
    before = run.total_loss()
    run.advance(1 if optimizer == "newton" else 15)
    assert run.state.status.health is Health.FINE
    assert np.isfinite(run.state.theta).all()
    if optimizer == "ascent":
        assert run.total_loss() > before
    else:
        assert run.total_loss() < before


@over_rows("initializer", sorted(CATALOGUE.initializers))
def test_every_initializer_draws_them(initializer):
    run = begin({**DIGITS, "network.initializer": {"kind": initializer}})
    block = run.objective.layout.block(run.state.theta, "c1")
    assert np.isfinite(block).all()
    assert (block[:, :-1] != 0).any() == (initializer != "zeros")
    run.advance(5)
    assert run.state.status.health is Health.FINE


@pytest.mark.parametrize(
    "penalty", [{"l1": 0.01}, {"l1": 0.01, "l1_form": "proximal"}, {"l2": 0.1}, {"l1": 0.01, "l2": 0.1, "biases": True}]
)
def test_every_penalty_makes_filters_smaller(penalty):
    sizes = []
    for values in ({}, penalty):
        run = begin({**DIGITS, **{f"penalty.{name}": value for name, value in values.items()},
                     "optimizer": {"kind": "sgd", "learning_rate": 0.05}})  # fmt: skip
        run.advance(60)
        sizes.append(float(np.abs(run.objective.layout.view(run.state.theta, "c2", "weight")).sum()))
    assert sizes[1] < sizes[0]


def test_more_filters_keep_those_that_there_are_and_another_size_begins_anew():
    run = begin(DIGITS)
    run.advance(5)
    before = {id: run.objective.layout.block(run.state.theta, id).copy() for id in ("c1", "c2")}
    apply(run, Change("network.layers.c1.filters", 4))
    first, second = (run.objective.layout.block(run.state.theta, id) for id in ("c1", "c2"))
    np.testing.assert_array_equal(first[:2], before["c1"])
    np.testing.assert_array_equal(second[:, :8], before["c2"][:, :8])  # what looks at the first two channels
    np.testing.assert_array_equal(second[:, -1], before["c2"][:, -1])
    run.advance(5)
    kept = second.copy()
    apply(run, Change("network.layers.c1.size", 1))
    assert not np.isin(run.objective.layout.block(run.state.theta, "c1")[:, :-1], first).any()
    assert run.objective.layout.block(run.state.theta, "c2").shape == kept.shape
    run.advance(5)


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_session_goes_on_bit_for_bit(tmp_path, precision):
    session = Session(experiment({**DIGITS, "network.precision": precision}), CATALOGUE)
    session.advance(20)
    session.send(Change("network.layers.c1.filters", 3))
    session.advance(20)
    archive.save(session, tmp_path / "a.gdx")
    again = archive.load(tmp_path / "a.gdx", CATALOGUE)
    for each in (session, again):
        each.advance(20)
    assert digest(again.run.state) == digest(session.run.state)
    assert digest(replay(session, CATALOGUE).run.state) == digest(session.run.state)


def test_what_does_not_fit_is_refused_and_nothing_has_changed():
    session = Session(experiment(DIGITS), CATALOGUE)
    session.advance(5)
    before = digest(session.run.state)
    reply = session.send(Change("network.layers.c2.size", 3))
    assert not reply.accepted
    assert reply.text.startswith("A convolution layer of size 3 and padding 0 is larger than its inputs of 2×2 pixels")
    assert digest(session.run.state) == before
    with pytest.raises(Complaint, match="needs images, not inputs of shape 2"):
        begin({"network.layers": SMALL[:1]})


def test_a_convolution_soon_reads_digits():
    run = Run(experiments.load("digits-cnn", CATALOGUE), CATALOGUE)
    run.advance(150)
    assert run.scores()[1].accuracy > 0.93


@pytest.mark.long
@pytest.mark.parametrize(("name", "accuracy"), [("digits-cnn", 0.975), ("fashion-cnn", 0.84)])
def test_over_five_seeds_they_read_what_their_commentary_says(name, accuracy):
    found = []
    for seed in range(7, 12):
        run = Run(experiments.load(name, CATALOGUE).model_copy(update={"seed": seed}), CATALOGUE)
        run.advance(run.state.experiment.show.pause_at)
        found.append(run.scores()[1].accuracy)
    assert np.mean(found) >= accuracy
