"""Lesson 8, zero gradient and no minimum: "Has it converged?"

½x² − ½y² + ¼y⁴ from (1.5, y₀): on the ridge y = 0 descent ends at the saddle. Escape is f < −0.2.
"""

import numpy as np
import pytest

from gdexplorer.lab.commands import Change, Nudge
from gdexplorer.lab.session import Session
from tests.lessons.walk import begin, curvature, seeds, updates_until

ESCAPED = -0.2
SGD, ADAM = ({"kind": kind, "learning_rate": 0.1} for kind in ("sgd", "adam"))


def lesson(y: float, optimizer=SGD, noise: float = 0, seed: int = 7) -> Session:
    return begin({"seed": seed, "problem": {"kind": "saddle", "y": y, "noise": noise}, "optimizer": optimizer})


def on_the_saddle(seed: int = 7) -> Session:
    session = lesson(0, seed=seed)
    assert updates_until(session, ESCAPED, 3000) == np.inf
    return session


def test_on_the_ridge_it_never_escapes_and_the_gradient_vanishes():
    session = on_the_saddle()
    run = session.run
    assert run.state.step >= 3000
    assert np.linalg.norm(run.state.slots[0].gradient) < 1e-20
    assert run.state.theta[1] == 0
    assert curvature(run).values == pytest.approx([-1, 1], abs=1e-12)


@pytest.mark.parametrize(("y", "updates"), [(1e-8, 194), (1e-4, 98), (1e-2, 49)])
def test_the_wait_is_logarithmic_in_the_distance_from_the_ridge(y, updates):
    """y grows by 1 + ηλ = 1.1 an update, hence 24.2 updates for a factor of 10."""
    found = updates_until(lesson(y), ESCAPED, 3000)
    assert found == updates
    assert updates_until(lesson(y * 10), ESCAPED, 3000) == pytest.approx(found - np.log(10) / np.log(1.1), abs=1.5)


def test_adam_hardly_notices_the_ridge():
    assert updates_until(lesson(1e-8, ADAM), ESCAPED, 3000) == 16


@pytest.mark.parametrize("seed", seeds(8))
def test_noise_frees_it(seed):
    """61–87 updates on these seeds."""
    assert updates_until(lesson(0, noise=0.01, seed=seed), ESCAPED, 3000) < 150


@pytest.mark.parametrize("seed", seeds(8))
@pytest.mark.parametrize("kind", ["nudge", "noise", "start"])
def test_in_mid_run_a_nudge_noise_or_another_start_frees_it(kind, seed):
    session = on_the_saddle(seed)
    since = session.step
    command = {"nudge": Nudge(0.01, seed), "noise": Change("problem.noise", 0.01), "start": Change("problem.y", 1e-4)}
    assert session.send(command[kind]).accepted
    assert updates_until(session, ESCAPED, 300, since=since) < 150
