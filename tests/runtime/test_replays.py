"""A session that was trained in the thread, watched, paused, scrubbed and changed, is done again bit for bit."""

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from gdexplorer.lab.commands import Change
from gdexplorer.lab.replay import replayed
from tests.builders import CATALOGUE, digest, experiment
from tests.draws import changes, others
from tests.probed import PROBES
from tests.runtime.bench import NOTHING, Bench
from tests.starts import STARTS

RATES = {"no frames": 0, "10 fps": 10, "60 fps": 60, "random pauses": 60}
PER_SECTION = st.integers(1, 400)  # updates


class Watched(Bench):
    """A trainer at work, with somebody who looks so many times a second."""

    def __init__(self, qtbot: QtBot, start: str, rate: int, needs: frozenset[Any]) -> None:
        super().__init__(qtbot, experiment(STARTS[start]))
        self._rate, self._needs, self._due = rate, needs, 0.0

    def look(self) -> None:
        if self._rate and (now := time.perf_counter()) >= self._due:
            self._due = now + 1 / self._rate
            self.trainer.take_frame()
            self.trainer.want_frame(self._needs, self._needs)

    def train(self, updates: int) -> None:
        goal = self.trainer.made + updates

        def came() -> bool:
            self.look()
            return self.trainer.made >= goal or not self.trainer.playing

        self.play()
        self.wait(came)


def played(qtbot: QtBot, mode: str, data: st.DataObject) -> None:
    """Train with commands at random, then do all of it again."""
    needs = data.draw(st.frozensets(PROBES, max_size=2)) if RATES[mode] else NOTHING
    bench = Watched(qtbot, data.draw(st.sampled_from(sorted(STARTS))), RATES[mode], needs)
    failures: list[BaseException] = []
    bench.trainer.failed.connect(failures.append)
    bench.trainer.start()
    try:
        for _ in range(data.draw(st.integers(2, 6))):
            bench.train(data.draw(PER_SECTION))
            if mode == "random pauses" and data.draw(st.booleans()):
                bench.trainer.play(False)
                bench.trainer.travel(data.draw(st.integers(0, 500)))
                bench.wait(lambda: not bench.frame(needs).arriving)
                bench.trainer.travel(None)
            session = bench.ask(lambda session: session)
            drawn = changes(session.run.state.experiment) if data.draw(st.booleans()) else others(session)
            bench.trainer.send(data.draw(drawn))
            if bench.ask(lambda session: session.run.state.experiment.data.amount) > 100:
                bench.trainer.send(Change("data.amount", 40))
        bench.train(data.draw(PER_SECTION))
    finally:
        assert bench.trainer.stop(30_000)
        bench.trainer.deleteLater()
    assert not failures
    for record in session.branches:
        again = replayed(record, CATALOGUE)
        assert not again.differences
        assert [digest(run.state) for run in again.again.runs] == [digest(run.state) for run in record.runs]


def run(qtbot: QtBot, mode: str, count: int, start: int) -> None:
    def one(data: st.DataObject) -> None:
        played(qtbot, mode, data)

    quick = settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    seed(start)(quick(given(st.data())(one)))()


@pytest.mark.parametrize("mode", RATES)
def test_a_session_is_done_again_bit_for_bit(qtbot: QtBot, mode: str) -> None:
    run(qtbot, mode, 3, 1)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("piece", range(4))
@pytest.mark.parametrize("mode", RATES)
def test_two_hundred_sessions_are_done_again_bit_for_bit(qtbot: QtBot, mode: str, piece: int) -> None:
    run(qtbot, mode, 50, 100 + piece)
