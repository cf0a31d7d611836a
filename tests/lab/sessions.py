"""Sessions that tests of files are made of: every kind of run, with branches and keyframes."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gdexplorer.data import Table
from gdexplorer.lab.changes import changed
from gdexplorer.lab.commands import Change, KeepBest, MoveTo, Nudge, Reinitialize, Restart, SetParameter, UpdateOn
from gdexplorer.lab.experiment import validated
from gdexplorer.lab.keyframes import Keyframe
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE, experiment, suited
from tests.objectives.games import dirac
from tests.objectives.games import session as gan

TABLE = Table("own.csv", np.linspace(-1, 1, 30).reshape(15, 2), np.arange(15) % 2, ("a", "b"), "what", "binary",
              ("no", "yes"))  # fmt: skip
CONVOLUTION = [
    {"kind": "convolution", "id": "c1", "filters": 2, "size": 3, "stride": 2, "padding": 1, "activation": "tanh"},
    {"kind": "batch_norm", "id": "b1"},
    {"kind": "max_pool", "id": "p1", "size": 2},
    {"kind": "dropout", "id": "d1"},
]
RIVALS = [{"id": "a", "optimizer": {"kind": "adam"}}, {"id": "m", "optimizer": {"kind": "momentum"}, "batch_size": 5},
          {"id": "r", "optimizer": {"kind": "random_search"}, "initializer": {"kind": "he_normal"}}]  # fmt: skip


def session_of(**values: Any) -> Session:
    """A 2-6-1 network on 60 moons, batches of 7: epochs end with a short batch."""
    given = {
        "data": {"kind": "moons", "amount": 60},
        "network": {"layers": [{"id": "h1", "units": 6, "activation": "tanh"}]},
        "training": {"batch_size": 7},
        **values,
    }
    return Session(validated(given, CATALOGUE), CATALOGUE)


def begun(changes: Mapping[str, Any] | None = None) -> Session:
    return Session(experiment(changes), CATALOGUE)


def own_data() -> Session:
    return Session(changed(experiment(), "data.table", TABLE, CATALOGUE)[0], CATALOGUE)


BEGUN: dict[str, Callable[[], Session]] = {
    "network": lambda: begun({"optimizer": "adam", "training.stop_after": 50, "training.clip": "norm",
                              "training.schedule": {"kind": "plateau"}}),
    "race": lambda: begun({"rivals": RIVALS}),
    "float32": lambda: begun({"network.precision": "float32", **suited("lbfgs")}),
    "newton": lambda: begun(suited("newton")),
    "conjugate gradient": lambda: begun(suited("conjugate_gradient")),
    "convolution": lambda: begun({"data.kind": "digits", "data.amount": 60, "loss": "softmax_cross_entropy",
                                  "network.layers": CONVOLUTION, "optimizer": "nadam"}),
    "recurrent": lambda: begun({"data.kind": "adding", "loss": "mse",
                                "network.layers": [{"kind": "gru", "id": "r", "units": 3}]}),
    "gan": gan,
    "dirac": dirac,
    "function": lambda: Session(
        validated({"problem": {"kind": "formula"}, "optimizer": "rmsprop"}, CATALOGUE), CATALOGUE),
    "own data": own_data,
}  # fmt: skip


def keep(session: Session) -> None:
    """Take a keyframe here, unless there is one: those that the session takes by itself are far apart."""
    branch = session.active
    if branch.keyframes.frames[-1].moment < branch.moment:
        branch.keyframes.add(Keyframe.of(branch.moment, branch.runs), 1)
        branch.keyframes.due = 10**6


def lived(session: Session) -> Session:
    """Let a session have some runs, each with commands and keyframes."""
    theta = session.run.state.theta
    for command in (Change("title", "Fünf"), SetParameter(0, 0.25), MoveTo(np.linspace(-0.5, 0.5, theta.size)),
                    UpdateOn(1), Nudge(0.01, 5), Change("data.table", TABLE), KeepBest()):  # fmt: skip
        session.advance(5)
        keep(session)
        session.send(command)  # some are refused by some, which is no matter
    session.advance(5)
    session.travel(12)
    session.approach(12)
    session.send(Reinitialize("network", 3))
    session.advance(7)
    keep(session)
    session.send(Restart())
    session.advance(6)
    return session
