import dataclasses

import pytest

from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.complaints import Within

CATALOGUE = standard()
TABLES = [field.name for field in dataclasses.fields(CATALOGUE)]
WITH_KNOBS = [table for table in TABLES if table not in ("sources", "layers")]  # a layer needs an id


@pytest.mark.parametrize("table", TABLES)
def test_every_record_stands_under_its_own_name(table):
    records = getattr(CATALOGUE, table)
    assert records
    for name, record in records.items():
        assert record.name == name == name.lower()
        assert record.label
        assert record.help.endswith(".")
        assert CATALOGUE.record(table, name) is record


@pytest.mark.parametrize("table", WITH_KNOBS)
def test_every_kind_has_default_knobs_by_name_or_table(table):
    for name, record in getattr(CATALOGUE, table).items():
        knobs = CATALOGUE.settings(table, name)
        bare = record.Knobs.model_validate({}, context={"catalogue": CATALOGUE})
        assert knobs == CATALOGUE.settings(table, {"kind": name}) == bare
        assert CATALOGUE.settings(table, knobs) is knobs
        assert knobs.kind == name


def test_knobs_are_taken_over():
    assert CATALOGUE.settings("optimizers", {"kind": "adam", "beta1": 0.5}).beta1 == 0.5


@pytest.mark.parametrize(
    ("table", "name", "sentence"),
    [
        ("optimizers", "adm", "optimizer 'adm' is not known; did you mean 'adam'?"),
        ("losses", "mes", "loss 'mes' is not known; did you mean 'mse'?"),
        ("schedules", "cosin", "schedule 'cosin' is not known; did you mean 'cosine'?"),
        ("sources", "moon", "data set 'moon' is not known; did you mean 'moons'?"),
        ("activations", "rellu", "activation 'rellu' is not known; did you mean 'relu'?"),
        ("initializers", ["x"], "initializer '['x']' is not known; choose one of"),
    ],
)
def test_an_unknown_name_is_refused_with_the_closest(table, name, sentence):
    with pytest.raises(ValueError, match="is not known") as found:
        CATALOGUE.record(table, name)
    assert str(found.value).startswith(sentence)


@pytest.mark.parametrize("value", [5, None, {"learning_rate": 1}, ["adam"]])
def test_knobs_without_a_kind_are_refused(value):
    with pytest.raises(ValueError, match=r"needs a kind, such as 'sgd'\."):
        CATALOGUE.settings("optimizers", value)


def test_a_wrong_knob_is_named():
    with pytest.raises(Within, match=r"^learning_rate must be greater than 0, not -1\.$"):
        CATALOGUE.settings("optimizers", {"kind": "sgd", "learning_rate": -1})
