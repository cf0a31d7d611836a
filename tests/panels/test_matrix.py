from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gdexplorer.panels.matrix import Matrix, described, percent
from gdexplorer.panels.palette import DARK, LIGHT, PALETTES
from gdexplorer.probes.confusion import Confusion, ConfusionReport
from tests.panels.runs import session


def report(counts: Any, labels: tuple[str, ...] = ()) -> ConfusionReport:
    """A report of these counts; its data are those of digits."""
    counts = np.asarray(counts)
    request = Confusion()
    found = session("classes").frame(frozenset({request})).lane.views[request]
    labels = labels or tuple(str(k) for k in range(len(counts)))
    return replace(found, counts=counts, labels=labels)


COUNTS = [[30, 0, 6], [0, 9, 0], [1, 0, 3]]


@pytest.fixture
def matrix(qtbot: QtBot) -> Matrix:
    made = Matrix()
    qtbot.addWidget(made)
    made.resize(400, 400)
    made.show()
    return made


def color(matrix: Matrix, cell: tuple[int, int]) -> str:
    """The color of a cell, in its corner, where no count stands."""
    place = matrix.rect_of(cell).topLeft().toPoint() + QPoint(4, 4)
    return matrix.grab().toImage().pixelColor(place).name()


def test_cells_are_gray_where_right_and_red_where_wrong_by_the_share_of_the_row(matrix: Matrix) -> None:
    matrix.show_report(report(COUNTS), None)
    seen = {cell: matrix_color(color(matrix, cell)) for cell in np.ndindex(3, 3)}
    assert seen[0, 1] == seen[1, 0] == seen[1, 2] == seen[2, 1]  # nothing there
    for row in range(3):
        red, green, blue = seen[row, row]
        assert max(red, green, blue) - min(red, green, blue) < 16
    assert sum(seen[1, 1]) < sum(seen[0, 0]) < sum(seen[2, 2])  # 9 of 9, 30 of 36, 3 of 4
    for cell in ((0, 2), (2, 0)):
        red, green, _ = seen[cell]
        assert red > green + 30
    assert seen[2, 0][1] < seen[0, 2][1]  # 1 of 4 is more than 6 of 36


def matrix_color(name: str) -> tuple[int, int, int]:
    return int(name[1:3], 16), int(name[3:5], 16), int(name[5:7], 16)


def test_cells_lie_where_they_are_found(matrix: Matrix) -> None:
    matrix.show_report(report(COUNTS), None)
    for cell in np.ndindex(3, 3):
        assert matrix.cell_at(matrix.rect_of(cell).center()) == cell
    first, last = matrix.rect_of((0, 0)), matrix.rect_of((2, 2))
    assert matrix.cell_at(first.topLeft() - QPointF(2, 0)) is None
    assert matrix.cell_at(last.bottomRight() + QPointF(0, 2)) is None
    assert first.width() == first.height() == last.width()


def test_a_click_chooses_a_cell_and_one_beside_the_matrix_none(matrix: Matrix) -> None:
    chosen: list[tuple[int, int]] = []
    matrix.chosen.connect(chosen.append)
    matrix.show_report(report(COUNTS), None)
    QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=matrix.rect_of((2, 1)).center().toPoint())
    QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    QTest.mouseClick(matrix, Qt.MouseButton.RightButton, pos=matrix.rect_of((0, 1)).center().toPoint())
    assert chosen == [(2, 1)]


def test_arrow_keys_move_the_choice_and_stop_at_the_edges(matrix: Matrix) -> None:
    matrix.show_report(report(COUNTS), (0, 2))
    chosen: list[tuple[int, int]] = []
    matrix.chosen.connect(chosen.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_A):
        QTest.keyClick(matrix, key)
    assert chosen == [(1, 2), (0, 1), (0, 2), (0, 2)]


@pytest.mark.parametrize(("key", "kept"), [(Qt.Key.Key_Left, True), (Qt.Key.Key_Space, False)])
def test_it_keeps_the_arrows_from_the_windows_shortcuts(matrix: Matrix, key: Qt.Key, kept: bool) -> None:
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
    event.ignore()
    QApplication.sendEvent(matrix, event)
    assert event.isAccepted() is kept


def test_readings_have_count_recall_and_precision(matrix: Matrix) -> None:
    assert matrix.reading(QPoint(200, 200)) == ""
    matrix.show_report(report(COUNTS, ("cat", "dog", "cow")), None)
    place = matrix.rect_of((0, 2)).center().toPoint()
    assert matrix.reading(place) == "cat taken for cow: 6 of 36\nrecall of cat: 83 %\nprecision of cow: 33 %"
    assert matrix.reading(QPoint(0, 0)) == ""


def test_words_for_cells_and_shares() -> None:
    shown = report(COUNTS)
    assert described(shown, (0, 2)) == "0 taken for 2: 6 of 36"
    assert described(shown, (1, 1)) == "1 recognized: 9 of 9"
    assert [percent(share) for share in (0.0, 0.996, 1.0, float("nan"))] == ["0", "100", "100", "–"]


def test_a_chosen_cell_has_a_frame(matrix: Matrix) -> None:
    matrix.show_report(report(COUNTS), None)
    plain = matrix.grab().toImage()
    matrix.show_report(report(COUNTS), (1, 0))
    edge = matrix.rect_of((1, 0)).topLeft().toPoint()
    framed = matrix.grab().toImage().pixelColor(edge).name()
    assert framed.upper() == LIGHT.text
    assert plain.pixelColor(edge).name() != framed


@pytest.mark.parametrize("classes", [2, 3, 26, 100])
@pytest.mark.parametrize("name", PALETTES)
def test_every_number_of_classes_fits(matrix: Matrix, classes: int, name: str) -> None:
    rng = np.random.default_rng(classes)
    labels = tuple(f"a long name {k}" if k % 3 else str(k) for k in range(classes))
    counts = rng.integers(0, 9, (classes, classes)) * (rng.random((classes, classes)) < 0.2)
    matrix.show_report(report(counts, labels), (0, 1))
    matrix.show_palette(PALETTES[name])
    for size in ((90, 80), (300, 260), (900, 700)):
        matrix.resize(*size)
        assert not matrix.grab().isNull()
        if min(size) > 200 and name != "projector":
            all_cells = matrix.rect_of((0, 0)).united(matrix.rect_of((classes - 1, classes - 1)))
            assert matrix.rect().toRectF().contains(all_cells)


def test_a_theme_changes_the_picture(matrix: Matrix) -> None:
    matrix.show_report(report(COUNTS), None)
    before = color(matrix, (1, 1))
    matrix.show_palette(DARK)
    assert color(matrix, (1, 1)) != before


def test_where_it_is_low_cells_take_the_room_of_margins_and_titles_are_short(matrix: Matrix) -> None:
    matrix.show_report(report(np.eye(10, dtype=int)), None)
    line = matrix.fontMetrics().height()
    matrix.resize(300, 30 * line)
    assert matrix._places().margins
    matrix.resize(300, 8 * line)
    low = matrix._places()
    assert not low.margins
    assert low.cell > (8 - 4) * line / 10 - 2  # no line for precision below
    bottom = matrix.rect_of((9, 9)).bottom()
    assert bottom <= matrix.height() + 1
    assert matrix._title(("true class", "true"), 3 * line) == "true"
    assert matrix._title(("true class", "true"), 30 * line) == "true class"
