"""The narrator's strip: how long a sentence stays, and its two buttons in the real window."""

from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gdexplorer.app.strips import PACE_MS, Narrator
from gdexplorer.lab.commands import Change, Reinitialize
from gdexplorer.lab.sentences import Mend, Sentence
from gdexplorer.probes.vitals import Vitals
from tests.app.driver import Driver

RECTIFY = (Change("network.activation", "relu"), Reinitialize("network", 8))
DEEP: dict[str, Any] = {"network.layers": [
    {"id": f"h{k}", "units": 10, "activation": {"kind": "sigmoid"}} for k in range(1, 7)]}  # fmt: skip


@pytest.fixture
def strip(qtbot: QtBot) -> Narrator:
    made = Narrator()
    qtbot.addWidget(made)
    made.resize(1280, 40)
    made.show()
    return made


def test_a_sentence_stays_until_it_can_have_been_read(strip: Narrator) -> None:
    for text in ("one", "two", "three"):
        strip.show_sentence(Sentence(text))
        assert strip.text.text() == "one"
    assert strip.pace.interval() == PACE_MS == 2000
    strip.pace.timeout.emit()
    assert strip.text.text() == "three", "what came and went meanwhile is not said"
    strip.pace.stop()
    strip.show_sentence(Sentence("four"))
    assert strip.text.text() == "four"
    assert strip.pace.isActive()


def test_the_same_again_starts_no_pause(strip: Narrator) -> None:
    strip.show_sentence(Sentence("one"))
    strip.pace.stop()
    strip.show_sentence(Sentence("one"))
    assert not strip.pace.isActive()


@pytest.mark.parametrize(("panel", "mend"), [("", None), ("gradients", None), ("", Mend("ReLU", RECTIFY)),
                                             ("gradients", Mend("ReLU", RECTIFY))])  # fmt: skip
def test_there_are_buttons_where_there_is_something_to_show_or_to_mend(strip: Narrator, panel: str, mend: Mend) -> None:
    strip.show_sentence(Sentence("one", "warning", panel, mend))
    assert strip.look.isVisible() == bool(panel)
    assert strip.mend.isVisible() == (mend is not None)
    assert strip.mend.text() == ("ReLU" if mend else "")


def test_a_mend_is_sent_once_and_in_order(strip: Narrator) -> None:
    sent: list[object] = []
    strip.commanded.connect(sent.append)
    strip.show_sentence(Sentence("one", "warning", "", Mend("ReLU", RECTIFY)))
    strip.mend.click()
    strip.mend.click()
    assert sent == list(RECTIFY)
    strip.pace.stop()
    strip.show_sentence(Sentence("two", "warning", "", Mend("ReLU", RECTIFY)))
    assert strip.mend.isEnabled()


def test_it_asks_for_its_probe_while_it_can_be_read(strip: Narrator) -> None:
    assert strip.needs() == frozenset({Vitals()})
    strip.hide()
    assert strip.needs() == frozenset()


def narrator(driver: Driver) -> Narrator:
    strip = driver.window.narrator
    strip.pace.setInterval(0)
    return strip


@pytest.fixture
def paced(driver: Driver) -> Any:
    """The strip, which says everything at once."""
    yield narrator(driver)
    driver.window.narrator.pace.setInterval(PACE_MS)


def test_vanishing_gradients_are_said_shown_and_mended(driver: Driver, paced: Narrator) -> None:
    driver.open(DEEP, playing=False)
    driver.wait(lambda: paced.text.text().startswith("Vanishing gradients: δ shrinks by a factor of 0."))
    driver.window.host.show_workspace("Curvature")
    panel = driver.panel("gradients")
    assert not panel.isVisible()
    driver.click(paced.look)
    driver.wait(lambda: not panel.visibleRegion().isEmpty())
    driver.click(paced.mend)
    driver.marked("new weights")
    driver.wait(lambda: paced.text.text().startswith("Ready: "))
    assert not paced.mend.isVisible()
    assert not paced.look.isVisible()
    assert {layer["activation"]["kind"] for layer in driver.state.experiment.model_dump()["network"]["layers"]} == {
        "relu"
    }


def test_it_is_said_while_the_run_plays_too(driver: Driver, paced: Narrator) -> None:
    driver.open(DEEP, speed=100)
    driver.wait(lambda: paced.text.text().startswith("Vanishing gradients"))
    assert driver.conductor.playing


def test_to_show_a_panel_a_maximized_one_steps_back(driver: Driver, paced: Narrator) -> None:
    driver.open(DEEP, playing=False)
    driver.wait(lambda: paced.look.isVisible())
    driver.window.host.maximize(driver.window.docks[0])
    driver.click(paced.look)
    panel: QWidget = driver.panel("gradients")
    driver.wait(lambda: not panel.visibleRegion().isEmpty())
    assert driver.window.host.maximized is None


def test_what_nobody_reads_is_not_measured(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    from gdexplorer.probes import vitals

    asked: list[int] = []
    measure = vitals.measure
    monkeypatch.setattr(vitals, "measure", lambda request, context: (asked.append(1), measure(request, context))[1])
    driver.window.narrator.hide()
    try:
        driver.open(DEEP)
        driver.train(50)
        driver.rest()
        assert not asked
    finally:
        driver.window.narrator.show()
    driver.settle()
    driver.wait(lambda: asked)
