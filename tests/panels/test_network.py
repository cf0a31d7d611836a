from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gdexplorer.lab.commands import Change, SetParameter
from gdexplorer.lab.session import Session
from gdexplorer.panels.netlayout import edges, ends, matrix
from gdexplorer.panels.network import NetworkPanel
from gdexplorer.panels.palette import PALETTES
from gdexplorer.probes.oneweight import Weight
from gdexplorer.probes.units import NO_UNITS, UnitsReport
from tests.paired import paired
from tests.panels.map_frames import function
from tests.panels.runs import session

WIDE = {"network": {"layers": [{"id": "h1", "units": 20, "activation": "relu"}, {"id": "h2", "units": 12, "activation": "tanh"}]}}  # fmt: skip # noqa: E501


@pytest.fixture
def panel(qtbot: QtBot) -> NetworkPanel:
    made = NetworkPanel()
    qtbot.addWidget(made)
    made.resize(1000, 500)
    made.show()
    return made


@pytest.fixture
def sent(panel: NetworkPanel) -> list[Any]:
    found: list[Any] = []
    panel.commanded.connect(found.append)
    return found


def show(panel: NetworkPanel, run: Session) -> UnitsReport:
    for _ in range(2):  # the second answers for the unit that the first chose
        panel.show_frame(run.frame(panel.needs()))
    panel.grab()
    assert panel._report is not None
    return panel._report


def click(panel: NetworkPanel, place: QPointF) -> None:
    QTest.mouseClick(panel.diagram, Qt.MouseButton.LeftButton, pos=place.toPoint())


def middle(panel: NetworkPanel, edge: Any, share: float = 0.5) -> QPointF:
    assert panel.diagram.at is not None
    start, end = ends(edge, panel.diagram.at)
    return start + (end - start) * share


def test_it_tells_the_shape_and_the_health_of_the_network(panel: NetworkPanel) -> None:
    run = session("binary", 5)
    run.run.state.theta[...] = 0.0
    report = show(panel, run)
    assert panel.summary().startswith("Network 2 – 4 – 1: at update 5")
    assert f"Chosen: h1 unit 1 of 4, mean over the training set {0}" in panel.summary()
    assert report.columns[1].dead.all()  # tanh of 0
    assert "⊗ 5 of 5 units dead" in panel.summary()
    assert panel.diagram.accessibleName() == "Diagram of the network"


def test_edges_are_the_strongest_and_are_counted(panel: NetworkPanel) -> None:
    report = show(panel, session("binary", 3, **WIDE))
    at = panel.diagram.at
    assert at is not None
    assert [len(rects) for rects in at.units] == [2, 16, 12, 1]
    weights = np.abs(report.layout.view(report.theta, "h2", "weight"))[:, :16]
    drawn = edges(report, 2, at, False)
    assert len(drawn) == 60
    assert sorted(abs(edge.value) for edge in drawn) == sorted(weights.ravel())[-60:]
    assert [edge.strength for edge in drawn] == sorted(edge.strength for edge in drawn)
    assert drawn[-1].strength == 1.0
    assert f"{32 + 60 + 12} of {40 + 240 + 12} edges, the strongest" in panel.summary()
    panel.edges.setCurrentIndex(1)
    panel.edges.activated.emit(1)
    strongest = edges(report, 2, at, True)[-1]
    slopes = matrix(report, 2, True)
    assert slopes is not None
    assert abs(strongest.value) == np.abs(slopes[:, :16]).max()
    assert panel.diagram.edges[-1].value in slopes[:, :16] or panel.diagram.edges[-1].column == 3


def test_a_click_chooses_a_unit_and_asks_for_its_map(panel: NetworkPanel) -> None:
    run = session("binary", 3)
    show(panel, run)
    asked: list[None] = []
    panel.needs_changed.connect(lambda: asked.append(None))
    assert panel.diagram.at is not None
    click(panel, panel.diagram.at.units[1][2].center())
    assert len(asked) == 1
    (request,) = panel.needs()
    assert request.unit == ("h1", 2)  # type: ignore[union-attr]
    report = show(panel, run)
    assert report.fine is not None
    assert "h1 unit 3 of 4" in panel.view.words.text()
    names = [row.name for row in panel.view.table.rows]
    assert names == ["x", "y", "bias"]
    block = report.layout.block(report.theta, "h1")[2]
    assert [row.value for row in panel.view.table.rows] == block.tolist()
    assert [row.slope for row in panel.view.table.rows] == report.layout.block(report.gradient, "h1")[2].tolist()


