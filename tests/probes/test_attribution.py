"""Maps of a picture and their baselines against central differences, direct calls and loops."""

from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.data import load
from gdexplorer.data.scenes import SCENES
from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.objectives.sensitivity import Sensitivity
from gdexplorer.probes import attribution, saliency
from gdexplorer.probes.attribution import DRAWS, Attribution, last_convolution, measure
from gdexplorer.probes.context import Context
from tests.builders import ACTIVATION, dense, learner, point

TANH = ACTIVATION["tanh"]
SHAPE = (2, 5, 4)
CONVOLUTIONS = tuple(Convolution(id=f"c{k}", filters=3, size=2, activation=TANH, knobs=TANH.Knobs()) for k in (1, 2))


def classifier(rng, layers=CONVOLUTIONS, loss="softmax_cross_entropy", **options):
    return learner(rng, (*layers, dense("h", 5)), loss, **{"classes": 3, "examples": 20, "shape": SHAPE} | options)


def measured(objective, theta, request, **options):
    sensitivity = Sensitivity(objective, last_convolution(objective))
    context = Context(9, objective, theta, theta, {}, 0, objective.fresh_buffers())
    return measure(request, context, sensitivity, **options)


def outputs_of(objective, theta, x):
    return objective.program(objective.full()).predict(theta, objective.fresh_buffers(), x.reshape(len(x), -1))


def slopes(objective, theta, image, score):
    """∂s/∂x by central differences."""
    found, h = np.zeros(image.size), 1e-5
    for k in range(image.size):
        ends = [image.reshape(-1) + sign * h * np.eye(image.size)[k] for sign in (1, -1)]
        found[k] = np.diff([score(outputs_of(objective, theta, end[None])[0]) for end in ends[::-1]])[0] / (2 * h)
    return found.reshape(image.shape)


