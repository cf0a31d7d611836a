from concurrent.futures import Executor
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.lab.commands import Change
from gdexplorer.lab.errands import Inline
from gdexplorer.lab.session import Session
from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.rates import INTRO, RatesPanel
from gdexplorer.panels.ticks import number
from gdexplorer.probes.rates import RangeReport, RangeTest
from tests.builders import CATALOGUE, Manual, experiment, suited

LEARNS: dict[str, Any] = {"optimizer": {"kind": "sgd", "learning_rate": 0.1}, "training.batch_size": 20}


def session(changes: dict[str, Any] | None = None, executor: Executor | None = None) -> Session:
    return Session(experiment(LEARNS if changes is None else changes), CATALOGUE, executor or Inline())


@pytest.fixture
def panel(qtbot: QtBot) -> RatesPanel:
    made = RatesPanel()
    qtbot.addWidget(made)
    made.resize(560, 320)
    made.show()
    return made


def look(panel: RatesPanel, of: Session) -> None:
    panel.show_frame(of.frame(panel.needs()))
    panel.grab()


def report_of(panel: RatesPanel) -> RangeReport:
    assert panel._report is not None
    return panel._report


def offers(panel: RatesPanel) -> list[str]:
    return [button.text() for button in (panel.test, panel.steepest, panel.tenth) if button.isVisible()]


def test_nothing_is_tested_until_somebody_asks(panel: RatesPanel) -> None:
    look(panel, session())
    assert panel.needs() == frozenset()
    assert panel.stage.sentence.text() == INTRO
    assert offers(panel) == ["Test"]


def test_it_draws_the_losses_and_the_suggestions(panel: RatesPanel) -> None:
    asked: list[None] = []
    panel.needs_changed.connect(lambda: asked.append(None))
    panel.test.click()
    assert asked
    assert panel.needs() == {RangeTest(1)}
    look(panel, session())
    report = report_of(panel)
    assert panel.needs() == frozenset(), "once is enough"
    np.testing.assert_allclose(panel._line.xData, np.log10(report.rates))
    shown = np.log10(report.smooth) if panel._log else report.smooth
    np.testing.assert_allclose(panel._line.yData, shown)
    x0, x1, low, high = panel.stage.plot.view()
    assert (x0, x1) == (-5, 1)
    assert low < shown.min()
    assert high > shown[: shown.argmin()].max()
    for (line, text), rate in zip(panel._marks, (report.steepest, report.tenth, 0.1), strict=True):
        assert rate is not None
        assert line.isVisible()
        assert line.xData.tolist() == pytest.approx([np.log10(rate)] * 2)
        assert f"{float(f'{rate:.2g}'):.2g}" in text.toPlainText()
    assert "log" in panel.stage.plot.bottom.labelText
    assert "rules of thumb" in panel.stage.facts.accessibleDescription()
    assert panel._read(np.log10(report.rates[160]), 0).startswith(f"η {number(report.rates[160])}  batch loss ")


@pytest.mark.parametrize("which", ["steepest", "tenth"])
def test_a_press_uses_the_suggestion(panel: RatesPanel, which: str) -> None:
    of, commands = session(), list[object]()
    panel.commanded.connect(commands.append)
    panel.start()
    look(panel, of)
    button, rate = getattr(panel, which), float(f"{getattr(report_of(panel), which):.2g}")
    assert button.text() == f"Use η {rate:.2g}"
    button.click()
    assert commands == [Change("optimizer.learning_rate", rate)]
    assert of.send(commands[0]).accepted  # type: ignore[arg-type]
    look(panel, of)
    assert panel._report is not None, "another rate does not make the test stale"
    assert panel._marks[2][0].xData[0] == pytest.approx(np.log10(rate))


def test_it_tells_how_far_it_is_and_can_be_canceled(panel: RatesPanel) -> None:
    executor = Manual()
    of = session(executor=executor)
    panel.start()
    look(panel, of)
    assert panel.stage.sentence.text() == "Testing learning rates… 0%"
    assert offers(panel) == ["Cancel"]
    panel.test.click()
    assert panel.needs() == frozenset()
    of.frame(panel.needs())
    executor.finish()
    look(panel, of)
    assert panel.stage.sentence.text() == INTRO
    panel.test.click()
    look(panel, of)
    executor.finish()
    look(panel, of)
    assert panel._report is not None


@pytest.mark.parametrize("change", [
    Change("optimizer.kind", "adam"), Change("training.batch_size", 5), Change("network.activation", "relu"),
    Change("data.noise", 0.3), Change("penalty.l2", 0.1), Change("seed", 8),
], ids=lambda change: change.path)  # fmt: skip
def test_a_test_of_other_settings_is_put_away(panel: RatesPanel, change: Change) -> None:
    of = session()
    panel.start()
    look(panel, of)
    of.advance(3)
    look(panel, of)
    assert panel._report is not None
    assert of.send(change).accepted
    look(panel, of)
    assert panel.stage.sentence.text() == INTRO
    assert offers(panel) == ["Test"]


def test_a_search_is_refused_in_words(panel: RatesPanel) -> None:
    panel.start()
    look(panel, session(suited("lbfgs")))
    assert panel.stage.sentence.text().startswith("L-BFGS chooses its own steps")
    assert panel.needs() == frozenset()
    assert offers(panel) == ["Test"]
    assert "L-BFGS" in panel.summary()


def test_where_the_loss_hardly_falls_there_is_no_suggestion(panel: RatesPanel) -> None:
    panel.start()
    look(panel, session({"optimizer": {"kind": "ascent", "learning_rate": 0.1}}))
    assert report_of(panel).steepest is None
    assert offers(panel) == ["Test"]
    assert [line.isVisible() for line, _ in panel._marks] == [False, False, True]
    assert "no suggestion" in panel.summary()


def test_a_copy_that_diverges_at_once_leaves_an_empty_plot(panel: RatesPanel) -> None:
    of = session({"problem": {"kind": "himmelblau"}, "optimizer": {"kind": "sgd", "learning_rate": 1.0}})
    of.advance(50)
    panel.start()
    look(panel, of)
    assert len(report_of(panel).rates) == 0
    assert panel._read(0, 0) == ""
    assert "the copy diverged" in panel.summary()


@pytest.mark.parametrize("palette", PALETTES.values(), ids=list(PALETTES))
@pytest.mark.parametrize("size", [(560, 320), (240, 160), (200, 110)])
def test_it_stands_in_every_theme_and_size(panel: RatesPanel, palette: Any, size: tuple[int, int]) -> None:
    panel.show_palette(palette, True)
    panel.resize(*size)
    panel.start()
    look(panel, session())
    plot = panel.stage.plot
    for _, text in panel._marks:
        if text.isVisible():
            room = text.sceneBoundingRect()
            assert room.left() >= plot.area().left() - 6
            assert room.right() <= plot.area().right() + 6
    assert "steepest fall" in panel.summary()
