from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.lab.session import Session
from gdexplorer.runtime.trainer import FLAT_OUT
from tests.builders import CATALOGUE, digest, experiment
from tests.runtime.bench import Bench

STOPS = experiment({"optimizer": {"kind": "adam", "learning_rate": 0.05}, "training.stop_after": 25,
                    "training.stop_threshold": 0.05})  # fmt: skip


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(qtbot, STOPS)
    made.trainer.start()
    yield made
    assert made.trainer.stop(30_000)


@pytest.mark.parametrize("speed", [5000.0, FLAT_OUT])
def test_the_run_pauses_by_itself_where_the_loss_no_longer_falls_and_then_goes_on(bench: Bench, speed: float) -> None:
    alone = Session(STOPS, CATALOGUE)
    for _ in range(2):
        alone.train(100_000)
        bench.play(speed)
        bench.wait(lambda: not bench.trainer.playing)
        assert bench.ask(lambda session: session.step) == alone.step
        assert bench.ask(lambda session: digest(session.run.state)) == digest(alone.run.state)


def test_updates_that_are_asked_for_end_there_too(bench: Bench) -> None:
    alone = Session(STOPS, CATALOGUE)
    alone.train(100_000)
    bench.trainer.make_updates(alone.step + 500)
    bench.wait(lambda: bench.trainer.made >= alone.step)
    assert bench.ask(lambda session: session.step) == alone.step
    assert bench.ask(lambda session: session.step) == alone.step
    bench.trainer.make_updates(1)
    bench.wait(lambda: bench.trainer.made > alone.step)
    assert bench.ask(lambda session: session.step) == alone.step + 1
