from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from gdexplorer.lab.commands import Change
from gdexplorer.lab.session import Session
from gdexplorer.panels.lanestrip import Offer
from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.race import RacePanel
from gdexplorer.panels.racetable import FIELDS, RATE
from gdexplorer.probes.cost import Cost
from tests.paired import paired
from tests.panels.races import NEEDS, himmelblau, rival
from tests.panels.runs import catalogue, session


class Hands:
    """A panel with a session that carries out what it sends."""

    def __init__(self, panel: RacePanel) -> None:
        self.panel, self.sent, self.refused = panel, list[Any](), list[str]()
        panel.commanded.connect(self._send)
        self.run: Session | None = None

    def show(self, run: Session) -> None:
        self.run = run
        self.panel.show_frame(run.frame(NEEDS))

    def _send(self, command: Any) -> None:
        self.sent.append(command)
        assert self.run is not None
        reply = self.run.send(command)
        if not reply.accepted:
            self.refused.append(reply.text)
        self.panel.show_frame(self.run.frame(NEEDS))

    @property
    def kinds(self) -> list[str]:
        assert self.run is not None
        return [run.rule.name for run in self.run.runs]

    def choose(self, box: QComboBox, label: str) -> None:
        index = box.findText(label)
        assert index >= 0
        box.setCurrentIndex(index)
        box.activated.emit(index)

    def type(self, field: QLineEdit, words: str) -> None:
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, words) if words else QTest.keyClick(field, Qt.Key.Key_Delete)
        QTest.keyClick(field, Qt.Key.Key_Return)

    def select(self, lane: int) -> None:
        self.panel.table.setCurrentCell(lane, RATE)


@pytest.fixture
def panel(qtbot: QtBot) -> RacePanel:
    made = RacePanel()
    qtbot.addWidget(made)
    for_all = catalogue()
    made.offer([Offer(r.name, r.label, r.help) for r in for_all.optimizers.values()],
               [Offer(r.name, r.label, r.help) for r in for_all.initializers.values()])  # fmt: skip
    made.resize(900, 420)
    made.show()
    return made


@pytest.fixture
def hands(panel: RacePanel) -> Hands:
    return Hands(panel)


def cell(panel: RacePanel, lane: int, field: str) -> str:
    item = panel.table.item(lane, FIELDS.index(field))
    assert item is not None
    return item.text()


def test_a_rival_is_added_and_the_race_starts_again(panel: RacePanel, hands: Hands) -> None:
    hands.show(himmelblau(20))
    hands.choose(panel.add, "Adam")
    assert hands.kinds == ["sgd", "adam"]
    assert hands.run is not None
    assert hands.run.step == 0
    assert "starts again" in panel.add.toolTip()
    assert panel.add.currentIndex() == 0
    hands.choose(panel.add, "random search")
    hands.choose(panel.add, "gradient ascent")
    assert hands.kinds == ["sgd", "adam", "random_search", "ascent"]
    assert cell(panel, 3, "rate") == "0.01", "that of the lane that descends plainly"


def test_eight_lanes_are_the_most(panel: RacePanel, hands: Hands) -> None:
    hands.show(himmelblau(0))
    for _ in range(7):
        assert panel.add.isEnabled()
        hands.choose(panel.add, "momentum")
    assert len(hands.kinds) == 8
    assert not panel.add.isEnabled()
    assert not panel.strip.larger.isEnabled()
    hands.select(4)
    panel.strip.remove.click()
    assert len(hands.kinds) == 7
    assert panel.add.isEnabled()
    assert not hands.refused


@pytest.mark.parametrize(("lane", "path"), [(0, "optimizer"), (1, "rivals.a.optimizer")])
def test_a_learning_rate_is_typed_over(lane: int, path: str, panel: RacePanel, hands: Hands) -> None:
    hands.show(himmelblau(5, rival("a", "adam", 0.1)))
    panel.table.rate_edited.emit(lane, "0.025")
    assert hands.sent == [Change(f"{path}.learning_rate", 0.025)]
    assert cell(panel, lane, "rate") == "0.025"
    assert hands.run is not None
    assert hands.run.step == 5, "it goes on"
    panel.table.rate_edited.emit(lane, "fast")
    assert "'fast' is no number" in panel.caption.text()
    assert len(hands.sent) == 1


@pytest.mark.parametrize(("lane", "path"), [(0, "optimizer"), (1, "rivals.a.optimizer")])
def test_another_optimizer_takes_over_a_lane(lane: int, path: str, panel: RacePanel, hands: Hands) -> None:
    hands.show(himmelblau(5, rival("a", "adam", 0.1)))
    hands.select(lane)
    hands.choose(panel.strip.kind, "RMSprop")
    assert hands.sent == [Change(f"{path}.kind", "rmsprop")]
    assert hands.kinds[lane] == "rmsprop"
    hands.choose(panel.strip.kind, "RMSprop")
    assert len(hands.sent) == 1, "it is that already"


def test_a_lane_is_doubled_with_another_rate(panel: RacePanel, hands: Hands) -> None:
    hands.show(session(rivals=[rival("a", "adam", 0.01, initializer="he_normal", batch_size=4)]))
    hands.select(1)
    panel.strip.larger.click()
    assert hands.run is not None
    first, second = hands.run.run.state.experiment.rivals
    assert second.model_dump() | {"id": "a", "optimizer": 0} == first.model_dump() | {"optimizer": 0}
    assert (second.id, second.optimizer.learning_rate) == ("r1", 0.03)  # type: ignore[attr-defined]
    hands.select(0)
    panel.strip.smaller.click()
    assert hands.run.run.state.experiment.rivals[2].optimizer.learning_rate == 0.0333  # type: ignore[attr-defined]
    assert hands.run.run.state.experiment.rivals[2].batch_size is None
    assert [lane.name for lane in hands.run.frame(NEEDS).lanes] == [
        "SGD η 0.1", "Adam η 0.01", "Adam η 0.03", "SGD η 0.0333"]  # fmt: skip