@pytest.mark.parametrize("layers", [CONVOLUTIONS, ()])
@pytest.mark.parametrize("of", ["predicted", "true", 2])
def test_maps_are_made_of_central_differences_of_the_chosen_score(rng, layers, of):
    objective = classifier(rng, layers)
    theta = point(objective, rng)
    report = measured(objective, theta, Attribution("test", 3, of=of))
    image = objective.data.test.x[3].reshape(SHAPE)
    outputs = outputs_of(objective, theta, image[None])[0]
    chosen = {"predicted": int(outputs.argmax()), "true": int(objective.data.test.y[3])}.get(of, of)
    by = slopes(objective, theta, image, lambda out: out[chosen])
    assert (report.step, report.chosen, report.predicted) == (9, chosen, int(outputs.argmax()))
    np.testing.assert_allclose(report.outputs, outputs)
    np.testing.assert_allclose(report.maps[0].values, np.abs(by).max(axis=0), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(report.maps[1].values, (image * by).sum(axis=0), rtol=1e-5, atol=1e-7)
    assert [map.kind for map in report.maps] == ["saliency", "product", "cam"][: 3 if layers else 2]
    assert (report.layer, report.coarse) == (("c2", (3, 2)) if layers else ("", ()))


def test_grad_cam_is_of_the_last_convolution(rng):
    objective = classifier(rng)
    theta, x = point(objective, rng), objective.data.test.x[:1]
    report = measured(objective, theta, Attribution(of=1))
    found = Sensitivity(objective, "c2").at(theta, objective.fresh_buffers(), x, 1)
    expected = saliency.enlarged(saliency.grad_cam(found.activations, found.by_activations), 5, 4)[0]
    np.testing.assert_allclose(report.maps[2].values, expected, rtol=1e-12)
    assert expected.max() > 0


@pytest.mark.parametrize("chosen", [0, 1])
def test_of_one_output_the_first_class_has_the_negative_score(rng, chosen):
    objective = classifier(rng, loss="binary_cross_entropy", classes=2)
    theta = point(objective, rng)
    report = measured(objective, theta, Attribution(of=chosen))
    image = objective.data.test.x[0].reshape(SHAPE)
    sign = 1 if chosen else -1
    by = slopes(objective, theta, image, lambda out: sign * out[0])
    np.testing.assert_allclose(report.maps[1].values, (image * by).sum(axis=0), rtol=1e-5, atol=1e-7)
    score = sign * outputs_of(objective, theta, image[None])[0, 0]
    for curve in (*report.deleted.values(), *report.random):
        assert curve[0] == pytest.approx(score)


def test_a_class_or_a_drawing_of_other_data_gives_way(rng):
    objective = classifier(rng)
    report = measured(objective, point(objective, rng), Attribution(of=7, drawn=(0.5,) * 9))
    assert report.chosen == report.predicted
    assert report.true == int(objective.data.test.y[0])


def test_shares_are_of_the_ink_or_of_the_box(rng):
    objective = classifier(rng)
    theta = point(objective, rng)
    report = measured(objective, theta, Attribution(index=4), above=0.7)
    ink = objective.data.test.x[4].reshape(SHAPE).max(axis=0) > 0.7
    np.testing.assert_array_equal(report.mask, ink)
    assert (report.box, report.above, report.area) == (None, 0.7, ink.mean())
    for map in report.maps:
        size = np.abs(map.values)
        assert map.mass == pytest.approx(size[ink].sum() / size.sum())
        assert map.peak == ink.reshape(-1)[map.values.argmax()]
    data = load(SCENES, 40, 0.1, 0.5, 3)
    scenes = replace(classifier(rng, (), classes=6, shape=data.shape), data=data)
    report = measured(scenes, point(scenes, rng), Attribution(index=2))
    top, bottom, left, right = report.box
    assert report.mask.sum() == 49
    assert report.mask[top:bottom, left:right].all()


def test_means_are_over_the_first_examples_each_with_its_own_class(rng, monkeypatch):
    monkeypatch.setattr(attribution, "AVERAGED", 9)
    objective = classifier(rng)
    theta = point(objective, rng)
    for of in ("true", "predicted", 1):
        report = measured(objective, theta, Attribution("train", of=of))
        single = [measured(objective, theta, Attribution("train", k, of=of)) for k in range(9)]
        assert report.averaged == 9
        assert report.mean_area == pytest.approx(np.mean([one.area for one in single]))
        for k, map in enumerate(report.maps):
            mass, peak = report.means[map.kind]
            assert mass == pytest.approx(np.nanmean([one.maps[k].mass for one in single]))
            assert peak == pytest.approx(np.mean([one.maps[k].peak for one in single]))


def test_deleted_scores_are_those_of_pictures_without_the_pixels(rng):
    objective = classifier(rng)
    theta, x = point(objective, rng), objective.data.test.x[5].reshape(SHAPE)
    report = measured(objective, theta, Attribution(index=5, of=0))
    ink = x.max(axis=0) > 0
    assert (report.counts[0], report.counts[-1], len(report.random)) == (0, ink.sum(), DRAWS)
    for map in report.maps:
        order = np.argsort(-map.values.reshape(-1), kind="stable")
        for k, count in enumerate(report.counts):
            left = x.reshape(2, -1).copy()
            left[:, order[:count]] = 0
            assert report.deleted[map.kind][k] == pytest.approx(outputs_of(objective, theta, left[None])[0, 0])
    blank = x * ~ink
    np.testing.assert_allclose(report.random[:, -1], outputs_of(objective, theta, blank[None])[0, 0])
    assert np.ptp(report.random[:, 3]) > 0
    again = measured(objective, theta + 0, Attribution(index=5, of=0))
    np.testing.assert_array_equal(report.random, again.random)


def test_a_drawing_has_maps_but_no_true_class_and_no_means(rng):
    objective = classifier(rng)
    theta, drawn = point(objective, rng), tuple(rng.uniform(size=40).tolist())
    report = measured(objective, theta, Attribution(of="true", drawn=drawn), above=0.9)
    x = np.reshape(drawn, (1, *SHAPE))
    np.testing.assert_array_equal(report.x, x[0])
    np.testing.assert_allclose(report.outputs, outputs_of(objective, theta, x)[0])
    assert (report.true, report.means, report.above) == (None, {}, 0.0)
    assert report.chosen == report.predicted
    data = replace(objective.data.test, x=x.reshape(1, -1))
    same = measured(replace(objective, data=replace(objective.data, test=data)), theta, Attribution())
    for map, other in zip(report.maps, same.maps, strict=True):
        np.testing.assert_array_equal(map.values, other.values)


def test_redrawn_maps_are_those_of_the_other_weights_and_the_same_class(rng):
    objective = classifier(rng)
    theta, other = point(objective, rng), point(objective, rng)
    report = measured(objective, theta, Attribution(redrawn=1), redrawn=(other, objective.fresh_buffers()))
    alone = measured(objective, other, Attribution(of=report.chosen))
    for map, expected in zip(report.redrawn, alone.maps, strict=True):
        np.testing.assert_allclose(map.values, expected.values)
        assert map.mass == pytest.approx(expected.mass)
    assert report.alike == tuple(saliency.rank_correlation(a.values, b.values)
                                 for a, b in zip(report.maps, alone.maps, strict=True))  # fmt: skip
    assert measured(objective, theta, Attribution()).redrawn == ()


def test_only_classifiers_of_images_have_pixels(rng):
    assert "pixels" in classifier(rng).can
    assert "pixels" in classifier(rng, ()).can
    assert "pixels" not in learner(rng, (dense("h", 3),), classes=3).can
    assert "pixels" not in classifier(rng, loss="mse", classes=0).can
    assert "pixels" not in replace(classifier(rng, loss="mse"), reconstruct=True).can


def test_numbers_that_are_not_finite_raise_nothing(rng):
    objective = classifier(rng)
    with np.errstate(all="ignore"):
        report = measured(objective, np.full(objective.layout.size, np.nan), Attribution())
    assert np.isnan(report.maps[0].mass)
    assert not report.maps[0].peak
