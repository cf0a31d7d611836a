import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from gdexplorer.lab import archive
from gdexplorer.lab.commands import Change
from gdexplorer.lab.session import Session
from gdexplorer.probes.boundary import Boundary
from gdexplorer.probes.landscape import Landscape
from gdexplorer.runtime.trainer import Trainer
from tests.builders import CATALOGUE, experiment
from tests.runtime.bench import Bench

# ---- slow measurements ----


class Slow:
    """Stands for a slow measurement of the boundary: holds it up until it is let go, and notes of which steps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps: list[int] = []
        self.go_on = threading.Event()
        monkeypatch.setattr("gdexplorer.probes.boundary.measure", self)

    def __call__(self, request: Boundary, context: Any) -> Any:
        self.steps.append(context.step)
        assert self.go_on.wait(10)
        return context.step


def test_a_paused_trainer_publishes_the_measurement_when_it_is_done(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, needs = Slow(monkeypatch), frozenset({Boundary()})
    frame = bench.frame(needs)
    assert frame.busy
    assert not frame.lane.views
    slow.go_on.set()
    frame = bench.next_frame()  # without being asked again
    assert frame.lane.views == {Boundary(): 0}
    assert not frame.busy


def test_of_slow_measurements_the_newest_wins(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, needs = Slow(monkeypatch), frozenset({Boundary()})
    bench.frame(needs)
    for _ in range(5):
        bench.trainer.make_updates(10)
        bench.ask(lambda session: None)
        bench.frame(needs)
    bench.wait(lambda: bench.trainer.made == 50)
    slow.go_on.set()
    bench.wait(lambda: bench.frame(needs).lane.views.get(Boundary()) == 50)
    assert slow.steps == [0, 50]


def test_a_measurement_that_fails_is_told_once_and_frames_go_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(request: Boundary, context: Any) -> Any:
        raise ZeroDivisionError("no boundary here")

    monkeypatch.setattr("gdexplorer.probes.boundary.measure", fail)
    spy, needs = QSignalSpy(bench.trainer.failed), frozenset({Boundary()})
    bench.trainer.want_frame(needs, needs)
    bench.wait(lambda: spy.count() == 1)
    assert "no boundary here" in str(spy.at(0)[0])
    for _ in range(3):
        bench.frame(needs)
    assert spy.count() == 1


# ---- trouble ----


def test_an_error_in_an_update_pauses_is_told_and_the_thread_lives_on(bench: Bench) -> None:
    spy = QSignalSpy(bench.trainer.failed)

    def stumble(count: int) -> int:
        del bench.trainer.session.advance  # type: ignore[union-attr]
        raise RuntimeError("stumbled")

    bench.play()
    bench.ask(lambda session: setattr(session, "advance", stumble))
    bench.wait(lambda: spy.count() == 1)
    assert str(spy.at(0)[0]) == "stumbled"
    assert not bench.trainer.playing
    made = bench.trainer.made
    bench.play()
    bench.wait(lambda: bench.trainer.made > made + 100)
    assert spy.count() == 1


def test_a_journey_that_fails_takes_no_command_behind_it_along(bench: Bench) -> None:
    def stumble(step: int) -> None:
        raise RuntimeError("no way there")

    spy = QSignalSpy(bench.trainer.failed)
    bench.ask(lambda session: setattr(session, "travel", stumble))
    with bench.held():
        bench.trainer.travel(3)
        id = bench.trainer.send(Change("optimizer.learning_rate", 0.2))
    bench.wait(lambda: spy.count() == 1)
    assert str(spy.at(0)[0]) == "no way there"
    assert [reply.id for reply in bench.frame().replies] == [id]


def test_a_file_that_cannot_be_written_does_not_pause_the_run(bench: Bench, tmp_path: Path) -> None:
    spy = QSignalSpy(bench.trainer.failed)
    bench.play()
    bench.trainer.perform(lambda session: archive.save(session, tmp_path / "no folder" / "run.gdx") or "saved")
    bench.wait(lambda: spy.count() == 1)
    assert "could not be saved" in str(spy.at(0)[0])
    made = bench.trainer.made
    bench.wait(lambda: bench.trainer.made > made + 100)
    assert bench.trainer.playing


def test_a_session_that_cannot_begin_is_told(qtbot: QtBot) -> None:
    def make(jobs: object) -> Session:
        raise MemoryError("too many parameters")

    trainer = Trainer(make)
    with qtbot.waitSignal(trainer.failed, timeout=30_000) as told:
        trainer.start()
    assert "too many parameters" in str(told.args[0])
    assert trainer.stop(30_000)


# ---- the end ----


@pytest.mark.parametrize("playing", [False, True])
def test_it_stops_at_once(qtbot: QtBot, playing: bool) -> None:
    for _ in range(5):
        bench = Bench(qtbot, experiment())
        bench.trainer.start()
        if playing:
            bench.play()
            bench.wait(lambda: bench.trainer.made > 0)  # noqa: B023 - called in this round only
        assert bench.trainer.stop(30_000)
        assert bench.trainer.isFinished()


def test_it_stops_before_it_began(qtbot: QtBot) -> None:
    trainer = Trainer(lambda jobs: Session(experiment(), CATALOGUE, jobs))
    trainer.start()
    assert trainer.stop(30_000)


def test_it_stops_in_the_middle_of_a_surface(qtbot: QtBot) -> None:
    layers = [{"id": f"h{k}", "units": 120, "activation": "tanh"} for k in (1, 2)]
    bench = Bench(qtbot, experiment({"network.layers": layers, "data.amount": 2000}))
    bench.trainer.start()
    needs = frozenset({Landscape()})
    assert bench.frame(needs).busy
    assert bench.trainer.stop(30_000)
    worker = bench.trainer._jobs._thread
    bench.wait(lambda: not worker.is_alive())
