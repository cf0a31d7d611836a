"""A run that is recorded in the real window replays bit for bit."""

from pathlib import Path

import numpy as np
import pytest

from gdexplorer.cli.main import main
from gdexplorer.lab import archive
from gdexplorer.lab.replay import replay
from gdexplorer.lab.session import Session
from gdexplorer.runtime.trainer import FLAT_OUT
from tests.app.driver import Driver
from tests.builders import CATALOGUE

RATE = "optimizer.learning_rate"


def test_a_run_with_ten_changes_replays_bit_for_bit(
    driver: Driver, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    driver.show_more()
    driver.open(speed=FLAT_OUT)
    driver.ticker.tick_ms = 16
    changes = [
        lambda: driver.type(RATE, "0.05"),
        lambda: driver.pick("network.activation", "ReLU"),
        lambda: driver.type("training.batch_size", "5"),
        lambda: driver.pick("optimizer.kind", "Adam"),
        lambda: driver.type("penalty.l2", "0.001"),
        lambda: driver.choose(driver.row("h1").combo, "SiLU"),
        lambda: driver.click(driver.row("h2").dice),
        lambda: driver.type("data.noise", "0.2"),
        lambda: driver.click(driver.layers.add_button),
        lambda: driver.click(driver.window.controls.redraw_button),
        lambda: driver.pick("network.precision", "float32"),
        lambda: driver.type("optimizer.beta1", "0.8"),
    ]
    gaps = np.random.default_rng(5).integers(1, 700, len(changes))
    for change, gap in zip(changes, gaps.tolist(), strict=True):
        target = driver.trainer.made + gap
        driver.wait(lambda: driver.trainer.made >= target)  # noqa: B023 - called in this round only
        if change is changes[-1]:  # needs the knob that Adam brought
            driver.wait(lambda: "optimizer.beta1" in driver.window.controls._editors)
        change()
    driver.wait(lambda: len(driver.markers) == len(changes))
    driver.wait(lambda: driver.ticker._timer.interval() >= 8)  # less only from the strips to the next panel
    path = tmp_path / "run.gdx"
    driver.conductor.save(str(path))  # still flat out
    driver.wait(lambda: "Saved run.gdx." in driver.said)
    assert driver.trainer.playing
    driver.conductor.play(False)
    saved = archive.load(path, CATALOGUE)
    assert len(saved.log) == len(changes)
    assert len({at for at, _ in saved.log}) == len(changes)
    again = replay(saved, CATALOGUE)
    assert again.run.state.step == saved.run.state.step > sum(gaps)
    np.testing.assert_array_equal(again.run.state.theta, saved.run.state.theta)
    assert again.run.state.theta.dtype == np.float32
    assert main(["replay", str(path), "--check"]) == 0
    assert "agrees with the session bit for bit" in capsys.readouterr().out
    reopened(driver, path)


def reopened(driver: Driver, path: Path) -> None:
    """The window goes on from a saved session exactly as the session would have."""
    saved = archive.load(path, CATALOGUE)
    assert driver.conductor.open_path(str(path))
    driver.settle()
    assert not driver.trainer.playing
    assert driver.state.step == saved.run.state.step
    assert driver.markers == saved.run.recorder.markers
    driver.trainer.make_updates(100)
    driver.wait(lambda: driver.trainer.made == 100)
    theta = driver.ask(lambda session: session.run.state.theta.copy())
    saved.advance(100)
    np.testing.assert_array_equal(theta, saved.run.state.theta)


def test_what_was_drawn_paused_or_sped_up_leaves_no_trace(driver: Driver) -> None:
    """Only commands count: the same run, looked at in every way, has the same weights as one nobody looked at."""
    driver.open({"show.pause_at": 1000}, speed=100)
    driver.train(20)
    driver.rest()
    driver.window.host.show_workspace("Gradients")
    driver.conductor.one_update()
    driver.conductor.one_epoch()
    driver.settle()
    driver.conductor.set_speed(2000)
    driver.conductor.play(True)
    driver.window.set_theme("dark")
    driver.window.host.show_workspace("Explore")
    driver.wait(lambda: not driver.trainer.playing)
    step, theta, start = driver.ask(
        lambda session: (session.run.state.step, session.run.state.theta.copy(), session.start)
    )
    assert step == 1000
    alone = Session(start, CATALOGUE)
    alone.advance(1000)
    np.testing.assert_array_equal(theta, alone.run.state.theta)
