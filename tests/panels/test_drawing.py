"""The pencil of the boundary panel, without a window: what it draws, takes away, sends and shows."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gdexplorer.data import Table
from gdexplorer.lab.commands import Change
from gdexplorer.lab.session import Session
from gdexplorer.panels.boundary import BoundaryPanel
from gdexplorer.panels.drawing import SPACING, merged, sheet_of
from gdexplorer.panels.palette import PALETTES, Palette
from tests.panels.map_frames import click, line, move, press, release, session


@pytest.fixture
def panel(qtbot: QtBot) -> BoundaryPanel:
    made = BoundaryPanel()
    qtbot.addWidget(made)
    made.resize(560, 440)
    made.show()
    return made


@pytest.fixture
def sent(panel: BoundaryPanel) -> list[Change]:
    told: list[Change] = []
    panel.commanded.connect(told.append)
    return told


def show(panel: BoundaryPanel, run: Session) -> None:
    panel.show_frame(run.frame(panel.needs()))


def drawing(panel: BoundaryPanel, run: Session, *, clear: bool = False) -> Table:
    """Take the pencil, and an empty sheet if asked to."""
    show(panel, run)
    panel.draw.click()
    if clear:
        panel.clear.click()
    return sheet(panel)


def sheet(panel: BoundaryPanel) -> Table:
    assert panel.drawing.table is not None
    return panel.drawing.table


def take_away(panel: BoundaryPanel, x: float, y: float, button: Qt.MouseButton, held: Qt.KeyboardModifier) -> None:
    plot = panel.plot
    place = QPointF(plot.mapFromScene(plot.box.mapViewToScene(QPointF(x, y))))
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        event = QMouseEvent(kind, place, plot.viewport().mapToGlobal(place), button, button, held)
        QApplication.sendEvent(plot.viewport(), event)


def bumps() -> Session:
    data = {"kind": "playground_multi_gauss", "amount": 60, "noise": 0.0}
    return session(5, data=data, loss={"kind": "half_mse"})


def digits() -> Session:
    return session(0, data={"kind": "digits", "amount": 60, "noise": 0.0}, loss={"kind": "softmax_cross_entropy"})


def test_it_goes_on_from_the_examples_that_are_there(panel: BoundaryPanel, sent: list[Change]) -> None:
    run = session()
    table = drawing(panel, run)
    data = run.run.objective.data  # type: ignore[attr-defined]
    assert np.array_equal(table.x, np.vstack([data.train.x, data.test.x]))
    assert np.array_equal(table.y, np.concatenate([data.train.y, data.test.y]))
    assert (table.inputs, table.labels, table.domain) == (data.inputs, ("blue", "orange"), data.domain)
    assert not sent
    click(panel.plot, 0.5, -0.25)
    assert len(sent) == 1
    assert sent[0].path == "data.table"
    learned = sent[0].value
    assert len(learned) == 41
    assert learned.x[-1] == pytest.approx([0.5, -0.25], abs=0.02)
    assert learned.y[-1] == 0
    assert panel.stage.reader.pinned is None


def test_an_empty_sheet_is_sent_from_four_points_on(panel: BoundaryPanel, sent: list[Change]) -> None:
    drawing(panel, session(), clear=True)
    assert panel.stage.note.text() == "0 of 4 points"
    for k in range(3):
        click(panel.plot, k / 4, 0.0)
    assert panel.stage.note.text() == "3 of 4 points"
    assert "3 of 4 points: the network goes on with the data before" in panel.summary()
    assert not sent
    click(panel.plot, 1.0, 0.0)
    assert [len(change.value) for change in sent] == [4]
    assert not panel.stage.note.isVisible()
    take_away(panel, 1.0, 0.0, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier)
    assert panel.stage.note.text() == "3 of 4 points"
    assert len(sent) == 1


def test_a_drag_sprays_points_that_stand_apart(panel: BoundaryPanel, sent: list[Change]) -> None:
    drawing(panel, session(), clear=True)
    press(panel.plot, -1.5, 0.0)
    assert len(sheet(panel)) == 1
    for x in np.linspace(-1.5, 1.5, 200):
        move(panel.plot, float(x), 0.0)
    release(panel.plot, 1.5, 0.0)
    table = sheet(panel)
    x = np.array([panel.plot.pixel(at, 0.0).x() for at in table.x[:, 0]])
    assert len(table) > 8
    assert (np.diff(x) >= SPACING - 0.01).all()
    assert sent[-1].value is table
    assert not panel.drawing._timer.isActive()
    move(panel.plot, 0.0, 1.0)
    assert sheet(panel) is table


def test_a_long_stroke_is_learned_while_it_is_drawn(qtbot: QtBot, panel: BoundaryPanel, sent: list[Change]) -> None:
    drawing(panel, session())
    press(panel.plot, -1.5, 0.0)
    move(panel.plot, -1.0, 0.0)
    assert not sent
    with qtbot.waitSignal(panel.commanded):
        pass
    assert len(sent[-1].value) == 42
    release(panel.plot, -1.0, 0.0)
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("button", "held"),
    [
        (Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier),
        (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier),
    ],
)
def test_the_nearest_point_is_taken_away(
    panel: BoundaryPanel, sent: list[Change], button: Qt.MouseButton, held: Qt.KeyboardModifier
) -> None:
    before = drawing(panel, session())
    take_away(panel, 0.3, 0.4, button, held)
    after = sheet(panel)
    gone = int(np.hypot(*(before.x - [0.3, 0.4]).T).argmin())
    assert np.array_equal(after.x, np.delete(before.x, gone, 0))
    assert sent[-1].value is after


def test_the_class_is_chosen_by_buttons_and_keys(qtbot: QtBot, panel: BoundaryPanel) -> None:
    drawing(panel, session(), clear=True)
    panel.activateWindow()
    qtbot.waitUntil(panel.plot.hasFocus, timeout=30_000)
    assert [button.text() for button in panel.kinds] == ["blue", "orange"]
    for key, chosen in ((Qt.Key.Key_2, 1), (Qt.Key.Key_X, 0), (Qt.Key.Key_X, 1), (Qt.Key.Key_1, 0)):
        QTest.keyClick(panel.plot, key)
        assert panel.drawing.chosen == chosen
        assert [button.isChecked() for button in panel.kinds] == [chosen == 0, chosen == 1]
        click(panel.plot, 0.0, 0.0)
    assert sheet(panel).y.tolist() == [1, 0, 1, 0]
    panel.kinds[1].click()
    click(panel.plot, 0.5, 0.0)
    assert sheet(panel).y[-1] == 1


def test_outside_the_picture_nothing_is_drawn(panel: BoundaryPanel) -> None:
    table = drawing(panel, session())
    panel.drawing.add(QPointF(2.5, 0.0))
    panel.drawing.add(QPointF(0.0, -9.0))
    assert sheet(panel) is table


def test_points_are_seen_before_the_network_has_them(panel: BoundaryPanel) -> None:
    run = session()
    table = drawing(panel, run)
    click(panel.plot, 0.5, -0.25)
    data = run.run.objective.data  # type: ignore[attr-defined]
    shown = merged(data, sheet(panel))
    assert np.array_equal(shown.train.x[:-1], data.train.x)
    assert np.array_equal(shown.train.x[-1], sheet(panel).x[-1])
    assert np.array_equal(shown.test.x, data.test.x)
    assert panel._decision._data is not None
    assert np.array_equal(panel._decision._data.train.x, shown.train.x)
    without = merged(data, table.without_point(len(data.train.x)))
    assert np.array_equal(without.test.x, data.test.x[1:])
    assert np.array_equal(without.train.x, data.train.x)


def test_what_was_sent_is_followed_and_what_others_choose_begins_a_new_sheet(
    panel: BoundaryPanel, sent: list[Change]
) -> None:
    run = session()
    drawing(panel, run)
    click(panel.plot, 0.5, -0.25)
    click(panel.plot, 0.75, -0.25)
    drawn = sheet(panel)
    assert run.send(sent[0]).accepted  # the second is still on its way
    show(panel, run)
    assert sheet(panel) is drawn
    assert run.send(sent[1]).accepted
    run.advance(3)
    show(panel, run)
    assert sheet(panel) is drawn
    assert "42 points" in panel.summary()
    assert run.send(Change("data.kind", "moons")).accepted
    show(panel, run)
    assert len(sheet(panel)) == run.run.state.experiment.data.amount
    assert run.send(Change("data.kind", "own")).accepted
    show(panel, run)
    assert len(sheet(panel)) == 42
    click(panel.plot, 0.0, 0.0)
    assert len(sent[-1].value) == 43


def test_a_few_points_survive_other_changes_but_not_other_data(panel: BoundaryPanel) -> None:
    run = session()
    drawing(panel, run, clear=True)
    click(panel.plot, 0.5, -0.25)
    run.send(Change("data.noise", 0.2))
    show(panel, run)
    assert len(sheet(panel)) == 1
    run.send(Change("data.kind", "moons"))
    show(panel, run)
    assert len(sheet(panel)) > 1


def test_with_one_input_the_height_is_the_value(panel: BoundaryPanel, sent: list[Change]) -> None:
    drawing(panel, line())
    assert not any(button.isVisible() for button in panel.kinds)
    x0, x1, y0, y1 = view = panel.plot.view()
    place = (x0 + 0.7 * (x1 - x0), y0 + 0.9 * (y1 - y0))
    click(panel.plot, *place)
    table = sent[-1].value
    assert (table.task, len(table), table.labels) == ("regression", 41, ())
    assert table.x[-1, 0] == pytest.approx(place[0], abs=(x1 - x0) / 100)
    assert table.y[-1] == pytest.approx(place[1], abs=(y1 - y0) / 100)
    assert panel.plot.view() == view
    panel.clear.click()
    assert panel.plot.view() == view
    click(panel.plot, *place)
    take_away(panel, *place, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier)
    assert len(sheet(panel)) == 0


def test_values_of_two_inputs_are_the_ends_of_the_scale(panel: BoundaryPanel) -> None:
    table = drawing(panel, bumps())
    most = float(np.abs(table.y).max())
    panel.drawing.choose(1)
    click(panel.plot, 0.0, 0.0)
    assert sheet(panel).y[-1] == most
    assert panel.kinds[1].text() == f"{most:.2g}"
    panel.clear.click()
    click(panel.plot, 0.0, 0.0)
    assert sheet(panel).y[-1] == 1


def test_what_cannot_be_drawn_upon_begins_with_an_empty_sheet(panel: BoundaryPanel, sent: list[Change]) -> None:
    run = digits()
    table = drawing(panel, run)
    assert (len(table), table.inputs, panel.plot.view()) == (0, ("x", "y"), (-2, 2, -2, 2))
    for x, y in ((-1, -1), (1, 1), (-1, 1), (1, -1)):
        click(panel.plot, x, y)
    assert len(sent) == 1
    assert run.send(sent[0]).accepted
    run.advance(3)
    show(panel, run)
    assert "4 points" in panel.summary()
    panel.draw.click()
    assert "● 2 train, ○ 2 test" in panel.summary()


def test_the_pencil_is_put_away(panel: BoundaryPanel, sent: list[Change]) -> None:
    run = digits()
    drawing(panel, run)
    click(panel.plot, 0.0, 0.0)
    panel.draw.click()
    assert panel.drawing.table is None
    assert panel.stage.sentence.isVisible()
    assert not panel.stage.note.isVisible()
    assert not panel.clear.isVisible()
    show(panel, session())
    click(panel.plot, 0.0, 0.0)
    assert panel.stage.reader.pinned is not None
    assert not sent
    panel.draw.click()
    assert panel.stage.reader.pinned is None


def test_too_many_points_are_refused_in_a_sentence(panel: BoundaryPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    table = drawing(panel, session())
    monkeypatch.setattr("gdexplorer.data.table.MOST_EXAMPLES", 40)
    click(panel.plot, 0.0, 0.0)
    assert sheet(panel) is table
    assert "at most 40 examples" in panel.stage.note.text()


def test_own_classes_keep_their_names() -> None:
    data = sheet_of(session().run.objective.data).source()  # type: ignore[attr-defined]
    assert data.labels == ("blue", "orange")


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())
@pytest.mark.parametrize("make", [session, bumps, line, digits])
def test_it_is_drawn_in_every_palette_and_size(panel: BoundaryPanel, palette: Palette, make: Any) -> None:
    drawing(panel, make(), clear=True)
    panel.show_palette(palette, paused=True)
    x0, x1, y0, y1 = panel.plot.view()
    click(panel.plot, (x0 + x1) / 2, (y0 + y1) / 2)
    for size in ((300, 170), (640, 400)):
        panel.resize(*size)
        image = panel.grab().toImage()
        middle = panel.plot.mapTo(panel, panel.plot.area().center().toPoint())
        colors = {
            image.pixelColor(middle.x() + k, middle.y() + j).rgb() for k in range(-12, 13) for j in range(-12, 13)
        }
        assert len(colors) > 2, size
