import pytest
from pydantic import ValidationError

from gdexplorer.fields import describe
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment, RivalSettings, ShowSettings, validated
from gdexplorer.lab.groups import DataSettings, NetworkSettings, PenaltySettings, TrainingSettings
from gdexplorer.lab.layer_kinds import DenseSettings
from tests.builders import BASE, CATALOGUE, experiment
from tests.over_rows import over_rows

GROUPS = (Experiment, DataSettings, DenseSettings, NetworkSettings, PenaltySettings, RivalSettings, ShowSettings,
          TrainingSettings)  # fmt: skip


def test_defaults_fill_what_is_not_said():
    least = validated({"network": {}}, CATALOGUE)
    assert least.network.layers == ()
    assert (least.optimizer.kind, least.loss.kind, least.network.output.kind) == (
        "sgd",
        "binary_cross_entropy",
        "linear",
    )
    assert least.network.initializer.kind == "xavier_normal"


def test_a_dump_says_everything_again():
    whole = experiment({"optimizer": {"kind": "adam", "beta1": 0.5}, "penalty.l2": 0.1, "loss": "mse"})
    values = whole.model_dump()
    assert values["optimizer"]["beta1"] == 0.5
    assert validated(values, CATALOGUE) == whole
    assert validated(whole.model_dump(mode="json"), CATALOGUE) == whole


def test_it_cannot_be_changed():
    whole = experiment()
    with pytest.raises(ValidationError, match="frozen"):
        whole.seed = 3
    with pytest.raises(ValidationError, match="frozen"):
        whole.data.noise = 0.3


@pytest.mark.parametrize("table", ["optimizer", "loss"])
def test_every_kind_of_the_catalogue_can_be_named(table):
    for name in getattr(CATALOGUE, {"optimizer": "optimizers", "loss": "losses"}[table]):
        assert getattr(experiment({table: name}), table).kind == name


def test_a_layer_takes_its_activation_by_name_or_with_knobs():
    layers = [{"id": "a", "units": 2, "activation": "relu"},
              {"id": "b", "units": 3, "activation": {"kind": "leaky_relu", "slope": 0.2}}]  # fmt: skip
    network = experiment({"network.layers": layers}).network
    assert [layer.activation.kind for layer in network.layers] == ["relu", "leaky_relu"]
    assert network.layers[1].activation.slope == 0.2


LAYER = {"id": "a", "units": 2, "activation": "relu"}
RIVAL = {"id": "r", "optimizer": "adam"}


