import numpy as np
import pytest

from gdexplorer.lab.session import Session
from gdexplorer.probes.line import POINTS, Line
from tests.builders import CATALOGUE, experiment

LINE = Line()
RIVALS = [{"id": "r1", "optimizer": {"kind": "adam", "learning_rate": 0.05}}]


@pytest.fixture(params=["network", "function"])
def session(request):
    changes = {} if request.param == "network" else {"problem": {"kind": "himmelblau"}}
    rate = {"kind": "sgd", "learning_rate": 0.1 if request.param == "network" else 0.01}
    found = Session(experiment({**changes, "optimizer": rate, "rivals": RIVALS}), CATALOGUE)
    found.advance(40)
    return found


def test_the_losses_of_each_lane_are_those_on_the_way_from_its_start(session):
    report = session.frame(frozenset({LINE})).lane.views[LINE]
    assert report.step == 40
    assert len(report.ts) == POINTS
    assert report.ts[0] < 0 < 1 < report.ts[-1]
    for run, losses, length in zip(session.runs, report.losses, report.lengths, strict=True):
        objective, start, now = run.objective, run.recorder.path.points[0].astype(float), run.state.theta
        program, batch = objective.program(objective.full()), objective.full()
        by_hand = [program.value_and_gradient(start + t * (now - start), run.state.buffers, batch, np.zeros_like(now))
                   for t in report.ts]  # fmt: skip
        np.testing.assert_allclose(losses, by_hand, rtol=1e-4)
        assert length == pytest.approx(np.linalg.norm(now - start))


def test_the_line_follows_the_point(session):
    first = session.frame(frozenset({LINE})).lane.views[LINE]
    again = session.frame(frozenset({LINE})).lane.views[LINE]
    assert again is first
    session.advance(10)
    later = session.frame(frozenset({LINE})).lane.views[LINE]
    assert later.step == 50
    assert later.lengths != first.lengths


def test_a_line_beyond_the_range_of_numbers_is_a_gap(session):
    session.run.state.theta[...] = 1.5e308
    session.run.version += 1
    report = session.frame(frozenset({LINE})).lane.views[LINE]
    assert report.lengths[0] == np.inf
    assert np.isnan(report.losses[0]).all()
    assert np.isfinite(report.losses[1]).all()
