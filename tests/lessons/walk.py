"""What the lessons do with a session: begin it, run it down to a level, and look at where it stands."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.data import Source
from gdexplorer.lab.catalogue import Catalogue, standard
from gdexplorer.lab.experiment import validated
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.landscape.curvature import Spectrum, spectrum

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
