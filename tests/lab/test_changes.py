import pytest

from gdexplorer.lab.changes import as_value, changed
from gdexplorer.lab.complaints import Complaint
from tests.builders import CATALOGUE, experiment
from tests.over_rows import over_rows


def _change(path, value, start=None):
    return changed(experiment(start), path, value, CATALOGUE)


def _at(settings, path):
    for part in path.split("."):
        settings = next(x for x in settings if x.id == part) if isinstance(settings, tuple) else getattr(settings, part)
    return settings


@over_rows(
    ("path", "value", "label"),
    [
        ("optimizer.learning_rate", 0.03, "η 0.1 → 0.03"),
        ("training.batch_size", 16, "B 7 → 16"),
        ("penalty.l1", 0.01, "λ₁ 0 → 0.01"),
        ("penalty.l2", 0.5, "λ₂ 0 → 0.5"),
        ("penalty.biases", True, "penalize biases on"),
        ("data.noise", 0.3, "σ 0.05 → 0.3"),
        ("data.features", ("x", "y", "xy"), "input features → x, y, xy"),
        ("data.scaling", "standardize", "scaling → standardize"),
        ("training.schedule.kind", "one_cycle", "schedule → one cycle"),
        ("training.clip", "norm", "clipping → norm"),
        ("training.clip_threshold", 0.5, "c 1 → 0.5"),
        ("network.layers.h1.units", 9, "units 5 → 9"),
        ("network.precision", "float32", "precision → float32"),
        ("seed", 11, "seed 7 → 11"),
        ("show.speed", 5.0, "speed 60 → 5"),
        ("title", "Moons", "title → Moons"),
    ],
)
def test_one_setting_changes_and_the_label_says_how(path, value, label):
    before = experiment()
    after, said = changed(before, path, value, CATALOGUE)
    assert _at(after, path) == value
    assert said == label
    undone, _ = changed(after, path, _at(before, path), CATALOGUE)
    assert undone == before


@pytest.mark.parametrize("name", CATALOGUE.activations)
def test_the_activation_of_all_layers_or_of_one(name):
    label = CATALOGUE.activations[name].label
    after, said = _change("network.activation", name)
    assert [layer.activation.kind for layer in after.network.layers] == [name, name]
    assert said == f"activation → {label}"
    after, said = _change("network.layers.h2.activation", name)
    assert [layer.activation.kind for layer in after.network.layers] == ["tanh", name]
    assert said == f"h2 → {label}"


def test_an_activation_brings_its_knobs_or_their_defaults():
    after, _ = _change("network.activation", {"kind": "leaky_relu", "slope": 0.3})
    assert [layer.activation.slope for layer in after.network.layers] == [0.3, 0.3]
    after, said = changed(after, "network.layers.h1.activation.slope", 0.1, CATALOGUE)
    assert [layer.activation.slope for layer in after.network.layers] == [0.1, 0.3]
    assert said == "negative slope 0.3 → 0.1"


@pytest.mark.parametrize(("path", "table"), [("optimizer", "optimizers"), ("network.initializer", "initializers")])
def test_another_kind_starts_with_its_own_defaults(path, table):
    for name, record in getattr(CATALOGUE, table).items():
        after, said = _change(f"{path}.kind", name)
        assert _at(after, path) == record.Knobs()
        assert said == f"{path.split('.')[-1]} → {record.label}"


def test_a_data_set_brings_its_size_noise_and_a_loss_that_can_learn_it():
    for name, source in CATALOGUE.sources.items():
        after, said = _change("data.kind", name)
        assert (after.data.kind, after.data.amount, after.data.noise) == (name, source.amount, source.noise)
        assert source.task in CATALOGUE.losses[after.loss.kind].tasks
        assert said.startswith(f"data → {source.label}")
        assert ("loss → " in said) == (source.task != "binary")


def test_consequences_are_named():
    start = {"loss": "mse", "network.output": "tanh"}
    after, said = _change("loss.kind", "binary_cross_entropy", start)
    assert (after.loss.kind, after.network.output.kind) == ("binary_cross_entropy", "linear")
    assert said == "loss → cross-entropy, output → linear"
    after, said = _change("data.kind", "sine", start)
    assert (after.loss.kind, after.network.output.kind) == ("mse", "linear")
    assert said == f"data → {CATALOGUE.sources['sine'].label}, output → linear"
    after, said = _change("data.kind", "digits")
    assert said == f"data → {CATALOGUE.sources['digits'].label}, loss → softmax cross-entropy"