def test_a_search_has_no_rate_to_multiply(panel: RacePanel, hands: Hands) -> None:
    hands.show(himmelblau(0, rival("a", "lbfgs")))
    hands.select(1)
    assert not panel.strip.larger.isEnabled()
    assert panel.strip.remove.isEnabled()
    hands.select(0)
    assert panel.strip.larger.isEnabled()
    assert not panel.strip.remove.isEnabled(), "the experiment's own run stays"


def test_a_rival_may_have_its_own_start_and_batches(panel: RacePanel, hands: Hands) -> None:
    hands.show(session(rivals=[rival("a", "adam")]))
    assert panel.strip.batch.isHidden()
    hands.select(1)
    hands.choose(panel.strip.start, catalogue().initializers["he_normal"].label)
    assert cell(panel, 1, "name") == "Adam · different start"
    hands.type(panel.strip.batch, "4")
    assert cell(panel, 1, "name") == "Adam · different start, different order"
    hands.type(panel.strip.batch, "many")
    assert "whole number" in panel.caption.text()
    assert panel.strip.batch.text() == "4"
    hands.type(panel.strip.batch, "")
    hands.choose(panel.strip.start, "same start")
    assert cell(panel, 1, "name") == "Adam"
    assert [sorted(command.value[0]) for command in hands.sent] == [
        ["batch_size", "id", "initializer", "optimizer"]] * 4  # fmt: skip


def test_a_function_has_neither_weights_nor_batches_to_differ_in(panel: RacePanel, hands: Hands) -> None:
    hands.show(himmelblau(0, rival("a", "adam")))
    hands.select(1)
    assert panel.strip.batch.isHidden()
    assert panel.strip.start.isHidden()


def test_what_is_refused_leaves_the_race_as_it_was(panel: RacePanel, hands: Hands) -> None:
    hands.show(session(steps=3, rivals=[rival("a", "adam")]))
    hands.choose(panel.add, "conjugate gradient")
    assert "searches along lines" in hands.refused[0]
    assert hands.kinds == ["sgd", "adam"]
    hands.select(1)
    hands.choose(panel.strip.kind, "Newton")
    assert len(hands.refused) == 2
    assert panel.strip.kind.currentText() == "Adam"


def test_the_target_is_typed_or_usual(panel: RacePanel, hands: Hands) -> None:
    hands.show(himmelblau(60, rival("a", "adam", 0.1)))
    assert panel.target.placeholderText() == "31"
    usual = int(cell(panel, 0, "reached"))
    hands.type(panel.target, "1e-3")
    assert int(cell(panel, 0, "reached")) > usual
    assert cell(panel, 1, "reached") == "–"
    hands.type(panel.target, "low")
    assert "'low' is no number" in panel.caption.text()
    assert panel.target.text() == "0.001"
    hands.type(panel.target, "")
    assert int(cell(panel, 0, "reached")) == usual
    assert not hands.sent


def test_delete_removes_a_rival_but_not_the_run_itself(panel: RacePanel, hands: Hands, qtbot: QtBot) -> None:
    hands.show(himmelblau(0, rival("a", "adam")))
    hands.select(0)
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    assert not hands.sent
    hands.select(1)
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    assert hands.sent == [Change("rivals", [])]


def test_every_control_has_a_name_and_is_reached_by_keys(panel: RacePanel, hands: Hands) -> None:
    hands.show(session(rivals=[rival("a", "adam")]))
    hands.select(1)
    strip = panel.strip
    controls: tuple[QWidget, ...] = (panel.target, panel.add, panel.table, strip.kind, strip.start, strip.batch,
                                     strip.smaller, strip.larger, strip.remove)  # fmt: skip
    for control in controls:
        assert control.accessibleName()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert control is panel.table or control.toolTip()


def test_it_is_summed_up(panel: RacePanel, hands: Hands) -> None:
    assert panel.summary() == "Race: nothing has run yet."
    assert panel.needs() == {Cost()}
    hands.show(himmelblau(60, rival("a", "adam", 1e-3)))
    said = panel.summary()
    assert said.startswith("Race of 2: SGD, paused, loss ")
    assert "31 at " in said
    assert said.endswith("31 not reached.")


@paired("name", PALETTES, "size", [(240, 120), (480, 310), (1100, 700)])
def test_every_theme_and_size(name: str, size: tuple[int, int], panel: RacePanel, hands: Hands) -> None:
    hands.show(session(steps=9, rivals=[rival("a", "adam"), rival("b", "ascent")]))
    panel.resize(*size)
    panel.show_palette(PALETTES[name], paused=True)
    assert not panel.grab().isNull()
    assert panel.table.height() >= panel.height() / 4


def test_the_caption_speaks_of_seconds_where_they_are_shown(panel: RacePanel, hands: Hands, qtbot: QtBot) -> None:
    hands.show(himmelblau(3, rival("r1", "adam")))
    qtbot.waitUntil(lambda: panel.caption.text().startswith("seconds: calibrated"), timeout=30_000)
    panel.resize(330, 420)
    qtbot.waitUntil(lambda: not panel.caption.text(), timeout=30_000)
    assert not panel.table.shows("seconds")
    assert not panel.caption.isVisible()
    # its line is the table's
    qtbot.waitUntil(lambda: panel.height() - panel.strip.geometry().bottom() < 12, timeout=30_000)
