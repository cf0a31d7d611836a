import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from gdexplorer.lab import archive
from gdexplorer.lab.commands import NETWORK, Change, Command, Reinitialize
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.probes.boundary import Boundary
from gdexplorer.probes.gradients import Gradients
from gdexplorer.probes.landscape import Landscape
from gdexplorer.runtime.trainer import FLAT_OUT, GATE_SECONDS, Trainer
from tests.builders import CATALOGUE, experiment

RATE = "optimizer.learning_rate"
NOTHING: frozenset[Any] = frozenset()


class Bench:
    """A trainer at work, and what a test does with it."""

    def __init__(self, qtbot: QtBot, begun: Experiment) -> None:
        self.qtbot = qtbot
        self.trainer = Trainer(lambda jobs: Session(begun, CATALOGUE, jobs))
        self.frames: list[Frame] = []

    def wait(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=10_000)

    def ask(self, question: Callable[[Session], Any]) -> Any:
        """Let the thread answer between two updates."""
        answers: list[Any] = []
        self.trainer.perform(lambda session: answers.append(question(session)) or "")
        self.wait(lambda: bool(answers))
        return answers[0]

    def frame(self, needs: frozenset[Any] = NOTHING) -> Frame:
        """Ask for a frame and wait for it."""
        self.trainer.take_frame()
        self.trainer.want_frame(needs, needs)
        return self.next_frame()

    def next_frame(self) -> Frame:
        found: list[Frame] = []

        def came() -> bool:
            if (frame := self.trainer.take_frame()) is not None:
                found.append(frame)
            return bool(found)

        self.wait(came)
        return found[-1]

    def play(self, speed: float = FLAT_OUT) -> None:
        self.trainer.set_speed(speed)
        self.trainer.play(True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the thread busy in a task, so that what is sent meanwhile arrives together."""
        begun, go_on = threading.Event(), threading.Event()

        def hold(_: Session) -> str:
            begun.set()
            go_on.wait(10)
            return ""

        self.trainer.perform(hold)
        assert begun.wait(10)
        yield
        go_on.set()


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(qtbot, experiment())
    made.trainer.start()
    yield made
    assert made.trainer.stop()


# ---- updates ----------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 100, 1000])
def test_so_many_updates_are_made_and_no_more(bench: Bench, count: int) -> None:
    bench.trainer.make_updates(count)
    bench.wait(lambda: bench.trainer.made == count)
    assert bench.ask(lambda session: session.run.state.step) == count
    assert not bench.trainer.playing


def test_updates_that_are_asked_for_add_up_and_end_playing(bench: Bench) -> None:
    bench.play()
    bench.wait(lambda: bench.trainer.made > 0)
    bench.trainer.make_updates(3)
    bench.ask(lambda session: None)
    assert not bench.trainer.playing
    before = bench.ask(lambda session: session.run.state.step)
    bench.trainer.make_updates(3)
    bench.trainer.make_updates(4)
    bench.wait(lambda: bool(bench.trainer.made >= before + 7))
    assert bench.ask(lambda session: session.run.state.step) == before + 7


def test_flat_out_the_thread_makes_the_same_updates_as_without_one(bench: Bench) -> None:
    bench.trainer.pause_at(5000)
    bench.play()
    bench.wait(lambda: not bench.trainer.playing)
    theta = bench.ask(lambda session: session.run.state.theta.copy())
    alone = Session(experiment(), CATALOGUE)
    alone.advance(5000)
    np.testing.assert_array_equal(theta, alone.run.state.theta)


@pytest.mark.parametrize("speed", [50.0, 1000.0, FLAT_OUT])
def test_the_run_pauses_by_itself_exactly_there_and_then_goes_on(bench: Bench, speed: float) -> None:
    bench.trainer.pause_at(37)
    bench.play(speed)
    bench.wait(lambda: not bench.trainer.playing)
    assert bench.ask(lambda session: session.run.state.step) == 37
    bench.play(FLAT_OUT)
    bench.wait(lambda: bench.trainer.made > 200)
    assert bench.trainer.playing


@pytest.mark.parametrize(("speed", "updates"), [(1.0, 2), (20.0, 15), (300.0, 200)])
def test_the_pace_is_kept(bench: Bench, speed: float, updates: int) -> None:
    bench.ask(lambda session: None)  # the session is there
    bench.play(speed)
    bench.wait(lambda: bench.trainer.made > 0)
    begun, made = time.perf_counter(), bench.trainer.made
    bench.wait(lambda: bench.trainer.made >= updates)
    spent = time.perf_counter() - begun
    # at most 0.1 s is caught up at once, and 10 ms is how often is looked
    assert bench.trainer.made - made <= (spent + 0.12) * speed + 1


def test_a_change_of_speed_takes_effect_at_once(bench: Bench) -> None:
    bench.play(1.0)
    bench.wait(lambda: bench.trainer.made > 0)
    bench.trainer.set_speed(FLAT_OUT)
    bench.wait(lambda: bench.trainer.made > 1000)


def test_a_pause_ends_it_between_two_updates(bench: Bench) -> None:
    bench.play()
    bench.wait(lambda: bench.trainer.made > 100)
    bench.trainer.play(False)
    first = bench.ask(lambda session: session.run.state.step)
    second = bench.frame().lane.state.step
    assert first == second == bench.trainer.made


def test_a_run_that_diverges_pauses_and_can_go_on(bench: Bench) -> None:
    bench.trainer.send(Change("loss.kind", "half_mse"))
    bench.trainer.send(Change(RATE, 1e6))
    bench.play()
    bench.wait(lambda: not bench.trainer.playing)
    frame = bench.frame()
    assert frame.lane.state.status.health is Health.DIVERGED
    assert np.isfinite(bench.ask(lambda session: session.run.state.theta.copy())).all()
    bench.trainer.send(Change(RATE, 0.01))
    bench.trainer.send(Reinitialize(NETWORK, 3))
    bench.play()
    made = bench.trainer.made
    bench.wait(lambda: bench.trainer.made > made + 100)


# ---- commands ---------------------------------------------------------------------


def test_of_changes_to_one_setting_that_wait_the_newest_wins(bench: Bench) -> None:
    sent: list[Command] = [
        *(Change(RATE, rate) for rate in (0.1, 0.2, 0.3)),
        Change("training.batch_size", 5),
        Reinitialize(NETWORK, 1),
        Reinitialize(NETWORK, 2),
        *(Change(RATE, rate) for rate in (0.4, 0.5)),
    ]
    with bench.held():
        ids = [bench.trainer.send(command) for command in sent]
    frame = bench.frame()
    log = bench.ask(lambda session: [command for _, command in session.log])
    assert log == [sent[2], sent[3], sent[4], sent[5], sent[7]]
    assert [reply.id for reply in frame.replies] == ids == sorted(ids)
    assert [reply.text == "superseded" for reply in frame.replies] == [command not in log for command in sent]
    assert len(frame.lane.history.markers) == len(log)


def test_every_command_is_answered_by_its_id_even_if_frames_are_dropped(bench: Bench) -> None:
    answers = {}
    for value in (0.1, -1.0, 0.2):
        answers[bench.trainer.send(Change(RATE, value))] = value
        bench.trainer.want_frame(NOTHING, NOTHING)  # and nobody takes the frame
        bench.ask(lambda session: None)
    found = {reply.id: reply for reply in bench.frame().replies}
    assert found.keys() == answers.keys()
    for id, value in answers.items():
        assert found[id].accepted == (value > 0)
    (refused,) = (reply for reply in found.values() if not reply.accepted)
    assert "learning_rate" in refused.text
    assert "-1.0" in refused.text


def test_a_command_acts_between_two_updates_and_is_logged_with_the_step(bench: Bench) -> None:
    bench.play()
    bench.wait(lambda: bench.trainer.made > 50)
    bench.trainer.send(Change(RATE, 0.05))
    (at, command), marker = bench.ask(lambda session: (session.log[0], session.run.recorder.markers[0]))
    assert command == Change(RATE, 0.05)
    assert at == marker.step > 50


# ---- the mailbox ------------------------------------------------------------------


def test_the_mailbox_holds_the_newest_frame_only_and_gives_it_once(bench: Bench) -> None:
    for _ in range(3):
        bench.trainer.make_updates(5)
        bench.ask(lambda session: None)
        bench.wait(lambda: bench.trainer.made % 5 == 0)
        bench.trainer.want_frame(NOTHING, NOTHING)
        bench.ask(lambda session: None)
    bench.wait(lambda: bench.trainer.made == 15)
    bench.trainer.want_frame(NOTHING, NOTHING)
    bench.ask(lambda session: None)
    bench.ask(lambda session: None)  # the frame was filled in the visit before
    frame = bench.trainer.take_frame()
    assert frame is not None
    assert frame.lane.state.step == 15
    assert bench.trainer.take_frame() is None


def test_a_frame_is_filled_only_when_it_is_wanted(bench: Bench) -> None:
    bench.play()
    bench.wait(lambda: bench.trainer.made > 500)
    assert bench.trainer.take_frame() is None
    number = bench.frame().number
    assert bench.frame().number == number + 1


def test_what_is_wanted_is_measured_and_nothing_else(bench: Bench) -> None:
    assert bench.frame(frozenset({Gradients()})).lane.views.keys() == {Gradients()}
    assert not bench.frame().lane.views


# ---- slow measurements ------------------------------------------------------------


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


# ---- trouble ----------------------------------------------------------------------


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
    with qtbot.waitSignal(trainer.failed, timeout=5000) as told:
        trainer.start()
    assert "too many parameters" in str(told.args[0])
    assert trainer.stop()


class NotedGate(threading.Event):
    """Notes for how long it is waited on."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        return super().wait(timeout)


def test_a_window_that_never_opens_the_gate_holds_up_an_update_for_a_bounded_time(bench: Bench) -> None:
    assert GATE_SECONDS <= 0.05
    bench.trainer._gate = gate = NotedGate()
    bench.play()
    bench.trainer.close_gate()
    made = bench.trainer.made
    bench.wait(lambda: bench.trainer.made > made + 3 and len(gate.waits) > 2)
    assert set(gate.waits) == {GATE_SECONDS}
    bench.frame(frozenset({Gradients()}))
    bench.trainer.open_gate()


# ---- the end ----------------------------------------------------------------------


@pytest.mark.parametrize("playing", [False, True])
def test_it_stops_at_once(qtbot: QtBot, playing: bool) -> None:
    for _ in range(5):
        bench = Bench(qtbot, experiment())
        bench.trainer.start()
        if playing:
            bench.play()
            bench.wait(lambda: bench.trainer.made > 0)  # noqa: B023 - called in this round only
        assert bench.trainer.stop()
        assert bench.trainer.isFinished()


def test_it_stops_before_it_began(qtbot: QtBot) -> None:
    trainer = Trainer(lambda jobs: Session(experiment(), CATALOGUE, jobs))
    trainer.start()
    assert trainer.stop()


def test_it_stops_in_the_middle_of_a_surface(qtbot: QtBot) -> None:
    layers = [{"id": f"h{k}", "units": 120, "activation": "tanh"} for k in (1, 2)]
    bench = Bench(qtbot, experiment({"network.layers": layers, "data.amount": 2000}))
    bench.trainer.start()
    needs = frozenset({Landscape()})
    assert bench.frame(needs).busy
    begun = time.perf_counter()
    assert bench.trainer.stop()
    assert time.perf_counter() - begun < 3
    worker = bench.trainer._jobs._thread
    bench.wait(lambda: not worker.is_alive())
