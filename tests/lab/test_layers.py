"""Layers with a state of their own in runs: normalization, dropout."""

import numpy as np
import pytest

from gdexplorer.lab import archive
from gdexplorer.lab.commands import Change, Reinitialize
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.layer_kinds import LAYERS
from gdexplorer.lab.replay import replay
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from tests.builders import CATALOGUE, begin, digest, experiment, suited
from tests.over_rows import over_rows

NORMED = [
    {"id": "h1", "units": 6, "activation": "linear"},
    {"kind": "batch_norm", "id": "n1", "activation": "relu"},
    {"kind": "dropout", "id": "d1", "rate": 0.3},
    {"id": "h2", "units": 4, "activation": "tanh"},
    {"kind": "layer_norm", "id": "n2", "activation": "tanh"},
]


def _session(**changes):
    return Session(experiment({"network.layers": NORMED, **changes}), CATALOGUE)


def test_running_statistics_follow_the_updates_and_nothing_else():
    run = begin({"network.layers": NORMED, "optimizer": {"kind": "sgd", "learning_rate": 1e-12}})
    start = run.state.buffers.copy()
    np.testing.assert_array_equal(run.objective.buffers.block(start, "n1"), np.tile([0.0, 1.0], (6, 1)))
    run.look()
    run.scores()
    run.total_loss()
    np.testing.assert_array_equal(run.state.buffers, start)
    run.advance(400)  # weights hardly move, so they come near the statistics of all examples
    z = run.program.trace(run.state.theta, np.zeros(0), run.objective.full())["h1.z"]
    found = run.objective.buffers.block(run.state.buffers, "n1")
    np.testing.assert_allclose(found[:, 0], z.mean(axis=1), atol=0.25)
    np.testing.assert_allclose(found[:, 1], z.var(axis=1, ddof=1), rtol=0.4)


def test_evaluation_is_by_running_statistics_and_training_by_the_batchs():
    run = begin({"network.layers": NORMED})
    run.advance(50)
    state, batch = run.state, run.objective.full()
    trained = run.objective.program(batch).value_and_gradient(
        state.theta, np.zeros(0), batch, np.empty_like(state.theta)
    )
    assert run.scores()[0].loss != pytest.approx(trained, rel=1e-3)
    surface = run.objective.program(batch).losses(state.theta[None], np.zeros(0), batch)
    assert surface[0] == pytest.approx(trained, rel=1e-12)


@pytest.mark.parametrize("optimizer", sorted(CATALOGUE.optimizers))
def test_every_optimizer_takes_them(optimizer):
    layers = [layer for layer in NORMED if layer["id"] != "d1"]
    run = begin({"network.layers": layers, **suited(optimizer, learning_rate=0.01)})
    before = run.total_loss()
    run.advance(30)
    assert run.state.status.health is Health.FINE
    assert np.isfinite(run.total_loss())
    assert run.total_loss() != before


@over_rows("initializer", sorted(CATALOGUE.initializers))
def test_every_initializer_leaves_scale_and_shift_alone(initializer):
    run = begin({"network.layers": NORMED, "network.initializer": {"kind": initializer}})
    for id in ("n1", "n2"):
        block = run.objective.layout.block(run.state.theta, id)
        np.testing.assert_array_equal(block, np.tile([1.0, 0.0], (len(block), 1)))


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_session_goes_on_bit_for_bit(tmp_path, precision):
    session = _session(**{"network.precision": precision})
    session.advance(37)
    session.send(Change("network.layers.d1.rate", 0.6))
    session.advance(20)
    archive.save(session, tmp_path / "a.gdx")
    again = archive.load(tmp_path / "a.gdx", CATALOGUE)
    np.testing.assert_array_equal(again.run.state.buffers, session.run.state.buffers)
    for each in (session, again):
        each.advance(25)
    assert digest(again.run.state) == digest(session.run.state)
    replayed = replay(session, CATALOGUE)
    assert digest(replayed.run.state) == digest(session.run.state)
    np.testing.assert_array_equal(replayed.run.state.buffers, session.run.state.buffers)


def test_a_copy_of_the_state_runs_on_its_own():
    run = begin({"network.layers": NORMED})
    run.advance(10)
    copy = run.state.copy()
    run.advance(10)
    assert (copy.buffers != run.state.buffers).any()


