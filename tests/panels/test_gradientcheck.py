from concurrent.futures import Executor
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.lab.commands import Change
from gdexplorer.lab.errands import Inline
from gdexplorer.lab.session import Session
from gdexplorer.panels.gradientcheck import EACH, INTRO, TOGETHER, GradientCheckPanel
from gdexplorer.panels.palette import PALETTES
from gdexplorer.probes.check import NO_CHECK, GradientCheck
from tests.builders import CATALOGUE, Manual, experiment
from tests.paired import paired
from tests.pixels import colors


def session(changes: dict[str, Any] | None = None, executor: Executor | None = None) -> Session:
    return Session(experiment(changes), CATALOGUE, executor or Inline())


@pytest.fixture
def panel(qtbot: QtBot) -> GradientCheckPanel:
    made = GradientCheckPanel()
    qtbot.addWidget(made)
    made.resize(900, 360)
    made.show()
    return made


def look(panel: GradientCheckPanel, of: Session) -> None:
    panel.show_frame(of.frame(panel.needs()))
    panel.grab()


def said(panel: GradientCheckPanel) -> str:
    return panel.stage.facts.accessibleDescription()


def test_the_verdict_quotes_its_number_and_what_was_compared(panel: GradientCheckPanel) -> None:
    assert panel.needs() == {GradientCheck(1)}
    look(panel, session())
    assert said(panel).startswith("right: smallest error ")
    assert "×10⁻" in said(panel)
    assert "slopes: central 2 from h 0.1" in said(panel)
    assert "all 44 coordinates of all layers" in said(panel)
    assert "loss over all 24 training examples" in said(panel)
    assert "at update 0 ·" in said(panel)
    assert panel.summary() == f"Gradient check: {said(panel).replace(' · ', '; ')}."


def test_the_switch_puts_the_bug_in_and_the_check_fails(panel: GradientCheckPanel) -> None:
    run = session()
    sent: list[object] = []
    panel.commanded.connect(sent.append)
    look(panel, run)
    panel.omit.click()
    assert sent == [Change("bugs.lab", True), Change("bugs.omitted_slope", True)]
    for command in sent:
        assert run.send(command).accepted  # type: ignore[arg-type]
    look(panel, run)
    assert panel.omit.isChecked()
    assert said(panel).startswith("wrong: no h brings the error below ")
    assert ", in h1, h2 · bug in: f′(z) is left out" in said(panel)
    assert not any(line.isVisible() for line, _ in panel._guides)
    panel.omit.click()
    assert sent[2:] == [Change("bugs.omitted_slope", False)]
    run.send(sent[2])  # type: ignore[arg-type]
    look(panel, run)
    assert said(panel).startswith("right")
    assert not panel.omit.isChecked()


def test_a_layer_is_looked_at_alone_and_all_beside_each_other(panel: GradientCheckPanel) -> None:
    run = session({"bugs.lab": True, "bugs.omitted_slope": True})
    look(panel, run)
    assert [panel.which.itemText(k) for k in range(panel.which.count())] == [TOGETHER, EACH, "h1", "h2", "output"]
    panel.which.setCurrentIndex(4)
    assert said(panel).startswith("right")
    assert "5 coordinates of output" in said(panel)
    panel.which.setCurrentIndex(1)
    panel.grab()
    assert [text.toPlainText() for line, text in panel._lines if line.isVisible()] == ["h1", "h2", "output"]
    assert said(panel).startswith("wrong")
    assert panel.stage.plot.reading is None or "h1: forward " in panel._read(-5.0, 0.0)


def test_it_tells_how_far_it_is_and_can_be_called_back(panel: GradientCheckPanel) -> None:
    jobs = Manual()
    run, asked = session(executor=jobs), list[None]()
    panel.needs_changed.connect(lambda: asked.append(None))
    look(panel, run)
    assert panel.stage.sentence.text() == "Checking the gradient… 0%"
    assert panel.again.text() == "Cancel"
    panel.again.click()
    assert asked
    assert panel.needs() == frozenset()
    look(panel, run)
    assert panel.stage.sentence.text() == INTRO
    assert panel.again.text() == "Check"
    jobs.finish()
    panel.again.click()
    assert panel.needs() == {GradientCheck(2)}
    look(panel, run)
    jobs.finish()
    look(panel, run)
    assert said(panel).startswith("right")
    assert panel.again.text() == "Check again"


def test_training_does_not_move_it_until_it_is_asked_again(panel: GradientCheckPanel) -> None:
    run = session()
    look(panel, run)
    run.advance(7)
    look(panel, run)
    assert "at update 0 ·" in said(panel)
    panel.again.click()
    look(panel, run)
    assert "at update 7 ·" in said(panel)


@pytest.mark.parametrize(("kind", "words"), [("gan", NO_CHECK), ("rosenbrock", "")])
def test_problems_without_layers(kind: str, words: str, panel: GradientCheckPanel) -> None:
    look(panel, session({"problem": {"kind": kind}}))
    assert panel.omit.isHidden()
    if words:
        assert panel.stage.sentence.text() == words
    else:
        assert said(panel).startswith("right")
        assert panel.which.isHidden()


@paired("name", PALETTES, "size", [(240, 140), (500, 300), (1400, 800)])
def test_every_theme_and_size(name: str, size: tuple[int, int], panel: GradientCheckPanel) -> None:
    panel.resize(*size)
    panel.show_palette(PALETTES[name], True)
    look(panel, session())
    assert len(colors(panel.stage.plot.grab().toImage())) > 2
