"""Recurrent layers in runs: with every initializer, penalty and optimizer, changed in mid-run, saved and replayed."""

import numpy as np
import pytest

from gdexplorer.lab import archive
from gdexplorer.lab.commands import Change, Reinitialize
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.replay import replay
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from tests.builders import CATALOGUE, begin, digest, experiment, suited
from tests.over_rows import over_rows

LAYERS = {
    "rnn": [{"kind": "rnn", "id": "r", "units": 4}],
    "gru": [{"kind": "gru", "id": "r", "units": 3}],
    "row": [{"kind": "gru", "id": "r", "units": 3, "returns": "all"}, {"kind": "rnn", "id": "s", "units": 2},
            {"id": "h", "units": 3, "activation": "tanh"}],
}  # fmt: skip
PENALTIES = {"l1": {"penalty.l1": 0.01}, "proximal": {"penalty.l1": 0.01, "penalty.l1_form": "proximal"},
             "l2": {"penalty.l2": 0.1}, "biases": {"penalty.l2": 0.1, "penalty.biases": True}}  # fmt: skip
each = over_rows("layers", LAYERS.values(), ids=LAYERS)


def _changes(layers, **changes):
    return {"data.kind": "adding", "loss": "mse", "network.layers": layers, **changes}


def _moves(run, updates):
    before = run.total_loss()
    run.advance(updates)
    assert run.state.status.health is Health.FINE
    assert np.isfinite(run.total_loss())
    assert run.total_loss() != before


@each
@pytest.mark.parametrize("optimizer", sorted(CATALOGUE.optimizers))
def test_every_optimizer_takes_them(layers, optimizer):
    _moves(begin(_changes(layers, **suited(optimizer, learning_rate=0.01))), 5)


@each
@pytest.mark.parametrize("initializer", sorted(CATALOGUE.initializers))
@pytest.mark.parametrize("start", ["orthogonal", "identity", "initializer"])
def test_every_initializer_draws_them(layers, initializer, start):
    layers = [layer | ({"start": start} if "kind" in layer else {}) for layer in layers]
    run = begin(_changes(layers, **{"network.initializer": initializer}))
    assert np.isfinite(run.state.theta).all()
    _moves(run, 3)


@each
@pytest.mark.parametrize("penalty", PENALTIES.values(), ids=PENALTIES)
def test_every_penalty_is_on_them(layers, penalty):
    run, plain = begin(_changes(layers, **penalty)), begin(_changes(layers))
    assert run.total_loss() > plain.total_loss()
    _moves(run, 5)
    weights = run.objective.layout.view(run.state.theta, "r.h", "weight")
    plain.advance(5)
    assert np.linalg.norm(weights) < np.linalg.norm(plain.objective.layout.view(plain.state.theta, "r.h", "weight"))


def test_the_spectral_radius_is_that_of_the_weights_drawn():
    for radius in (0.5, 1.3):
        run = begin(_changes([{"kind": "rnn", "id": "r", "units": 6, "radius": radius}]))
        found = run.objective.layout.block(run.state.theta, "r.h")
        assert np.abs(np.linalg.eigvals(found)).max() == pytest.approx(radius)


@each
def test_changes_in_mid_run_keep_what_fits(layers):
    session = Session(experiment(_changes(layers)), CATALOGUE)
    session.advance(5)
    before = session.run.state.theta.copy()
    for change in (Change("network.layers.r.radius", 1.2), Change("network.layers.r.start", "identity")):
        assert session.send(change).accepted
        np.testing.assert_array_equal(session.run.state.theta, before)  # until weights are drawn
    assert session.send(Reinitialize("r", 3)).accepted
    square = session.run.objective.layout.block(session.run.state.theta, "r.h")
    np.testing.assert_array_equal(np.diag(square)[:3], 1.2)
    if layers[0]["kind"] == "rnn":
        drawn = session.run.state.theta.copy()
        assert session.send(Change("network.layers.r.activation", "relu")).accepted
        np.testing.assert_array_equal(session.run.state.theta, drawn)
    assert session.send(Change("network.layers.r.returns", "last" if len(layers) > 1 else "all")).accepted == (
        len(layers) == 1
    )
    session.advance(5)
    assert session.run.state.status.health is Health.FINE


@each
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_session_goes_on_bit_for_bit(tmp_path, layers, precision):
    session = Session(experiment(_changes(layers, **{"network.precision": precision})), CATALOGUE)
    session.advance(11)
    archive.save(session, tmp_path / "a.gdx")
    again = archive.load(tmp_path / "a.gdx", CATALOGUE)
    for one in (session, again):
        one.advance(9)
    assert digest(again.run.state) == digest(session.run.state)
    assert digest(replay(session, CATALOGUE).run.state) == digest(session.run.state)


@pytest.mark.parametrize("kind", ["rnn", "gru"])
def test_they_take_no_images_and_no_plain_features(kind):
    for source in ("digits", "moons"):
        with pytest.raises(Complaint, match="needs sequences, steps × features"):
            begin({"data.kind": source, "loss": "softmax_cross_entropy" if source == "digits" else "mse",
                   "network.layers": [{"kind": kind, "id": "r"}]})  # fmt: skip


def test_the_trace_has_states_and_their_gradients_of_every_step():
    run = begin(_changes(LAYERS["row"]))
    found = run.program.trace(run.state.theta, run.state.buffers, run.objective.full())
    size = run.objective.full().size
    assert found["r.hidden"].shape == found["r.hidden_delta"].shape == (20 * 3, size)
    assert found["s.hidden"].shape == found["s.hidden_delta"].shape == (20 * 2, size)
    np.testing.assert_array_equal(found["s.hidden"][-2:], found["s.a"])
    np.testing.assert_array_equal(found["r.hidden"], found["r.a"])
    np.testing.assert_array_equal(found["s.hidden_delta"][-2:], found["s.delta"])


def test_another_number_of_units_keeps_each_weight_from_one_unit_to_another():
    layers = [{"kind": "rnn", "id": "r", "units": 4, "activation": "tanh"}]
    session = Session(experiment({"data": {"kind": "delayed_sum", "amount": 60, "noise": 0}, "loss": "mse",
                                  "network.layers": layers}), CATALOGUE)  # fmt: skip
    before = session.run.objective.layout.block(session.run.state.theta, "r.h").copy()
    assert session.send(Change("network.layers.r.units", 6)).accepted
    after = session.run.objective.layout.block(session.run.state.theta, "r.h")
    np.testing.assert_array_equal(after[:4, :4], before)


@pytest.mark.parametrize("kind", ["rnn", "gru"])
def test_the_bug_lab_omits_their_slopes_too(kind):
    layers = [{"kind": kind, "id": "r", "units": 4}]
    gradients = []
    for omitted in (False, True):
        run = begin({"data": {"kind": "delayed_sum", "amount": 60, "noise": 0}, "loss": "mse", "network.layers": layers,
                     "bugs": {"lab": True, "omitted_slope": omitted}})  # fmt: skip
        run.look()
        gradients.append(run.objective.layout.block(run.state.slots[0].gradient, "r").copy())
    assert np.abs(gradients[1] - gradients[0]).max() > 1e-3