def test_a_norm_put_in_mid_run_keeps_the_weights_around_it():
    session = _session(**{"network.layers": [NORMED[0], NORMED[3]]})
    session.advance(20)
    before = {id: session.run.objective.layout.block(session.run.state.theta, id).copy() for id in ("h1", "h2")}
    assert session.send(Change("network.layers", NORMED)).accepted
    for id, block in before.items():
        np.testing.assert_array_equal(session.run.objective.layout.block(session.run.state.theta, id), block)
    session.advance(5)
    statistics = session.run.state.buffers.copy()
    assert session.send(Change("network.layers.h2.units", 7)).accepted
    np.testing.assert_array_equal(session.run.state.buffers, statistics)
    assert session.send(Reinitialize("n1", 3)).accepted
    session.advance(5)


def test_an_epoch_that_would_end_in_one_example_leaves_it_out():
    session = _session(**{"training.batch_size": 23})  # of 24
    session.advance(1)
    assert session.run.state.streams.cursor == 23
    session.advance(1)
    assert (session.run.state.streams.epoch, session.run.state.streams.cursor) == (2, 23)
    assert session.run.state.status.health is Health.FINE
    assert session.send(Change("training.batch_size", 11)).accepted  # 1 of this epoch is left
    session.advance(7)
    assert np.isfinite(session.run.state.buffers).all()


def test_batches_of_one_are_refused_in_words():
    with pytest.raises(Complaint, match=r"Batch norm cannot train on batches of 1"):
        begin({"network.layers": NORMED, "training.batch_size": 1})
    session = _session()
    reply = session.send(Change("training.batch_size", 1))
    assert not reply.accepted
    assert "2 or more" in reply.text


@pytest.mark.parametrize("kind", LAYERS, ids=lambda record: record.name)
def test_every_kind_says_what_it_is(kind):
    assert kind.help.endswith(".")
    assert kind.Knobs.model_fields["kind"].default == kind.name


def test_layers_are_named_in_a_label():
    session = _session(**{"network.layers": []})
    assert session.send(Change("network.layers", NORMED)).text == "layers 6-batch norm-dropout 0.3-4-layer norm"


def test_one_change_puts_norms_in_or_takes_them_out():
    session = _session(**{"network.layers": [NORMED[0] | {"activation": "relu"}, NORMED[2], NORMED[3]]})
    before = session.run.state.experiment
    assert session.send(Change("network.normalization", "batch_norm")).text == "normalization → batch norm"
    layers = session.run.state.experiment.network.layers
    assert [(layer.id, layer.kind) for layer in layers] == [
        ("h1", "dense"), ("h1_norm", "batch_norm"), ("d1", "dropout"), ("h2", "dense"), ("h2_norm", "batch_norm"),
    ]  # fmt: skip
    assert [layer.activation.kind for layer in layers if layer.kind != "dropout"] == [
        "linear",
        "relu",
        "linear",
        "tanh",
    ]
    session.advance(3)
    session.send(Change("network.activation", "sigmoid"))  # of the norms: before them everything stays linear
    session.send(Change("network.normalization", "layer_norm"))
    kinds = [layer.kind for layer in session.run.state.experiment.network.layers]
    assert kinds == ["dense", "layer_norm", "dropout", "dense", "layer_norm"]
    session.send(Change("network.activation", "relu"))
    session.send(Change("network.normalization", "none"))
    after = session.run.state.experiment
    assert [layer.activation.kind for layer in after.network.layers if layer.kind == "dense"] == ["relu", "relu"]
    assert [layer.id for layer in after.network.layers] == [layer.id for layer in before.network.layers]
    assert "did you mean 'batch_norm'" in session.send(Change("network.normalization", "batch")).text


@pytest.mark.parametrize(("before", "after"), [("batch_norm", "layer_norm"), ("layer_norm", "batch_norm")])
def test_norms_of_one_kind_give_way_to_those_of_the_other_and_come_back_as_they_were(before, after):
    """Both have the same parameters, but only one has running statistics."""
    session = _session(**{"network.layers": [NORMED[0], {"kind": before, "id": "n1", "activation": "relu"}]})
    session.advance(20)
    was = digest(session.run.state)
    reply = session.send(Change("network.normalization", after))
    assert reply.accepted
    assert session.run.state.buffers.size == session.run.objective.buffers.size
    session.advance(5)
    session.revert(reply.undo.run, reply.undo.moment)
    assert reply.undo.command is None
    assert digest(session.run.state) == was
