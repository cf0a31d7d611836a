"""GANs and Dirac GANs that tests are made of."""

from typing import Any

from gdexplorer.lab import opponents, parameters
from gdexplorer.lab.experiment import validated
from gdexplorer.lab.session import Session
from gdexplorer.objectives.adversarial import AdversarialObjective
from tests.builders import CATALOGUE


def layers(*units: int, activation: str = "tanh") -> list[dict[str, Any]]:
    return [{"id": f"h{k}", "units": size, "activation": activation} for k, size in enumerate(units, 1)]


def values(activation: str = "tanh", **problem: Any) -> dict[str, Any]:
    """A 2-5-4-2 generator against a 2-6-3-1 discriminator, batches of 7, Adam with η = 0.001 and β₁ = 0.5."""
    return {
        "seed": 3,
        "problem": {"kind": "gan", "discriminator": layers(6, 3, activation=activation), **problem},
        "network": {"layers": layers(5, 4, activation=activation)},
        "optimizer": {"kind": "adam", "learning_rate": 1e-3, "beta1": 0.5},
        "training": {"batch_size": 7},
    }


def session(activation: str = "tanh", **problem: Any) -> Session:
    return Session(validated(values(activation, **problem), CATALOGUE), CATALOGUE)


def gan(activation: str = "tanh", **problem: Any) -> AdversarialObjective:
    return opponents.gan(validated(values(activation, **problem), CATALOGUE), CATALOGUE)


def start(objective: AdversarialObjective, activation: str = "tanh") -> Any:
    return parameters.initial(objective, validated(values(activation), CATALOGUE), CATALOGUE)


def dirac(rate: float = 0.1, optimizer: str = "sgd", **problem: Any) -> Session:
    given = {"problem": {"kind": "dirac", **problem}, "optimizer": {"kind": optimizer, "learning_rate": rate}}
    return Session(validated(given, CATALOGUE), CATALOGUE)