def test_a_click_on_an_edge_tells_which_weight_it_is(panel: NetworkPanel) -> None:
    report = show(panel, session("binary", 3))
    chosen: list[Weight] = []
    opened: list[Weight] = []
    panel.weight_chosen.connect(chosen.append)
    panel.weight_opened.connect(opened.append)
    edge = next(edge for edge in panel.diagram.edges if edge.column == 2)
    place = middle(panel, edge, 0.3)
    assert panel.diagram.edge_at(place) == edge
    assert f"w = {panel.view.table.rows[0].value:.3g}"[:2] == "w "
    click(panel, place)
    assert chosen == opened == [Weight("output", 0, edge.source)]
    index = chosen[0].index(report.layout)
    assert report.theta[index] == edge.value  # type: ignore[index]
    assert panel.view.name.text() == f"output w[1,{edge.source + 1}] ="


def test_arrows_move_between_units_and_stay_within(panel: NetworkPanel) -> None:
    show(panel, session("binary", 3))
    seen = []
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left,
                Qt.Key.Key_Left, Qt.Key.Key_Left):  # fmt: skip
        QTest.keyClick(panel.diagram, key)
        seen.append(panel._unit)
    assert seen == [(1, 1), (1, 2), (2, 0), (2, 0), (2, 0), (1, 2), (0, 1), (0, 1)]
    assert "y" in panel.summary().split("Chosen: ")[1]


def test_the_window_does_not_take_the_arrows(panel: NetworkPanel) -> None:
    from PySide6.QtGui import QKeyEvent

    event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier)
    assert panel.diagram.event(event)
    assert event.isAccepted()


def test_a_weight_is_typed_and_nothing_but_that_is_sent(panel: NetworkPanel, sent: list[Any]) -> None:
    run = session("binary", 3)
    report = show(panel, run)
    panel.view.table.setCurrentIndex(panel.view.table.model().index(1, 0))
    field = panel.view.field
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "-0,75")
    show(panel, run)  # what is being typed stays
    assert field.text() == "-0,75"
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert sent == [SetParameter(report.layout.by_id["h1"].start + 1, -0.75)]
    field.selectAll()
    QTest.keyClicks(field, "twelve")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert len(sent) == 1
    assert "'twelve' is no number" in panel.caption.accessibleDescription()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == f"{report.theta[1]:.6g}".replace("-", "−")


def test_units_and_layers_come_and_go(panel: NetworkPanel, sent: list[Any]) -> None:
    run = session("binary", 3)
    show(panel, run)
    QTest.mouseClick(panel.counts.buttons["h1", 1], Qt.MouseButton.LeftButton)
    assert sent == [Change("network.layers.h1.units", 5)]
    panel.add_layer.click()
    assert [layer["id"] for layer in sent[-1].value] == ["h1", "h2"]
    assert sent[-1].value[1] == {**sent[-1].value[0], "id": "h2"}
    for command in sent:
        assert run.send(command).accepted
    show(panel, run)
    assert set(panel.counts.buttons) == {("h1", -1), ("h1", 1), ("h2", -1), ("h2", 1)}
    QTest.mouseClick(panel.counts.buttons["h2", -1], Qt.MouseButton.LeftButton)
    assert sent[-1] == Change("network.layers.h2.units", 4 if sent[1].value[1]["units"] == 5 else 3)
    panel.remove_layer.click()
    assert [layer["id"] for layer in sent[-1].value] == ["h2"]
    assert run.send(sent[-1]).accepted
    show(panel, run)
    panel.add_layer.click()
    assert [layer["id"] for layer in sent[-1].value] == ["h2", "h3"]  # h1 is not given again
    assert run.send(sent[-1]).accepted
    assert "Network 2 – 5 – 5 – 1" not in panel.summary()


