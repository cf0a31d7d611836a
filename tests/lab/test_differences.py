"""In which settings runs differ."""

import pytest

from gdexplorer.lab.differences import differing
from tests.builders import experiment

RELU = [{"id": "h1", "units": 5, "activation": "relu"}, {"id": "h2", "units": 4, "activation": "relu"}]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, ""),
        ({"title": "another", "show.speed": 3.0}, ""),
        ({"optimizer.learning_rate": 0.25}, "η 0.25"),
        ({"optimizer": {"kind": "adam"}}, "optimizer adam"),
        ({"network.layers": RELU}, "activation relu"),
        ({"network.layers": RELU[:1]}, "hidden layers 5"),
        ({"network.layers": []}, "hidden layers none"),
        ({"training.batch_size": 3, "seed": 9}, "seed 9; B 3"),
        ({"bugs.wrong_sign": True}, "wrong sign on"),
        ({"seed": 1, "training.batch_size": 3, "penalty.l2": 0.1, "penalty.l1": 0.1, "data.noise": 0.5,
          "optimizer.learning_rate": 0.25}, "seed 1; σ 0.5; λ₁ 0.1; λ₂ 0.1; 2 more"),
    ],
    ids=str,
)  # fmt: skip
def test_what_one_has_otherwise_is_named(changes, text):
    assert differing(experiment(changes), experiment()) == text
