"""Races that tests are made of."""

import pytest

from gdexplorer.lab import race
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE, digest, experiment, suited


def rival(id, optimizer, **own):
    """A rival; an optimizer's name stands for settings with which it descends."""
    settings = suited(optimizer)["optimizer"] if isinstance(optimizer, str) else optimizer
    return {"id": id, "optimizer": settings, **own}


RULES = [rival("a", "adam"), rival("m", "momentum"), rival("r", "random_search"), rival("n", "nadam")]
OWN = [rival("b", "adam", batch_size=5), rival("i", "sgd", initializer={"kind": "he_normal"}),
       rival("l", "lbfgs", batch_size=1000)]  # fmt: skip
SEARCHES = [rival(name, name) for name in ("conjugate_gradient", "lbfgs", "newton", "random_search")]
FIELDS = {
    "mini-batches": {"rivals": RULES},
    "own conditions": {"rivals": OWN},
    "full batches": {"rivals": [*SEARCHES, rival("a", "adamw"), rival("up", "ascent")], "training.batch_size": 24},
    "a function": {"rivals": [*SEARCHES, rival("a", "adam")], "problem": {"kind": "himmelblau"},
                   "optimizer": {"kind": "sgd", "learning_rate": 0.01}},
    "noise": {"rivals": [RULES[0], RULES[2]], "problem": {"kind": "bowl", "noise": 0.4}},
    "float32": {"rivals": [*SEARCHES, *RULES[:2]], "training.batch_size": 24, "network.precision": "float32"},
}  # fmt: skip
fields = pytest.mark.parametrize("changes", FIELDS.values(), ids=list(FIELDS))


def begun(changes):
    return Session(experiment(changes), CATALOGUE)


def digests(session):
    return [digest(run.state) for run in session.runs]


def consistent(session):
    """Whether every lane runs what the experiment says."""
    return [run.state.experiment for run in session.runs] == race.lanes(session.run.state.experiment)
