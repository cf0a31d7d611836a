import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gdexplorer.lab import experiments
from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.commands import UpdateOn
from gdexplorer.lab.experiment import validated
from gdexplorer.lab.session import Session
from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.stepbystep import StepByStepPanel
from gdexplorer.panels.stepgraph import Edge, graph
from gdexplorer.probes.chain import chain
from gdexplorer.probes.stepwise import Phase, StepByStep
from tests.paired import paired
from tests.panels.map_frames import function

CATALOGUE = standard()
IMAGES = {
    "data": {"kind": "digits", "amount": 60}, "loss": "softmax_cross_entropy", "training": {"batch_size": 6},
    "network": {"layers": [{"id": "c1", "kind": "convolution", "filters": 3, "size": 3, "activation": "tanh"},
                           {"id": "p1", "kind": "max_pool", "size": 2}]},
}  # fmt: skip
WIDE = {
    "data": {"kind": "digits", "amount": 60}, "loss": "softmax_cross_entropy", "training": {"batch_size": 6},
    "network": {"layers": [{"id": "h1", "units": 30, "activation": "tanh"}]},
}  # fmt: skip
SEQUENCES = {
    "data": {"kind": "delayed_sum", "amount": 40}, "loss": "mse", "training": {"batch_size": 6},
    "network": {"layers": [{"id": "g1", "kind": "gru", "units": 3}]},
}  # fmt: skip


def four_buttons() -> Session:
    return Session(experiments.load("four-buttons", CATALOGUE), CATALOGUE)


def session(values: dict) -> Session:
    return Session(validated(values, CATALOGUE), CATALOGUE)


class Hands:
    """Presses buttons of a panel and gives it the frames that it asks for, as the window does."""

    def __init__(self, panel: StepByStepPanel, run: Session) -> None:
        self.panel, self.run = panel, run
        self.paused: list[None] = []
        panel.pause_requested.connect(lambda: self.paused.append(None))
        panel.update_requested.connect(lambda: run.train(1))
        panel.commanded.connect(run.send)
        panel.needs_changed.connect(self.show)
        self.show()

    def show(self) -> None:
        self.panel.show_frame(self.run.frame(self.panel.needs()))
        self.panel.grab()

    def press(self, *numbers: int) -> None:
        for number in numbers:
            assert self.panel.buttons[number - 1].isEnabled()
            self.panel.press(number)

    def enabled(self) -> list[bool]:
        return [button.isEnabled() for button in self.panel.buttons]

    def said(self) -> str:
        return " | ".join(self.panel.derivation.texts())


@pytest.fixture
def panel(qtbot: QtBot) -> StepByStepPanel:
    made = StepByStepPanel()
    qtbot.addWidget(made)
    made.resize(900, 480)
    made.show()
    return made


def test_the_buttons_are_pressed_in_order_and_update_alone_changes_parameters(panel: StepByStepPanel) -> None:
    hands = Hands(panel, four_buttons())
    theta, before = hands.run.run.state.theta, hands.run.run.state.theta.tobytes()
    assert hands.enabled() == [True, False, False, False]
    for number, after in ((1, 2), (2, 3), (3, 4)):
        hands.press(number)
        assert hands.enabled() == [True, *(k == after for k in (2, 3, 4))]
        assert theta.tobytes() == before
        assert "parameters bit for bit as they were" in panel.caption.accessibleDescription()
        assert "parameters unchanged" in panel.summary()
    hands.press(4)
    assert hands.enabled() == [True, False, False, False]
    assert theta.tobytes() != before
    assert hands.run.run.state.step == 1
    assert "parameters changed" in panel.summary()
    assert hands.paused == [None]


def test_the_numbers_of_lesson_two(panel: StepByStepPanel) -> None:
    hands = Hands(panel, four_buttons())
    panel.exact.click()
    hands.press(1)
    assert "= 0.4 · 0.59327 + 0.45 · 0.596884 + 0.6 | = 1.10591" in hands.said()
    assert "= 0.751365" in hands.said()
    hands.press(2)
    assert "L = ½ (o − t)² | = ½ (0.751365 − 0.01)² | L = 0.274811" in hands.said()
    hands.press(3)
    assert "= 0.138499 · 0.59327 | ∂L/∂w = 0.082167 |" in hands.said()
    assert "= 0.186816 · 0.741365 = 0.138499" in hands.said()
    panel._on_stepped(1)
    assert "∂L/∂w = 0.0826676" in hands.said()
    assert "weight h1[2] → output[1]" in hands.said()
    panel.diagram.chosen.emit(0)
    assert "weight x → h1[1]" in hands.said()
    assert "= 0.241301 · 0.0553994 = 0.0133679" in hands.said()
    assert "Σ w δ of output = 0.4 · 0.138499 = 0.0553994" in hands.said()
    hands.press(4)
    assert "Δθ = −η g = −3.34198×10⁻⁴" in hands.said()
    assert "L of this example: 0.274811 → 0.258015" in hands.said()
    assert "predicted fall −g · Δθ = 0.0165879, actual 0.0167962" in hands.said()


