"""θ drawn from seed and layer id, and taken over by whatever objective comes next."""

import numpy as np
import pytest

from gdexplorer.lab import build, parameters
from tests.builders import CATALOGUE, experiment


def _objective(changes=None):
    return build.objective(experiment(changes), CATALOGUE)


@pytest.mark.parametrize(("change", "same"), [("data.noise", False), ("data.scaling", False), ("data.features", True)])
def test_curves_break_where_their_examples_change(change, same):
    value = {"data.noise": 0.3, "data.scaling": "minmax", "data.features": ["x", "xy"]}[change]
    assert parameters.same_measure(_objective(), _objective({change: value})) == same


@pytest.mark.parametrize("initializer", CATALOGUE.initializers)
def test_initial_weights_depend_on_seed_and_layer_id_alone(initializer):
    one = experiment({"network.initializer": initializer})
    more = experiment({
        "network.initializer": initializer,
        "network.layers": [*experiment().model_dump()["network"]["layers"], {"id": "h3", "units": 3,
                                                                              "activation": "tanh"}],
    })  # fmt: skip
    small, large = build.objective(one, CATALOGUE), build.objective(more, CATALOGUE)
    theta, other = parameters.initial(small, one, CATALOGUE), parameters.initial(large, more, CATALOGUE)
    np.testing.assert_array_equal(theta, parameters.initial(small, one, CATALOGUE))
    for id in ("h1", "h2"):
        np.testing.assert_array_equal(small.layout.block(theta, id), large.layout.block(other, id))


def test_one_layer_can_be_drawn_alone():
    objective, settings = _objective(), experiment()
    theta = np.full(objective.layout.size, 7.0)
    parameters.fill(theta, objective, settings, CATALOGUE, frozenset(["h2"]), 3)
    assert (objective.layout.view(theta, "h2", "weight") != 7).all()
    np.testing.assert_array_equal(objective.layout.view(theta, "h2", "bias"), 0)
    assert (objective.layout.block(theta, "h1") == 7).all()
    assert (objective.layout.block(theta, "output") == 7).all()


def _transplanted(before, after, rng):
    """Blocks of the old θ, of the fresh one and of the transplanted one, by layer id."""
    old, new = _objective(before), _objective(after)
    theta, fresh = rng.normal(size=old.layout.size), rng.normal(size=new.layout.size)
    result = parameters.transplant(old, theta, new, fresh)
    return [{b.id: objective.layout.block(vector, b.id) for b in objective.layout.blocks}
            for objective, vector in ((old, theta), (new, fresh), (new, result))]  # fmt: skip


def _layers(*units, ids=("h1", "h2", "h3")):
    return {"network.layers": [{"id": id, "units": n, "activation": "tanh"} for id, n in zip(ids, units, strict=False)]}


def test_what_still_fits_is_kept(rng):
    old, fresh, result = _transplanted(_layers(5, 4), _layers(5, 4, 3), rng)
    for id in ("h1", "h2"):
        np.testing.assert_array_equal(result[id], old[id])
    np.testing.assert_array_equal(result["h3"], fresh["h3"])
    np.testing.assert_array_equal(result["output"][:, :3], old["output"][:, :3])
    np.testing.assert_array_equal(result["output"][:, -1], old["output"][:, -1])


def test_layers_are_matched_by_id_not_by_place(rng):
    old, fresh, result = _transplanted(_layers(4, 4), _layers(4, 4, 4, ids=("new", "h1", "h2")), rng)
    np.testing.assert_array_equal(result["h2"], old["h2"])
    np.testing.assert_array_equal(result["output"], old["output"])
    np.testing.assert_array_equal(result["new"], fresh["new"])
    np.testing.assert_array_equal(result["h1"][:, -1], old["h1"][:, -1])


def test_the_overlap_of_a_resized_layer_is_kept(rng):
    old, fresh, result = _transplanted(_layers(5, 4), _layers(7, 2), rng)
    np.testing.assert_array_equal(result["h1"][:5], old["h1"])
    np.testing.assert_array_equal(result["h1"][5:], fresh["h1"][5:])
    np.testing.assert_array_equal(result["h2"][:, :5], old["h2"][:2, :5])
    np.testing.assert_array_equal(result["h2"][:, 5:7], fresh["h2"][:, 5:7])
    np.testing.assert_array_equal(result["h2"][:, -1], old["h2"][:2, -1])
    np.testing.assert_array_equal(result["output"][:, :2], old["output"][:, :2])


def test_first_layer_columns_follow_their_feature(rng):
    old, fresh, result = _transplanted({"data.features": ["x", "y", "xy"]}, {"data.features": ["sin_x", "y", "x"]}, rng)
    np.testing.assert_array_equal(result["h1"][:, 0], fresh["h1"][:, 0])
    np.testing.assert_array_equal(result["h1"][:, 1], old["h1"][:, 1])
    np.testing.assert_array_equal(result["h1"][:, 2], old["h1"][:, 0])
    np.testing.assert_array_equal(result["h1"][:, -1], old["h1"][:, -1])
    np.testing.assert_array_equal(result["h2"], old["h2"])


def test_a_transplant_leaves_both_sources_alone(rng):
    old, new = _objective(), _objective(_layers(6, 4))
    theta, fresh = rng.normal(size=old.layout.size), rng.normal(size=new.layout.size)
    before = theta.copy(), fresh.copy()
    parameters.transplant(old, theta, new, fresh)[...] = 0
    np.testing.assert_array_equal(theta, before[0])
    np.testing.assert_array_equal(fresh, before[1])