def test_a_last_unit_stays_and_inputs_cannot_be_removed(panel: NetworkPanel, sent: list[Any]) -> None:
    run = session("binary", 1, network={"layers": [{"id": "h1", "units": 1, "activation": "tanh"}]})
    show(panel, run)
    QTest.mouseClick(panel.counts.buttons["h1", -1], Qt.MouseButton.LeftButton)
    assert sent == []
    panel._on_unit_chosen((0, 0))
    assert not panel.remove_layer.isEnabled()


def test_a_new_layer_behind_a_norm_takes_its_activation(panel: NetworkPanel, sent: list[Any]) -> None:
    layers = [{"id": "h1", "units": 4, "activation": "linear"}, {"id": "n", "kind": "batch_norm", "activation": "relu"},
              {"id": "d", "kind": "dropout"}, {"id": "h2", "units": 3, "activation": "tanh"}]  # fmt: skip
    run = session("binary", 3, network={"layers": layers})
    show(panel, run)
    assert [row.name for row in panel.view.table.rows] == ["x", "y", "bias", "scale γ", "shift β"]
    assert "hatched: dropped for the first example of the latest batch" in panel.caption.accessibleDescription()
    panel.add_layer.click()
    made = sent[-1].value
    assert [layer["id"] for layer in made] == ["h1", "n", "d", "h3", "h2"]
    assert made[3]["activation"]["kind"] == "relu"
    panel.remove_layer.click()
    assert [layer["id"] for layer in sent[-1].value] == ["h2"]


def test_images_are_squares_by_mean_or_by_example(panel: NetworkPanel) -> None:
    run = session("classes", 3)
    report = show(panel, run)
    assert "squares: mean over 36 training examples" in panel.summary()
    assert not report.columns[0].drawn
    assert panel.view.table.rows == [] or len(panel.view.table.rows) == 65
    assert "64 of 64" not in panel.view.words.text()
    panel.colored.setCurrentIndex(1)
    panel.colored.activated.emit(1)
    show(panel, run)
    panel.back.click()
    report = show(panel, run)
    assert "squares: training example 36 of 36" in panel.summary()
    assert report.columns[1].example is not None


def test_a_weight_that_is_chosen_elsewhere_is_shown(panel: NetworkPanel) -> None:
    run = session("binary", 3)
    show(panel, run)
    panel.show_weight(Weight("output", 0, 4))
    report = show(panel, run)
    assert panel.view.name.text() == "output b[1] ="
    assert panel.view.field.text() == f"{report.theta[-1]:.6g}".replace("-", "−")


@pytest.mark.parametrize("make", [lambda: function("himmelblau", 1)])
def test_where_there_is_no_network_it_says_so(panel: NetworkPanel, make: Callable[[], Session]) -> None:
    show(panel, session("binary", 1))
    panel.show_frame(make().frame(panel.needs()))
    assert panel.summary() == f"Network: {NO_UNITS}"
    show(panel, session("binary", 1))
    assert "Chosen" in panel.summary()


def test_more_layers_come_while_there_was_no_network_to_see(panel: NetworkPanel) -> None:
    show(panel, session("linear", 1))
    panel.show_frame(function("himmelblau", 1).frame(panel.needs()))
    panel.resize(900, 400)
    report = show(panel, session("deep", 1))
    assert {id for id, _ in panel.counts.buttons} == {column.id for column in report.columns[1:-1]}


@paired("name", PALETTES, "kind", ["binary", "classes", "deep", "linear"])
def test_every_theme_and_size(panel: NetworkPanel, name: str, kind: str) -> None:
    show(panel, session(kind, 2))
    panel.show_palette(PALETTES[name], paused=kind != "deep")
    for size in ((220, 130), (480, 300), (1200, 800)):
        panel.resize(*size)
        assert not panel.grab().isNull()
    assert panel.diagram.reading(QPointF(-5, -5)) == ""
