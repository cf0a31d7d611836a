"""Per-sample gradients, cloud, noise and norm test against loops and brute force."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from gdexplorer.nn.layers.gru import Gru
from gdexplorer.nn.layers.normalization import BatchNorm
from gdexplorer.objectives.per_sample import NO_SAMPLES, TIED
from gdexplorer.probes import cloud, noise, norm_test, per_sample
from gdexplorer.probes.cloud import Cloud
from gdexplorer.probes.noise import DRAWS, Noise
from gdexplorer.probes.norm_test import NormTest
from gdexplorer.probes.per_sample import NO_GRADIENT, NOT_FINITE, Taker
from tests.builders import begin, dense, learner, point
from tests.nn.layers.images import conv
from tests.probes.noises import context_of, gradient_of, one_by_one, rows_of

KINDS = {
    "dense": ((dense("h", 4),), {"inputs": 3, "examples": 9}),
    "convolution": ((conv("c", 2, 2),), {"shape": (1, 3, 3), "examples": 6}),
    "recurrent": ((Gru(id="r", units=2),), {"shape": (3, 2), "examples": 6}),
}  # fmt: skip
each_kind = pytest.mark.parametrize(("hidden", "kind"), KINDS.values(), ids=KINDS)
near = lambda value: pytest.approx(value, rel=1e-10, abs=1e-12)  # noqa: E731


def _made(rng, hidden, kind, loss="softmax_cross_entropy"):
    objective = learner(rng, hidden, loss, **kind)
    theta = point(objective, rng)
    full, context = objective.full(), context_of(objective, theta)
    return objective, theta, full, context, Taker(context)


@each_kind
def test_examples_and_their_mean_are_those_of_a_loop(rng, hidden, kind):
    objective, theta, full, _, taker = _made(rng, hidden, kind)
    samples, alone = per_sample.of_training(taker), one_by_one(objective, theta, full)
    np.testing.assert_allclose(samples.each, alone, rtol=0, atol=1e-12)
    np.testing.assert_allclose(samples.mean, gradient_of(objective, theta, full)[1], rtol=0, atol=1e-12)
    assert samples.rows.tolist() == list(range(full.size))
    mean, count = alone.mean(axis=0), full.size
    assert samples.variance == near((np.square(alone).sum() - count * mean @ mean) / (count - 1))
    assert samples.variance == near(np.trace(np.cov(alone.T)))


def test_of_many_examples_some_are_drawn_and_the_mean_is_of_all(rng, monkeypatch):
    monkeypatch.setattr(per_sample, "MOST", 5)
    monkeypatch.setattr(per_sample, "PART", 4)
    objective, theta, full, _, taker = _made(rng, *KINDS["dense"])
    samples = per_sample.of_training(taker)
    assert len(set(samples.rows.tolist())) == len(samples.each) == 5
    np.testing.assert_allclose(samples.each, one_by_one(objective, theta, rows_of(full, samples.rows)), atol=1e-12)
    np.testing.assert_allclose(samples.mean, gradient_of(objective, theta, full)[1], rtol=0, atol=1e-12)
    assert per_sample.of_training(Taker(context_of(objective, theta))).rows.tolist() == samples.rows.tolist()
    batch = per_sample.of_batch(taker, full)
    assert (len(batch.each), batch.count) == (5, 9)
    np.testing.assert_allclose(batch.mean, samples.mean, rtol=0, atol=1e-12)


@each_kind
def test_the_cloud_is_seen_along_the_mean_and_the_first_principal_direction(rng, hidden, kind):
    objective, theta, full, context, taker = _made(rng, hidden, kind)
    part = rows_of(full, [0, 2, 3, 5])
    samples, batch = per_sample.of_training(taker), per_sample.of_batch(taker, part)
    report = cloud.measure(Cloud(), context, samples, batch)
    alone = one_by_one(objective, theta, full)
    g = gradient_of(objective, theta, full)[1]
    norm = np.linalg.norm(g)
    rest = alone - alone.mean(axis=0)
    rest = rest - np.outer(rest @ g, g) / norm**2
    across = np.linalg.svd(rest)[2][0]
    across *= np.sign(((rest @ across) ** 3).sum())
    axes = np.column_stack([g / norm, across]) / norm
    np.testing.assert_allclose(report.places, alone @ axes, rtol=0, atol=1e-10)
    np.testing.assert_allclose(report.batch_places, alone[[0, 2, 3, 5]] @ axes, rtol=0, atol=1e-10)
    mean = alone[[0, 2, 3, 5]].mean(axis=0)
    np.testing.assert_allclose(report.batch_mean, mean @ axes, rtol=0, atol=1e-10)
    np.testing.assert_allclose(g @ axes, [1, 0], atol=1e-10)
    lengths = np.linalg.norm(alone, axis=1)
    np.testing.assert_allclose(report.norms, lengths / norm, rtol=1e-10)
    np.testing.assert_allclose(report.cosines, alone @ g / lengths / norm, rtol=0, atol=1e-10)
    assert report.uphill == np.mean(alone @ g < 0)
    assert report.batch_cosine == near(mean @ g / np.linalg.norm(mean) / norm)
    assert report.batch_norm == near(np.linalg.norm(mean) / norm)
    assert report.radius == near(np.sqrt(np.trace(np.cov(alone[[0, 2, 3, 5]].T)) / 4) / norm)
    spread = (alone - alone.mean(axis=0)) @ axes * norm
    assert report.seen == near(np.square(spread).sum() / (len(alone) * np.trace(np.cov(alone.T, ddof=0))))
    assert (report.norm, report.examples, report.batch_size, report.step) == (near(norm), full.size, 4, 3)


@pytest.mark.parametrize("hidden", [(), (dense("h", 3),)], ids=["wide", "tall"])
def test_with_fewer_and_with_more_parameters_than_examples_the_direction_is_a_unit_vector_across(rng, hidden):
    objective, _, _, context, taker = _made(rng, hidden, {"examples": 8}, "mse")
    samples = per_sample.of_training(taker)
    report = cloud.measure(Cloud(), context, samples, per_sample.of_batch(taker, objective.full()))
    assert (objective.layout.size < 8) == (not hidden)
    np.testing.assert_allclose(report.places.mean(axis=0), [1, 0], atol=1e-10)
    assert report.batch_mean == pytest.approx([1, 0], abs=1e-10)


def test_examples_that_are_all_alike_have_no_direction_across(rng):
    _, _, full, context, taker = _made(rng, *KINDS["dense"])
    same = per_sample.of_batch(taker, rows_of(full, [1, 1, 1]))
    report = cloud.measure(Cloud(), context, same, same)
    np.testing.assert_allclose(report.places, [[1, 0]] * 3, atol=1e-12)
    assert report.radius == pytest.approx(0, abs=1e-12)


def test_an_example_without_gradient_has_no_cosine(rng):
    _, _, _, context, taker = _made(rng, *KINDS["dense"])
    samples = per_sample.of_training(taker)
    samples.each[2] = 0.0
    report = cloud.measure(Cloud(), context, samples, samples)
    assert np.isnan(report.cosines).tolist() == [k == 2 for k in range(9)]


@each_kind
def test_the_expected_noise_is_the_mean_over_all_batches_there_are(rng, hidden, kind):
    objective, theta, full, context, taker = _made(rng, hidden, kind)
    report = noise.measure(Noise(), context, per_sample.of_training(taker), taker)
    alone, g = one_by_one(objective, theta, full), gradient_of(objective, theta, full)[1]
    norm = np.linalg.norm(g)
    for size in range(1, full.size + 1):
        every = np.array([alone[list(rows)].mean(axis=0) for rows in combinations(range(full.size), size)])
        exact = np.sqrt(np.square(every - g).sum(axis=1).mean()) / norm
        assert report.expected(size) == pytest.approx(exact, rel=1e-10, abs=1e-10)
        assert report.ideal(size) == near(np.sqrt(np.trace(np.cov(alone.T)) / size) / norm)
    pairs = np.square((alone[:, None] + alone) / 2 - g).sum(axis=2).mean()  # with replacement
    count = full.size
    assert report.ideal(2) == near(np.sqrt(pairs * count / (count - 1)) / norm)


def test_drawn_batches_are_of_different_examples_and_the_same_ones_each_time(rng):
    objective, theta, full, context, taker = _made(rng, (dense("h", 3),), {"examples": 20}, "mse")
    samples = per_sample.of_training(taker)
    report = noise.measure(Noise(), context, samples, taker)
    assert report.sizes.tolist() == [1, 4, 16]
    assert report.drawn.shape == (3, DRAWS)
    alone, generator = one_by_one(objective, theta, full), np.random.default_rng(0)
    for size, found in zip(report.sizes, report.drawn, strict=True):
        for value in found:
            rows = generator.choice(20, size, replace=False)
            expected = np.linalg.norm(alone[rows].mean(axis=0) - alone.mean(axis=0))
            assert value == near(expected / np.linalg.norm(alone.mean(axis=0)))
    np.testing.assert_array_equal(noise.measure(Noise(), context, samples, taker).drawn, report.drawn)


@each_kind
@pytest.mark.parametrize("count", [2, 5])
def test_the_norm_test_is_cockpits(rng, hidden, kind, count):
    objective, theta, full, context, taker = _made(rng, hidden, kind)
    part = rows_of(full, np.arange(count))
    report = norm_test.measure(NormTest(), context, per_sample.of_batch(taker, part))
    alone, g = one_by_one(objective, theta, part), gradient_of(objective, theta, part)[1]
    variance = ((alone**2).sum() - count * (g @ g)) / (count - 1)
    assert report.variance == near(variance)
    assert report.ratio == near(np.sqrt(variance / (count * (g @ g))))
    assert (report.batch_size, report.measured, report.norm) == (count, count, near(np.linalg.norm(g)))


def test_of_one_example_there_is_no_norm_test(rng):
    _, _, full, context, taker = _made(rng, *KINDS["dense"])
    with pytest.raises(ValueError, match="at least two"):
        norm_test.measure(NormTest(), context, per_sample.of_batch(taker, rows_of(full, [0])))


def test_what_cannot_be_measured_is_refused_in_words(rng):
    tied = learner(rng, (dense("h", 3), BatchNorm(id="n")), "mse")
    assert per_sample.refusal(tied) == TIED
    assert per_sample.refusal(begin({"problem": {"kind": "himmelblau"}}).objective) == NO_SAMPLES
    assert per_sample.refusal(learner(rng, (dense("h", 3),), "mse")) == ""


def test_a_gradient_that_is_not_finite_or_0_is_refused_in_words(rng):
    objective = learner(rng, (dense("h", 3),), "mse")
    with pytest.raises(ValueError, match=NOT_FINITE):
        per_sample.of_training(Taker(context_of(objective, np.full(objective.layout.size, 1e200))))
    data = objective.data
    still = replace(objective, data=replace(data, train=replace(data.train, y=0 * data.train.y)))
    with pytest.raises(ValueError, match=NO_GRADIENT):
        per_sample.of_training(Taker(context_of(still, np.zeros(still.layout.size))))
