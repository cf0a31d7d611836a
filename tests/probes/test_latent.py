"""Codes and reconstructions, against the whole network and against principal axes of the covariance."""

from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.probes.context import Context
from gdexplorer.probes.latent import Latent, decode, measure, narrowest
from tests.builders import begin, point


def layers(width, activation="linear"):
    return [{"id": "h1", "units": 9, "activation": "tanh"}, {"id": "code", "units": width, "activation": activation},
            {"id": "h2", "units": 7, "activation": "tanh"}]  # fmt: skip


def autoencoder(width=2, data=None, **changes):
    return begin({"problem": "autoencoder", "data": data or {"kind": "digits", "amount": 60}, "loss": "mse",
                  "network.layers": layers(width), **changes}).objective  # fmt: skip


def context(objective, theta):
    return Context(9, objective, theta, theta, {}, 0, objective.fresh_buffers())


def principal_axes(codes):
    """The two eigenvectors of the covariance with the largest eigenvalues, and their share."""
    covariance = np.cov(codes.T)
    values, vectors = np.linalg.eigh(covariance)
    return vectors[:, ::-1][:, :2].T, values[::-1][:2].sum() / values.sum()


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("scaling", ["none", "standardize", "minmax"])
def test_what_is_given_back_is_the_whole_networks_and_raw(rng, split, scaling):
    objective = autoencoder(data={"kind": "digits", "amount": 60, "scaling": scaling})
    theta = point(objective, rng)
    report = measure(Latent(split), context(objective, theta))
    x = getattr(objective.data, split).x
    outputs = objective.program(objective.full()).predict(theta, np.zeros(0), x)
    scaler = objective.scaler
    np.testing.assert_allclose(report.outputs, outputs * scaler.scale + scaler.offset, rtol=1e-9, atol=1e-12)
    for k in range(len(x)):
        seen = (x[k] - scaler.offset) / scaler.scale
        assert report.errors[k] == pytest.approx(sum((a - b) ** 2 for a, b in zip(outputs[k], seen, strict=True)) / 64)
    scored = objective.program(objective.full()).score(theta, np.zeros(0), objective.full(split))
    assert report.errors.mean() == pytest.approx(scored.loss)
    assert (report.total, len(report.examples.x)) == (len(x), len(x))


@pytest.mark.parametrize("width", [1, 2])
def test_up_to_two_units_the_plane_is_that_of_the_codes(rng, width):
    objective = autoencoder(width)
    theta = point(objective, rng)
    report = measure(Latent(), context(objective, theta))
    codes = objective.program(objective.full()).predict(theta, np.zeros(0), objective.data.test.x, 0, 2)
    assert (report.layer, report.width, report.explained) == ("code", width, None)
    np.testing.assert_allclose(report.places[:, :width], codes, rtol=1e-12)
    assert not report.places[:, width:].any()
    assert report.mean == pytest.approx((*codes.mean(axis=0), 0.0)[:2])


def test_beyond_it_is_that_of_the_two_principal_axes(rng):
    objective = autoencoder(5)
    theta = point(objective, rng)
    report = measure(Latent("train"), context(objective, theta))
    codes = objective.program(objective.full()).predict(theta, np.zeros(0), objective.data.train.x, 0, 2)
    axes, share = principal_axes(codes)
    assert report.explained == pytest.approx(share)
    np.testing.assert_allclose(report.origin, codes.mean(axis=0), rtol=1e-9)
    assert np.abs(np.sum(report.directions * axes, axis=1)) == pytest.approx([1, 1])
    np.testing.assert_allclose(report.places, (codes - codes.mean(axis=0)) @ report.directions.T, atol=1e-9)
    assert report.mean == (0.0, 0.0)


def test_signs_of_axes_agree_with_those_before(rng):
    objective = autoencoder(4)
    theta = point(objective, rng)
    first = measure(Latent(), context(objective, theta))
    turned = replace(first, directions=-first.directions)
    again = measure(Latent(), context(objective, theta), turned)
    np.testing.assert_allclose(again.directions, turned.directions, atol=1e-12)
    other = replace(turned, layer="h9")
    np.testing.assert_array_equal(measure(Latent(), context(objective, theta), other).directions, first.directions)


@pytest.mark.parametrize("width", [1, 2, 6])
def test_decoding_a_code_is_the_forward_pass_of_the_rest(rng, width):
    objective = autoencoder(width)
    theta = point(objective, rng)
    at = context(objective, theta)
    report = measure(Latent(), at)
    place = (0.3, -0.7)
    found = decode(place, at, report)
    expected = report.origin + 0.3 * report.directions[0] + (-0.7 * report.directions[1] if width > 1 else 0)
    np.testing.assert_allclose(found.code, expected, rtol=1e-12)
    a = expected
    for layer in objective.network.layers[2:]:
        block = objective.layout.view(theta, layer.id, "weight"), objective.layout.view(theta, layer.id, "bias")
        a = layer.activation(block[0] @ a + block[1], layer.knobs)
    np.testing.assert_allclose(found.output, a, rtol=1e-9)


@pytest.mark.parametrize("width", [1, 2])
def test_the_code_of_an_example_decodes_to_what_is_given_back(rng, width):
    objective = autoencoder(width)
    at = context(objective, point(objective, rng))
    report = measure(Latent(), at)
    for k in (0, 5):
        np.testing.assert_allclose(decode(tuple(report.places[k]), at, report).output, report.outputs[k], rtol=1e-9)


def test_the_narrowest_layer_is_the_first_of_equals():
    units = [{"id": f"h{k}", "units": n, "activation": "tanh"} for k, n in enumerate((5, 3, 4, 3))]
    assert narrowest(autoencoder(**{"network.layers": units})) == 1
    assert narrowest(autoencoder(**{"network.layers": []})) is None


def test_without_a_hidden_layer_there_are_no_codes(rng):
    objective = autoencoder(**{"network.layers": []})
    theta = point(objective, rng)
    report = measure(Latent(), context(objective, theta))
    assert (report.width, report.layer, report.mean) == (0, "", (0.0, 0.0))
    whole = objective.program(objective.full()).predict(theta, np.zeros(0), objective.data.test.x)
    np.testing.assert_allclose(report.outputs, whole, rtol=1e-12)


@pytest.mark.parametrize(("features", "columns"), [(("x", "y"), 2), (("y", "x2", "x"), 2), (("x", "xy"), 0)])
def test_of_features_points_are_put_back_where_x_and_y_say(rng, features, columns):
    objective = autoencoder(1, {"kind": "moons", "amount": 40, "features": features, "scaling": "standardize"})
    theta = point(objective, rng)
    report = measure(Latent(), context(objective, theta))
    assert report.outputs.shape == (len(objective.data.test.x), columns)
    raw = (objective.program(objective.full()).predict(theta, np.zeros(0), objective.data.test.x)
           * objective.scaler.scale + objective.scaler.offset)  # fmt: skip
    if columns:
        wanted = [features.index(name) for name in "xy"]
        np.testing.assert_allclose(report.outputs, raw[:, wanted], rtol=1e-9)


def test_numbers_that_are_not_finite_are_no_error(rng):
    objective = autoencoder(4)
    theta = np.full_like(point(objective, rng), np.nan)
    report = measure(Latent(), context(objective, theta))
    assert np.isnan(report.errors).all()
    assert np.isnan(report.places).all()
