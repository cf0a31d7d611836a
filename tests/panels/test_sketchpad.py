import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.sketchpad import PEN, Sketchpad, dabbed


@pytest.fixture
def pad(qtbot: QtBot) -> Sketchpad:
    made = Sketchpad()
    qtbot.addWidget(made)
    made.resize(240, 240)
    made.show_answer(np.zeros((6, 8)), ("a", "b"), np.array([0.9, 0.1]), -1)
    made.begin(np.zeros((6, 8)))
    made.show()
    return made


def stroke(pad: Sketchpad, *places: tuple[float, float], button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
    """Draw through (row, column) of the image."""
    kinds = [QEvent.Type.MouseButtonPress, *[QEvent.Type.MouseMove] * (len(places) - 1)]
    for kind, (row, column) in zip(kinds, places, strict=True):
        rect = pad.picture()
        at = QPointF(rect.left() + column / 8 * rect.width(), rect.top() + row / 6 * rect.height())
        pressed = button if kind == QEvent.Type.MouseButtonPress else Qt.MouseButton.NoButton
        event = QMouseEvent(kind, at, pad.mapToGlobal(at), pressed, button, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(pad, event)
    QTest.mouseRelease(pad, button)


def test_a_dab_is_dark_in_the_middle_and_soft_at_its_rim() -> None:
    made = dabbed(np.zeros((7, 7)), 3.5, 3.5)
    for row in range(7):
        for column in range(7):
            away = np.hypot(row - 3, column - 3)
            assert made[row, column] == pytest.approx(min(max(PEN + 0.5 - away, 0), 1))
    assert made[3, 3] == 1
    assert 0 < made[3, 4] < 1
    twice = dabbed(made, 3.5, 3.5)
    np.testing.assert_array_equal(twice, made)  # however long the pen stays
    gone = dabbed(twice, 3.5, 3.5, erase=True)
    assert gone[3, 3] == 0
    assert gone.max() <= 0.7


def test_a_stroke_leaves_no_gaps_and_the_right_button_erases(pad: Sketchpad) -> None:
    sheets: list[np.ndarray] = []
    pad.drawn.connect(sheets.append)
    stroke(pad, (3.5, 0.5), (3.5, 7.5))
    assert (pad.sheet[3] > 0.9).all()
    assert pad.sheet[:2].max() == 0
    np.testing.assert_array_equal(sheets[-1], pad.sheet)
    stroke(pad, (3.5, 0.5), (3.5, 7.5), button=Qt.MouseButton.RightButton)
    assert pad.sheet[3].max() < 0.1
    stroke(pad, (3.5, 0.5), (3.5, 7.5))
    pad.erasing = True
    stroke(pad, (3.5, 2.5))
    assert pad.sheet[3, 2] < 0.1
    assert pad.sheet[3, 6] > 0.9
    pad.clear()
    assert pad.sheet.max() == 0


def test_two_strokes_are_not_joined(pad: Sketchpad) -> None:
    stroke(pad, (0.5, 0.5))
    stroke(pad, (5.5, 7.5))
    assert pad.sheet[3, 4] == 0


def test_the_keys_move_the_pen_paint_and_erase(pad: Sketchpad) -> None:
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Space):
        QTest.keyClick(pad, key)
    row, column = np.unravel_index(pad.sheet.argmax(), pad.sheet.shape)
    assert (row, column) == (2, 2)
    QTest.keyClick(pad, Qt.Key.Key_Backspace)
    assert pad.sheet[2, 2] == 0
    for _ in range(9):
        QTest.keyClick(pad, Qt.Key.Key_Down)
        QTest.keyClick(pad, Qt.Key.Key_Right)
    QTest.keyClick(pad, Qt.Key.Key_Space)
    assert pad.sheet[5, 7] == 1
    assert not pad.grab().isNull()


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Up])
def test_only_while_drawing_it_keeps_the_windows_shortcuts_off(pad: Sketchpad, key: Qt.Key) -> None:
    def kept(held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> bool:
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, held)
        event.ignore()
        QApplication.sendEvent(pad, event)
        return event.isAccepted()

    assert kept()
    assert not kept(Qt.KeyboardModifier.ShiftModifier)
    pad.end()
    assert not kept()
    assert pad.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_without_the_pen_nothing_is_drawn_on(pad: Sketchpad) -> None:
    pad.end()
    stroke(pad, (3.5, 0.5), (3.5, 7.5))
    assert pad.sheet.max() == 0


def test_the_sheet_is_ahead_of_the_answer(pad: Sketchpad) -> None:
    stroke(pad, (1.5, 1.5))
    pad.show_answer(np.zeros((6, 8)), ("a", "b"), np.array([0.2, 0.8]), -1)
    np.testing.assert_array_equal(pad._values, pad.sheet)
    assert pad.bars(400) == [0, 1]
    pad.end()
    pad.show_answer(np.zeros((6, 8)), ("a", "b"), np.array([0.2, 0.8]), 1)
    assert pad._values is not None
    assert pad._values.max() == 0


@pytest.mark.parametrize("name", PALETTES)
def test_every_theme(pad: Sketchpad, name: str) -> None:
    pad.show_palette(PALETTES[name])
    for size in ((60, 200), (300, 80)):
        pad.resize(*size)
        assert not pad.grab().isNull()
