"""What the lessons do with a session: begin it, run it down to a level, and look at where it stands."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data import Source
from gdexplorer.lab.catalogue import Catalogue, standard
from gdexplorer.lab.commands import Command
from gdexplorer.lab.experiment import validated
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.landscape.curvature import Spectrum, spectrum
from gdexplorer.objectives.objective import Score

CATALOGUE = standard()
CHUNK = 128


def seeds(count: int) -> list[Any]:
    """0 and 1, and as `long` the others up to a count."""
    return [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, count))]


def begin(values: Mapping[str, Any], catalogue: Catalogue = CATALOGUE) -> Session:
    return Session(validated(values, catalogue), catalogue)


def knowing(*sources: Source) -> Catalogue:
    """Everything that ships, and data sets of the lesson's own."""
    return replace(CATALOGUE, sources={**CATALOGUE.sources, **{source.name: source for source in sources}})


def layers(activation: str, *units: int) -> list[dict[str, Any]]:
    """Hidden layers h1, h2 and so on."""
    return [{"id": f"h{k}", "units": size, "activation": activation} for k, size in enumerate(units, 1)]


def examples(kind: str, train: int, noise: float = 0) -> dict[str, Any]:
    """Return data settings for so many examples to train on, and as many to test."""
    return {"kind": kind, "amount": 2 * train, "train_share": 0.5, "noise": noise}


def do(session: Session, *commands: Command) -> None:
    """Send commands, as somebody who changes something in mid-run does; none may be refused."""
    for command in commands:
        reply = session.send(command)
        assert reply.accepted, reply.text


def score(run: Run) -> Score:
    """Loss without penalty, and accuracy, over all training examples where the run stands."""
    return run.scorer.score(run.state.theta, run.state.buffers, run.objective.full())


def gradient(run: Run) -> Array:
    """Return the gradient over all training examples, penalty included, where the run stands."""
    full, state, out = run.objective.full(), run.state, np.empty_like(run.state.theta)
    with np.errstate(all="ignore"):
        run.objective.program(full).value_and_gradient(state.theta, state.buffers, full, out)
    return out


def losses(run: Run) -> Array:
    """The loss before each update, as the curves have it; the first is that of the start."""
    return np.concatenate([part[:, 1] for part in run.recorder.batch.parts()])


def updates_until(session: Session, level: float, most: int, lane: int = 0, since: int = 0) -> float:
    """Run until a lane's loss is below a level; return its updates since one of them, inf if `most` do not suffice."""
    run = session.runs[lane]
    while True:
        below = np.flatnonzero(losses(run)[since : since + most + 1] < level)
        if below.size:
            return int(below[0])
        if run.state.step > since + most or run.state.status.health is Health.DIVERGED:
            return np.inf
        session.advance(CHUNK)


def curvature(run: Run) -> Spectrum:
    """All eigenvalues of the exact Hessian over all training examples, where the run stands."""
    state = run.state
    return spectrum(run.program.linearize(state.theta, state.buffers, run.objective.full()), state.theta.size)
