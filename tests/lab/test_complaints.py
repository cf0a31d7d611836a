import pytest
from pydantic import ValidationError

from gdexplorer.fields import Settings, knob
from gdexplorer.lab.complaints import Complaint, Within, explain, unknown
from tests.over_rows import over_rows


class _Inner(Settings):
    rate: float = knob(0.1, "rate", "A rate.", gt=0, le=10)


class _Outer(Settings):
    count: int = knob(3, "count", "A count.", ge=1, lt=9)
    name: str = knob("a", "name", "A name.")
    on: bool = knob(True, "on", "A switch.")
    inner: _Inner = knob({}, "inner", "A group.", validate_default=True)


def _sentence(where="", **values):
    with pytest.raises(ValidationError) as found:
        _Outer.model_validate(values)
    return explain(found.value, where)


@over_rows(
    ("values", "sentence"),
    [
        ({"inner": {"rate": 0}}, "inner.rate must be greater than 0, not 0."),
        ({"inner": {"rate": 11}}, "inner.rate must be at most 10, not 11."),
        ({"count": 0}, "count must be at least 1, not 0."),
        ({"count": 9}, "count must be less than 9, not 9."),
        ({"count": 2.5}, "count must be a whole number, not 2.5."),
        ({"count": "many"}, "count must be a whole number, not 'many'."),
        ({"inner": {"rate": "fast"}}, "inner.rate must be a number, not 'fast'."),
        ({"inner": {"rate": float("nan")}}, "inner.rate must be a finite number, not nan."),
        ({"inner": {"rate": float("inf")}}, "inner.rate must be a finite number, not inf."),
        ({"inner": {"speed": 1}}, "inner.speed is not a setting; remove it or correct its name."),
        ({"inner": 3}, "inner must be a group of settings, not 3."),
        ({"name": 5}, "name must be text, not 5."),
        ({"on": "perhaps"}, "on must be true or false, not 'perhaps'."),
    ],
)
def test_a_finding_is_one_sentence_about_one_setting(values, sentence):
    assert _sentence(**values) == sentence
    assert _sentence("my.toml", **values) == sentence.replace(" ", " in my.toml ", 1)


def test_what_is_missing_is_said_to_be_so():
    class Needy(Settings):
        size: int = knob(..., "size", "A size.")

    with pytest.raises(ValidationError) as found:
        Needy.model_validate({})
    assert explain(found.value) == "size is missing; add it."


def test_a_finding_inside_a_group_goes_on_with_the_groups_path():
    from pydantic import field_validator

    class Outer(Settings):
        optimizer: int = knob(0, "optimizer", "An optimizer.")

        @field_validator("optimizer", mode="before")
        @classmethod
        def _inside(cls, value):
            raise Within("learning_rate must be greater than 0, not -1.")

    with pytest.raises(ValidationError) as found:
        Outer.model_validate({"optimizer": 1})
    assert explain(found.value) == "optimizer.learning_rate must be greater than 0, not -1."
    assert explain(found.value, "a.toml") == "a.toml: optimizer.learning_rate must be greater than 0, not -1."


def test_a_long_value_is_cut():
    assert len(_sentence(count="x" * 500)) < 120


def test_an_unknown_name_gets_the_closest_or_all():
    assert unknown("loss", "msee", ["mse", "huber"]) == "loss 'msee' is not known; did you mean 'mse'?"
    assert unknown("loss", "qqq", ["mse", "huber"]) == "loss 'qqq' is not known; choose one of huber, mse."
    assert unknown("loss", None, ["mse"]) == "loss 'None' is not known; choose one of mse."


def test_a_complaint_is_a_value_error():
    assert issubclass(Complaint, ValueError)
