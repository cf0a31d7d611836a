"""Lesson 7, Himmelblau: "Will all end together?"

Descent and momentum at η = 0.01 and Adam at 0.1 race from one start; four minima are equally low.
"""

import numpy as np
import pytest

from gdexplorer.lab.commands import MoveTo
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from tests.lessons.walk import begin

MINIMA = np.array([(3, 2), (-2.805118, 3.131313), (-3.779310, -3.283186), (3.584428, -1.848127)])
NOWHERE = -1
ENDS = {(1, -1): [3, 3, 0], (0, -4): [2, 1, 2]}  # of descent, momentum and Adam


def lesson() -> Session:
    rivals = [{"id": "m", "optimizer": {"kind": "momentum", "learning_rate": 0.01, "momentum": 0.9}},
              {"id": "a", "optimizer": {"kind": "adam", "learning_rate": 0.1}}]  # fmt: skip
    return begin({"problem": "himmelblau", "optimizer": {"kind": "sgd", "learning_rate": 0.01}, "rivals": rivals})


def ends(session: Session, start: "tuple[float, float]") -> list[int]:
    """Drag the point to a start; return the minimum in which each lane ends, NOWHERE for one that diverges."""
    assert session.send(MoveTo(np.array(start, float))).accepted
    for _ in range(60):
        session.advance(50)
        if all(run.state.status.health is Health.DIVERGED or run.total_loss() < 1e-6 for run in session.runs):
            break
    found = []
    for run in session.runs:
        away = np.linalg.norm(MINIMA - run.state.theta, axis=1)
        diverged = run.state.status.health is Health.DIVERGED
        assert diverged or away.min() < 1e-3
        found.append(NOWHERE if diverged else int(away.argmin()))
    return found


@pytest.mark.parametrize("start", ENDS)
def test_one_start_leads_to_different_minima(start):
    session, rng = lesson(), np.random.default_rng(7)
    assert ends(session, start) == ENDS[start]
    for jitter in rng.uniform(-0.05, 0.05, (20, 2)):
        assert ends(session, tuple(np.array(start) + jitter)) == ENDS[start]


@pytest.mark.long
@pytest.mark.parametrize(("reach", "momentum", "adam", "diverged"), [(5.7, 106, 35, 32), (6, 116, 52, 44)])
def test_basins_belong_to_function_and_method(reach, momentum, adam, diverged):
    """How many of 15 × 15 starts in [−reach, reach]² end elsewhere than with plain descent.

    106 and 35 are those of ±5.7, not of the domain ±6; a third of the 106 diverge, which are the outermost.
    """
    session, axis = lesson(), np.linspace(-reach, reach, 15)
    found = np.array([ends(session, (x, y)) for x in axis for y in axis])
    assert [np.sum(found[:, lane] != found[:, 0]) for lane in (1, 2)] == [momentum, adam]
    assert np.sum(found == NOWHERE, axis=0).tolist() == [0, diverged, 0]
