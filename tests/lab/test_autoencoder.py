"""Networks that learn to give back their inputs."""

import numpy as np
import pytest

from gdexplorer.lab import experiments
from gdexplorer.lab.commands import Change
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE, begin, experiment

DIGITS = {
    "problem": "autoencoder", "data": {"kind": "digits", "amount": 300}, "loss": "mse",
    "network.layers": [{"id": "in", "units": 16, "activation": "tanh"},
                       {"id": "latent", "units": 2, "activation": "linear"},
                       {"id": "out", "units": 16, "activation": "tanh"}],
    "network.output": "sigmoid", "training.batch_size": 32, "optimizer": {"kind": "adam", "learning_rate": 0.01},
}  # fmt: skip


def test_its_targets_are_its_inputs_as_it_sees_them():
    run = begin(DIGITS | {"data": {"kind": "digits", "amount": 300, "scaling": "minmax"}})
    batch = run.objective.full()
    np.testing.assert_array_equal(batch.y, batch.x[:-1])
    outputs = run.program.predict(run.state.theta, run.state.buffers, run.objective.data.train.x)
    expected = np.mean((outputs - run.objective.encode(run.objective.data.train.x)[:, :-1]) ** 2)
    assert run.scores()[0].loss == pytest.approx(expected, rel=1e-12)
    assert run.scores()[0].accuracy is None
    assert "reconstruct" in run.objective.can
    assert "answer" not in run.objective.can


def test_it_learns_and_its_halves_make_the_whole():
    run = begin(DIGITS)
    before = run.scores()[1].loss
    run.advance(600)
    assert run.scores()[1].loss < 0.75 * before
    theta, x = run.state.theta, run.objective.data.test.x
    latent = run.program.predict(theta, run.state.buffers, x, stop=2)
    assert latent.shape == (len(x), 2)
    decoded = run.program.predict(theta, run.state.buffers, latent, start=2)
    np.testing.assert_allclose(decoded, run.program.predict(theta, run.state.buffers, x), rtol=1e-12)


def test_a_loss_for_classes_is_refused_or_replaced_when_one_chooses_it():
    with pytest.raises(Complaint, match="cannot compare outputs with inputs"):
        begin(DIGITS | {"loss": "softmax_cross_entropy", "network.output": "linear"})
    plain = experiment({"data": {"kind": "digits", "amount": 300}, "loss": "softmax_cross_entropy"})
    session = Session(plain, CATALOGUE)
    assert session.send(Change("problem.kind", "autoencoder")).text == "problem → autoencoder, loss → ½ MSE"
    assert session.run.program.predict(session.run.state.theta, session.run.state.buffers,
                                       session.run.objective.data.test.x).shape[1] == 64  # fmt: skip
    session.advance(3)


def test_layers_that_make_an_image_are_the_output_themselves():
    layers = [
        {"kind": "convolution", "id": "c1", "filters": 4, "size": 3, "padding": 1, "activation": "relu"},
        {"kind": "max_pool", "id": "p1", "size": 2},
        {"id": "latent", "units": 3, "activation": "linear"},
        {"id": "back", "units": 64, "activation": "relu"},
        {"kind": "reshape", "id": "image", "channels": 4, "height": 4, "width": 4},
        {"kind": "upsample", "id": "up", "factor": 2},
        {"kind": "convolution", "id": "c2", "filters": 1, "size": 3, "padding": 1, "activation": "sigmoid"},
    ]
    run = begin(DIGITS | {"network.layers": layers})
    assert [layer.id for layer in run.objective.network.layers][-1] == "c2"
    before = run.scores()[1].loss
    run.advance(100)
    assert run.scores()[1].loss < before


@pytest.mark.parametrize("data", ["moons", "sine", "delayed_sum"])
def test_any_data_will_do(data):
    run = begin({"problem": "autoencoder", "data": {"kind": data, "amount": 50}, "loss": "half_mse"})
    run.advance(5)
    assert run.objective.full().y.shape == (len(run.objective.full().x) - 1, run.objective.full().size)


def test_of_an_image_a_network_that_could_learn_nothing_gets_its_output_layer():
    for layers in ([], [{"kind": "dropout", "id": "d"}]):
        run = begin(DIGITS | {"network.layers": layers})
        assert run.objective.network.layers[-1].id == "output"


def preset(name, updates):
    run = Run(experiments.load(name, CATALOGUE), CATALOGUE)
    run.advance(updates)
    return run


def test_eight_numbers_by_convolution_halve_the_error_of_two():
    two, eight = (preset(name, updates).scores()[1].loss for name, updates in (("autoencoder", 1500),
                                                                               ("autoencoder-conv", 1000)))  # fmt: skip
    assert two < 0.042
    assert eight < 0.55 * two


def test_one_linear_unit_comes_to_the_first_principal_component_and_no_further():
    run = preset("autoencoder-line", 1500)
    x = run.objective.data.train.x
    values = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)
    best = (values[1:] ** 2).sum() / x.size
    assert best <= run.scores()[0].loss < 1.03 * best
    assert run.scores()[0].loss == pytest.approx(0.062, abs=0.0015)
