import time

import numpy as np
import pytest

from gdexplorer.lab.commands import NETWORK, Change, Command, Reinitialize
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.probes.gradients import Gradients
from gdexplorer.runtime.trainer import FLAT_OUT
from tests.builders import CATALOGUE, experiment
from tests.runtime.bench import NOTHING, Bench

RATE = "optimizer.learning_rate"


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
    bench.trainer.send(Change("show.pause_at", 5000))
    bench.play()
    bench.wait(lambda: not bench.trainer.playing)
    theta = bench.ask(lambda session: session.run.state.theta.copy())
    alone = Session(experiment(), CATALOGUE)
    alone.advance(5000)
    np.testing.assert_array_equal(theta, alone.run.state.theta)


@pytest.mark.parametrize("speed", [50.0, 1000.0, FLAT_OUT])
def test_the_run_pauses_by_itself_exactly_there_and_then_goes_on(bench: Bench, speed: float) -> None:
    bench.trainer.send(Change("show.pause_at", 37))
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


# ---- commands ----


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


# ---- the mailbox ----


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
