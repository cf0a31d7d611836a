import numpy as np
import pytest

from gdexplorer.lab import build, parameters
from gdexplorer.lab.complaints import Complaint
from tests.builders import CATALOGUE, begin, experiment
from tests.over_rows import over_rows

HIDDEN = [{"id": "h1", "units": 5, "activation": "tanh"}, {"id": "h2", "units": 4, "activation": "relu"}]


def _objective(changes=None):
    return build.objective(experiment(changes), CATALOGUE)


@over_rows("source", CATALOGUE.sources)
@over_rows("loss", CATALOGUE.losses)
def test_every_data_set_meets_every_loss_that_can_learn_it(source, loss):
    record, amount = CATALOGUE.sources[source], 60
    changes = {"data.kind": source, "data.amount": amount, "data.noise": record.noise, "loss": loss}
    if record.task not in CATALOGUE.losses[loss].tasks:
        with pytest.raises(Complaint, match=rf"^The loss '{loss}' cannot learn the data set '{source}', a "):
            _objective(changes)
        return
    objective = _objective(changes)
    theta = parameters.initial(objective, experiment(changes), CATALOGUE)
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


@over_rows("precision", ["float64", "float32"])
@over_rows("scaling", ["none", "standardize", "minmax"])
@over_rows("source", CATALOGUE.sources)
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