def test_four_digits_unless_six_are_wanted(panel: StepByStepPanel) -> None:
    hands = Hands(panel, four_buttons())
    hands.press(1, 2, 3)
    assert "∂L/∂w = 0.08217" in hands.said()
    panel.exact.click()
    assert "∂L/∂w = 0.082167" in hands.said()


def test_a_click_on_an_edge_a_bias_or_a_unit_chooses(panel: StepByStepPanel) -> None:
    hands = Hands(panel, four_buttons())
    hands.press(1, 2, 3)
    diagram = panel.diagram
    for edge in diagram._graph.edges:
        at = diagram.line_of(edge).pointAt(0.8).toPoint()
        QTest.mouseClick(diagram, Qt.MouseButton.LeftButton, pos=at)
        assert panel._index == edge.parameter
    QTest.mouseClick(diagram, Qt.MouseButton.LeftButton, pos=diagram.bias_rect(1, 1).center().toPoint())
    assert "bias of h1[2]" in hands.said()
    QTest.mouseClick(diagram, Qt.MouseButton.LeftButton, pos=diagram.rect_of(2, 0).center().toPoint())
    assert "weight h1[2] → output[1]" in hands.said()  # 0.45 · 0.597 is more than 0.4 · 0.593
    QTest.mouseClick(diagram, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert "weight h1[2] → output[1]" in hands.said()
    diagram.setFocus()
    QTest.keyClick(diagram, Qt.Key.Key_Right)
    assert "bias of output[1]" in hands.said()
    QTest.keyClick(diagram, Qt.Key.Key_Right)
    assert "weight x → h1[1]" in hands.said()


def test_edges_show_weights_then_their_derivatives_then_new_weights(panel: StepByStepPanel) -> None:
    hands = Hands(panel, four_buttons())
    before = hands.run.run.state.theta.copy()
    hands.press(1, 2)
    assert [panel.diagram.shown(k) for k in range(9)] == list(before)
    hands.press(3)
    gradient = panel._stage.backward.gradient
    assert [panel.diagram.shown(k) for k in range(9)] == list(gradient)
    hands.press(4)
    assert [panel.diagram.shown(k) for k in range(9)] == pytest.approx(list(before - 0.5 * gradient))


def test_a_large_layer_shows_its_strongest_inputs(panel: StepByStepPanel) -> None:
    hands = Hands(panel, session(WIDE))
    hands.press(1, 2, 3)
    stage = panel._stage
    index = stage.layout.by_id["h1"].start + 7 * 65 + 20  # input 21 into unit 8
    found = graph(stage, index, 0)
    assert found.sizes == (64, 30, 10)
    assert 7 in found.columns[1]
    assert 20 in found.columns[0]
    assert len(found.columns[0]) == 6
    strength = np.abs(stage.layout.view(stage.theta, "h1", "weight")[7] * stage.batch.x[:, 0])
    others = set(found.columns[0]) - {20}
    assert others <= set(np.argsort(-strength)[:6])
    into = [edge for edge in found.edges if edge.column == 1]
    assert {edge.target for edge in into} == {7}
    assert Edge(index, 1, 20, 7) in into
    panel.diagram.chosen.emit(index)
    assert "weight x[21] → h1[8]" in hands.said()
    assert "mean of B = 6" in hands.said()
    terms = chain(stage, index).terms[0]
    assert terms.mean() == pytest.approx(stage.backward.gradient[index], rel=1e-9, abs=1e-14)


def test_every_example_of_the_batch_can_be_seen(panel: StepByStepPanel) -> None:
    hands = Hands(panel, session(WIDE))
    hands.press(1)
    assert "example 1 of 6 of the mini-batch" in panel.caption.accessibleDescription()
    first = hands.said()
    panel.forth.click()
    assert "example 2 of 6 of the mini-batch" in panel.caption.accessibleDescription()
    assert hands.said() != first
    panel.back.click()
    panel.back.click()
    assert "example 6 of 6 of the mini-batch" in panel.caption.accessibleDescription()


def test_one_training_example_can_be_chosen(panel: StepByStepPanel) -> None:
    hands = Hands(panel, session(WIDE))
    panel.choice.setCurrentIndex(1)
    panel.choice.activated.emit(1)
    panel.spin.setValue(12)
    hands.press(1, 2, 3)
    assert "training example 12" in panel.caption.accessibleDescription()
    hands.press(4)
    assert [command for _, command in hands.run.log] == [UpdateOn(11)]
    assert hands.run.run.state.step == 1
    assert "L of this example" in hands.said()


@pytest.mark.parametrize("values", [IMAGES, SEQUENCES], ids=["images", "sequences"])
def test_other_networks_go_layer_by_layer(panel: StepByStepPanel, values: dict) -> None:
    hands = Hands(panel, session(values))
    hands.press(1, 2, 3)
    table = panel.layers.table
    assert panel.layers.isVisible()
    assert not panel.diagram.isVisible()
    assert table.rowCount() == len(panel._stage.layers)
    stage = panel._stage
    for row, own in enumerate(stage.layers):
        assert table.item(row, 0).text().startswith(own.layer.id)
        assert table.item(row, 1).text() == "×".join(map(str, own.outputs))
        rms = float(np.sqrt(np.mean(own.a**2)))
        assert float(table.item(row, 3).text()) == pytest.approx(rms, rel=6e-3)
    panel.layers._on_cell_clicked(0)
    block = stage.layout.blocks[0]
    gradient = np.abs(stage.backward.gradient)
    stop = max(b.stop for b in stage.layout.blocks if b.id.partition(".")[0] == block.id)
    assert panel._index == block.start + gradient[block.start : stop].argmax()
    hands.press(4)
    assert "θ after" in hands.said()


def test_a_click_on_a_filter_chooses_its_weight(panel: StepByStepPanel) -> None:
    hands = Hands(panel, session(IMAGES))
    hands.press(1, 2, 3)
    panel.layers._on_cell_clicked(0)
    assert panel.layers._sections[3][1].title == "∂L/∂ filters"
    panel.layers.pictures.picked.emit(3, 2, 1, 2)
    assert "c1, filter 3, channel 1, row 2, column 3" in hands.said()
    assert "Σ over 36 places" in hands.said()
    assert panel.layers.pictures.marked == ((2, 2, 1, 2), (3, 2, 1, 2))
    shown = panel.layers._sections[3][1].values[2, 1, 2]
    assert shown == panel._stage.backward.gradient[panel._index]


def test_a_run_that_goes_on_leaves_the_step_behind(panel: StepByStepPanel) -> None:
    hands = Hands(panel, session(WIDE))
    hands.press(1, 2, 3)
    hands.run.advance(4)
    hands.show()
    assert panel.needs() == {StepByStep(1, Phase.READY)}
    assert hands.enabled() == [True, False, False, False]
    assert "press Forward" in panel.summary()


def test_where_there_are_no_layers_it_says_so(panel: StepByStepPanel) -> None:
    panel.show_frame(function("saddle").frame(panel.needs()))
    assert "There are no layers here" in panel.summary()
    assert not any(button.isEnabled() for button in panel.buttons)


@paired("theme", list(PALETTES), "size", [(240, 150), (860, 500), (1400, 800), (420, 800)])
def test_it_draws_at_every_size_and_in_every_theme(panel: StepByStepPanel, theme: str, size: tuple[int, int]) -> None:
    hands = Hands(panel, four_buttons())
    hands.press(1, 2, 3)
    panel.resize(*size)
    panel.show_palette(PALETTES[theme], True)
    image = panel.grab().toImage()
    assert len({image.pixel(x, y) for x in range(0, size[0], 7) for y in range(0, size[1], 7)}) > 10
    if theme == "projector" and size == (860, 500):
        assert panel.diagram._font.pointSizeF() >= 12
        for edge in panel.diagram._graph.edges:
            assert panel.diagram.line_of(edge).dx() > 40


def test_type_stays_legible_from_afar(panel: StepByStepPanel) -> None:
    run = Session(experiments.load("first", CATALOGUE), CATALOGUE)
    panel.show_palette(PALETTES["projector"], True)
    panel.resize(850, 490)
    Hands(panel, run)
    assert panel.diagram._font.pointSizeF() >= 10
    panel.exact.click()
    assert panel.diagram._digits == 6