@over_rows(
    ("path", "value", "sentence"),
    [
        ("optimizer", "adm", "optimizer: optimizer 'adm' is not known; did you mean 'adam'?"),
        ("optimizer", {"kind": "sgd", "learning_rate": -1},
         "optimizer.learning_rate must be greater than 0, not -1."),
        ("optimizer", {"kind": "sgd", "beta1": 0.9},
         "optimizer.beta1 is not a setting; remove it or correct its name."),
        ("optimizer", {"kind": "sgd", "learning_rate": float("nan")},
         "optimizer.learning_rate must be a finite number, not nan."),
        ("optimizer", 3, "optimizer: needs a kind, such as 'sgd'."),
        ("data.kind", "moon", "data.kind: data set 'moon' is not known; did you mean 'moons'?"),
        ("data.amount", 3, "data.amount must be at least 4, not 3."),
        ("data.train_share", 1, "data.train_share must be less than 1, not 1."),
        ("data.features", ["x", "z"], "data.features: feature 'z' is not known;"),
        ("data.features", ["x", "x"], "data.features: a feature is named twice; name each once."),
        ("data.scaling", "standard", "data.scaling input should be 'none', 'standardize' or 'minmax'."),
        ("data.colour", "red", "data.colour is not a setting; remove it or correct its name."),
        ("network.layers", [LAYER, LAYER], "network.layers: layer ids must differ"),
        ("network.layers", [LAYER | {"id": "output"}], "network.layers: layer ids must differ"),
        ("network.layers", [LAYER | {"id": "1 a"}], "network.layers.0.id must begin with a letter"),
        ("network.layers", [LAYER | {"units": 0}], "network.layers.0.units must be at least 1, not 0."),
        ("network.layers", [LAYER | {"activation": "rel"}], "network.layers.0.activation: activation 'rel'"),
        ("network.layers", [{"id": "a", "units": 2}], "network.layers.0.activation is missing; add it."),
        ("network.precision", "float16", "network.precision "),
        ("training.batch_size", 0, "training.batch_size must be at least 1, not 0."),
        ("training.batch_size", 2.5, "training.batch_size must be a whole number, not 2.5."),
        ("penalty.l2", -0.1, "penalty.l2 must be at least 0, not -0.1."),
        ("seed", -1, "seed must be at least 0, not -1."),
        ("show.speed", "fast", "show.speed must be a number, not 'fast'."),
        ("title", "x" * 81, "title must have at most 80 characters."),
        ("network.layers", 5, "network.layers must be a list, not 5."),
        ("rivals", [RIVAL, RIVAL], "rivals: the ids of rivals must differ from each other; rename one."),
        ("rivals", [RIVAL | {"id": f"r{k}"} for k in range(8)], "rivals "),
        ("rivals", [RIVAL | {"id": "no name"}], "rivals.0.id must begin with a letter"),
        ("rivals", [{"id": "r"}], "rivals.0.optimizer is missing; add it."),
        ("rivals", [RIVAL | {"batch_size": 0}], "rivals.0.batch_size must be at least 1, not 0."),
        ("rivals", [RIVAL | {"initializer": "he"}], "rivals.0.initializer: initializer 'he' is not known"),
        ("rivals", [RIVAL | {"optimizer": {"kind": "adam", "beta1": 2}}], "rivals.0.optimizer.beta1 must be"),
        ("problem", "bowll", "problem: problem 'bowll' is not known; did you mean 'bowl'?"),
        ("problem", {"kind": "bowl", "factor": 0}, "problem.factor must be greater than 0, not 0."),
        ("problem", {"kind": "network", "noise": 1}, "problem.noise is not a setting"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(path, value, sentence):
    with pytest.raises(Complaint) as found:
        experiment({path: value})
    text = str(found.value)
    assert text.startswith(sentence)
    assert "\n" not in text
    assert len(text) < 300


def test_the_file_is_named():
    with pytest.raises(Complaint, match=r"^seed in mine\.toml must be a whole number, not 'x'\.$"):
        validated(BASE | {"seed": "x"}, CATALOGUE, "mine.toml")
    values = {"network": {"layers": [{"id": "a", "units": 2}]}}
    with pytest.raises(Complaint, match=r"^mine\.toml: network\.layers\.0\.activation is missing; add it\.$"):
        validated(values, CATALOGUE, "mine.toml")


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_every_setting_says_what_it_is(group):
    described = list(describe(group))
    assert described or group is ShowSettings
    for setting in described:
        assert setting.help.endswith("."), setting.name
        assert setting.label, setting.name
        if setting.slider and setting.low is not None:
            assert setting.low <= setting.slider[0] < setting.slider[1] <= setting.high, setting.name


def test_a_rival_has_what_it_names_of_its_own_and_the_rest_of_the_experiment():
    rivals = [RIVAL, RIVAL | {"id": "s", "batch_size": 3}, RIVAL | {"id": "t", "initializer": "zeros"}]
    whole = experiment({"rivals": rivals, "penalty.l2": 0.1})
    plain, small, other = (whole.of_rival(rival) for rival in whole.rivals)
    assert plain == experiment({"optimizer": "adam", "penalty.l2": 0.1})
    assert small == experiment({"optimizer": "adam", "penalty.l2": 0.1, "training.batch_size": 3})
    assert other == experiment({"optimizer": "adam", "penalty.l2": 0.1, "network.initializer": "zeros"})