def test_layers_are_listed():
    layers = [{"id": "a", "units": 3, "activation": "relu"}, {"id": "b", "units": 7, "activation": {"kind": "elu"}}]
    after, said = _change("network.layers", layers)
    assert [(layer.id, layer.units) for layer in after.network.layers] == [("a", 3), ("b", 7)]
    assert said == "layers 3-7"
    assert _change("network.layers", list(after.network.layers))[1] == "layers 3-7"
    assert _change("network.layers", []) == (experiment({"network.layers": []}), "no hidden layer")


@over_rows(
    ("path", "value", "sentence"),
    [
        ("optimizer.learning_rat", 1, "setting 'optimizer.learning_rat' is not known; did you mean"),
        ("optimizer.learning_rate.x", 1, "setting 'optimizer.learning_rate.x' is not known"),
        ("", 1, "setting '' is not known"),
        ("network.layers.h9.units", 3, "setting 'network.layers.h9.units' is not known"),
        ("network.layers.h1", {"id": "h1", "units": 3, "activation": "tanh"},
         "setting 'network.layers.h1' is not known"),
        ("optimizer.learning_rate", -1, "optimizer.learning_rate must be greater than 0, not -1."),
        ("optimizer.learning_rate", "fast", "optimizer.learning_rate must be a number, not 'fast'."),
        ("optimizer.learning_rate", None, "optimizer.learning_rate must be a number, not None."),
        ("optimizer.kind", "adm", "optimizer: optimizer 'adm' is not known; did you mean 'adam'?"),
        ("optimizer.kind", None, "optimizer: optimizer 'None' is not known"),
        ("network.activation", "rel", "network.layers.0.activation: activation 'rel' is not known"),
        ("network.activation", 3, "network.layers.0.activation: needs a kind"),
        ("network.layers.h1.activation", None,
         "network.layers.0.activation must be a group of settings, not None."),
        ("network.layers.h1.units", 0, "network.layers.0.units must be at least 1, not 0."),
        ("network.layers", 5, "network.layers must be a list, not 5."),
        ("network.layers", [3], "network.layers.0: needs a kind, such as 'dense'."),
        ("data.kind", "moon", "data set 'moon' is not known; did you mean 'moons'?"),
        ("data.kind", ["moons"], "data set '['moons']' is not known"),
        ("data.features", 5, "data.features must be a list, not 5."),
        ("data.features", [1, 2], "data.features.0 must be text, not 1."),
        ("loss.kind", "msee", "loss: loss 'msee' is not known; did you mean 'mse'?"),
        ("training", 3, "training must be a group of settings, not 3."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_sentence(path, value, sentence):
    with pytest.raises(Complaint) as found:
        _change(path, value)
    assert str(found.value).startswith(sentence)
    assert "\n" not in str(found.value)


def test_without_hidden_layers_their_activation_cannot_change():
    with pytest.raises(Complaint, match="no hidden layer"):
        _change("network.activation", "relu", {"network.layers": []})


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.03", 0.03), ("12", 12), ("true", True), ('"relu"', "relu"), ("relu", "relu"), ('["x", "xy"]', ["x", "xy"]),
     ('{kind = "adam", beta1 = 0.5}', {"kind": "adam", "beta1": 0.5}), ("1e-3", 0.001), ("a b", "a b"), ("", "")],
)  # fmt: skip
def test_values_on_the_command_line_are_toml_or_text(text, value):
    assert as_value(text) == value


def test_a_knob_of_the_activation_changes_in_every_layer_that_has_it() -> None:
    leaky, _ = changed(experiment(), "network.activation", "leaky_relu", CATALOGUE)
    steeper, label = changed(leaky, "network.activation.slope", 0.2, CATALOGUE)
    assert {layer.activation.model_dump()["slope"] for layer in steeper.network.layers} == {0.2}
    assert label == "negative slope 0.01 → 0.2"
    first = steeper.network.layers[0].id
    one, _ = changed(steeper, f"network.layers.{first}.activation.slope", 0.3, CATALOGUE)
    assert [layer.activation.model_dump()["slope"] for layer in one.network.layers][:2] == [0.3, 0.2]


def test_a_knob_that_no_activation_has_is_refused() -> None:
    with pytest.raises(Complaint, match="knob 'slope' is not known"):
        changed(experiment(), "network.activation.slope", 0.2, CATALOGUE)
