from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.lab.commands import Change
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from tests.builders import CATALOGUE, experiment
from tests.runtime.bench import Bench

WILD = {"kind": "sgd", "learning_rate": 1e6}
TAME = {"kind": "sgd", "learning_rate": 1e-3}


def _lines(first: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    """A race of linear models, in which the wild ones diverge."""
    rivals = [{"id": f"r{k}", "optimizer": one} for k, one in enumerate(others)]
    return {"loss": "mse", "network.layers": [], "optimizer": first, "rivals": rivals}


@pytest.fixture
def race(qtbot: QtBot, request: pytest.FixtureRequest) -> Iterator[Bench]:
    made = Bench(qtbot, experiment(_lines(*request.param)))
    made.trainer.start()
    yield made
    assert made.trainer.stop(30_000)


@pytest.mark.parametrize("race", [(WILD, TAME), (TAME, WILD)], ids=["first", "last"], indirect=True)
def test_a_lane_that_diverges_does_not_pause_the_others(race: Bench) -> None:
    race.trainer.send(Change("show.pause_at", 3000))
    race.play()
    race.wait(lambda: not race.trainer.playing)
    frame = race.frame()
    healths = {lane.state.status.health for lane in frame.lanes}
    assert healths == {Health.FINE, Health.DIVERGED}
    assert max(lane.state.step for lane in frame.lanes) == 3000
    assert race.trainer.made == 3000


@pytest.mark.parametrize("race", [(WILD, WILD)], indirect=True)
def test_when_no_lane_can_go_on_it_pauses_until_one_is_changed(race: Bench) -> None:
    race.play()
    race.wait(lambda: not race.trainer.playing)
    assert race.ask(lambda session: session.over)
    race.trainer.send(Change("rivals.r0.optimizer.learning_rate", 1e-4))
    race.trainer.make_updates(20)
    made = race.trainer.made
    race.wait(lambda: race.trainer.made == made + 20)
    first, second = race.frame().lanes
    assert (first.state.status.health, second.state.status.health) == (Health.DIVERGED, Health.FINE)


@pytest.mark.parametrize("race", [(TAME, {"kind": "adam", "learning_rate": 0.01}, TAME)], indirect=True)
def test_the_thread_runs_every_lane_as_a_session_without_one_does(race: Bench) -> None:
    race.trainer.send(Change("show.pause_at", 500))
    race.play()
    race.wait(lambda: not race.trainer.playing)
    thetas = race.ask(lambda session: [run.state.theta.copy() for run in session.runs])
    alone = Session(race.ask(lambda session: session.start), CATALOGUE)
    alone.advance(500)
    np.testing.assert_array_equal(thetas, [run.state.theta for run in alone.runs])
