import numpy as np
import pytest

from gdexplorer.lab import build
from gdexplorer.lab.complaints import Complaint
from tests.builders import CATALOGUE, begin, experiment

HIDDEN = [{"id": "h1", "units": 5, "activation": "tanh"}, {"id": "h2", "units": 4, "activation": "relu"}]


def _objective(changes=None):
    return build.objective(experiment(changes), CATALOGUE)


@pytest.mark.parametrize("source", CATALOGUE.sources)
@pytest.mark.parametrize("loss", CATALOGUE.losses)
def test_every_data_set_meets_every_loss_that_can_learn_it(source, loss):
    record, amount = CATALOGUE.sources[source], 60
    changes = {"data.kind": source, "data.amount": amount, "data.noise": record.noise, "loss": loss}
    if record.task not in CATALOGUE.losses[loss].tasks:
        with pytest.raises(Complaint, match=rf"^The loss '{loss}' cannot learn the data set '{source}', a "):
            _objective(changes)
        return
    objective = _objective(changes)
    theta = build.initial(objective, experiment(changes), CATALOGUE)
    value = objective.program(objective.full()).value_and_gradient(
        theta, np.zeros(0), objective.full(), np.empty_like(theta)
    )
    assert np.isfinite(value)
    assert objective.full().size == round(amount * 0.6)
    assert objective.network.inputs == (2 if len(record.inputs) == 2 else len(record.inputs))


def test_settings_become_the_objective():
    objective = _objective({
        "network.layers": HIDDEN, "network.output": "tanh", "loss": {"kind": "huber", "delta": 0.5},
        "penalty": {"l1": 0.1, "l2": 0.2, "biases": True}, "training.batch_size": 9, "network.precision": "float32",
        "data.features": ["x", "y", "xy"], "data.scaling": "minmax",
    })  # fmt: skip
    assert [(layer.id, layer.units, layer.activation.name) for layer in objective.network.layers] == [
        ("h1", 5, "tanh"), ("h2", 4, "relu"), ("output", 1, "tanh")]  # fmt: skip
    assert (objective.loss.name, objective.loss_knobs.delta) == ("huber", 0.5)
    assert (objective.penalty.l1, objective.penalty.l2, objective.penalize_biases) == (0.1, 0.2, True)
    assert (objective.batch_size, objective.dtype, objective.network.inputs) == (9, np.float32, 3)
    assert objective.scaling == "minmax"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"network.output": "tanh"}, "The loss 'binary_cross_entropy' takes logits, so the output activation must be "
         'linear; set network.output to "linear".'),
        ({"data": {"kind": "digits", "amount": 5000}}, "Data set 'digits' has 1797 examples, not 5000;"),
        ({"data.noise": 5.0}, "Data set 'moons': a noise of 5 is out of bounds;"),
        ({"data.amount": 4, "data.train_share": 0.01}, "Data set 'moons': a training share of 0.01 leaves"),
        ({"network.layers": [{"id": f"h{k}", "units": 4096, "activation": "relu"} for k in range(3)]},
         "The network would have 33,"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(changes, sentence):
    if changes.get("data", {}).get("kind") == "digits":
        changes = changes | {"loss": "softmax_cross_entropy"}
    with pytest.raises(Complaint) as found:
        _objective(changes)
    assert str(found.value).startswith(sentence)


def test_the_same_data_are_the_same_arrays():
    assert _objective().data is _objective({"penalty.l2": 0.1}).data
    assert _objective().data is not _objective({"seed": 8}).data


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("scaling", ["none", "standardize", "minmax"])
@pytest.mark.parametrize("source", CATALOGUE.sources)
def test_every_data_set_trains_with_every_scaling(source, scaling, precision):
    loss = {"regression": "half_mse", "binary": "binary_cross_entropy", "classes": "softmax_cross_entropy"}
    record = CATALOGUE.sources[source]
    run = begin({
        "data": {"kind": source, "amount": 40, "noise": record.noise, "scaling": scaling}, "loss": loss[record.task],
        "network.precision": precision, "optimizer": {"kind": "sgd", "learning_rate": 1e-6},
    })  # fmt: skip
    before = run.state.theta.copy()
    run.advance(5)
    assert run.state.step == 5
    assert np.isfinite(run.total_loss())
    assert not np.array_equal(run.state.theta, before)


@pytest.mark.parametrize(("change", "same"), [("data.noise", False), ("data.scaling", False), ("data.features", True)])
def test_curves_break_where_their_examples_change(change, same):
    value = {"data.noise": 0.3, "data.scaling": "minmax", "data.features": ["x", "xy"]}[change]
    assert build.same_measure(_objective(), _objective({change: value})) == same


@pytest.mark.parametrize("initializer", CATALOGUE.initializers)
def test_initial_weights_depend_on_seed_and_layer_id_alone(initializer):
    one = experiment({"network.initializer": initializer})
    more = experiment({
        "network.initializer": initializer,
        "network.layers": [*experiment().model_dump()["network"]["layers"], {"id": "h3", "units": 3,
                                                                              "activation": "tanh"}],
    })  # fmt: skip
    small, large = build.objective(one, CATALOGUE), build.objective(more, CATALOGUE)
    theta, other = build.initial(small, one, CATALOGUE), build.initial(large, more, CATALOGUE)
    np.testing.assert_array_equal(theta, build.initial(small, one, CATALOGUE))
    for id in ("h1", "h2"):
        np.testing.assert_array_equal(small.layout.block(theta, id), large.layout.block(other, id))


def test_one_layer_can_be_drawn_alone():
    objective, settings = _objective(), experiment()
    theta = np.full(objective.layout.size, 7.0)
    build.fill(theta, objective, settings, CATALOGUE, frozenset(["h2"]), 3)
    assert (objective.layout.view(theta, "h2", "weight") != 7).all()
    np.testing.assert_array_equal(objective.layout.view(theta, "h2", "bias"), 0)
    assert (objective.layout.block(theta, "h1") == 7).all()
    assert (objective.layout.block(theta, "output") == 7).all()


def _transplanted(before, after, rng):
    """Blocks of the old θ, of the fresh one and of the transplanted one, by layer id."""
    old, new = _objective(before), _objective(after)
    theta, fresh = rng.normal(size=old.layout.size), rng.normal(size=new.layout.size)
    result = build.transplant(old, theta, new, fresh)
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
    build.transplant(old, theta, new, fresh)[...] = 0
    np.testing.assert_array_equal(theta, before[0])
    np.testing.assert_array_equal(fresh, before[1])
