import math
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from gdexplorer.lab.frame import RunEntry
from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.runtable import DRAWN, FIELDS, NAME, NONE, RunTable, cells, look_of


def entry(id: int, loss: float = 0.5, **changed: object) -> RunEntry:
    latest = (100.0, loss, 0.25, 0.9, math.nan, 100.0, 2.0)
    plain = RunEntry(id, f"run {id}", id - 1, False, True, 100 * id, latest, None, 0, "")
    return replace(plain, **changed)  # type: ignore[arg-type]


RUNS = (entry(1, 0.5, differs="η 0.3"), entry(2, 0.125, shown=False, parent=1, at=40),
        entry(3, math.nan, active=True, parent=9, at=7))  # fmt: skip


@pytest.fixture
def table(qtbot: QtBot) -> RunTable:
    made = RunTable()
    qtbot.addWidget(made)
    made.resize(1100, 260)
    made.show()
    made.show_runs(RUNS)
    return made


def column(table: RunTable, field: str) -> list[str]:
    items = [table.item(row, FIELDS.index(field)) for row in range(table.rowCount())]
    return [item.text() for item in items if item is not None]


def heads(table: RunTable) -> list[str]:
    return [field for k, field in enumerate(FIELDS) if not table.isColumnHidden(k)]


def test_a_row_tells_where_a_run_comes_from_and_stands() -> None:
    assert cells(RUNS[1], {1: "first"}) == {
        "drawn": "", "name": "run 2", "state": "hidden", "updates": "200", "train": "0.125", "test": "0.250",
        "train_share": "90.0 %", "test_share": NONE, "parent": "first at 40", "differs": NONE,
    }  # fmt: skip
    assert cells(RUNS[2], {1: "first"})["parent"] == "a removed run at 7"


def test_every_run_has_its_row(table: RunTable) -> None:
    assert column(table, "name") == ["run 1", "run 2", "run 3"]
    assert column(table, "state") == ["ghost", "hidden", "active"]
    checks = [table.item(row, DRAWN).data(Qt.ItemDataRole.CheckStateRole) for row in range(3)]  # type: ignore[union-attr]
    assert [None if check is None else Qt.CheckState(check) for check in checks] == [
        Qt.CheckState.Checked, Qt.CheckState.Unchecked, None]  # fmt: skip
    assert "test_share" not in heads(table), "nobody knows one"
    table.show_runs(RUNS[:1])
    assert column(table, "name") == ["run 1"]


@pytest.mark.parametrize(("field", "rising"), [
    ("train", ["run 2", "run 1", "run 3"]), ("updates", ["run 1", "run 2", "run 3"]),
    ("name", ["run 1", "run 2", "run 3"]), ("parent", ["run 3", "run 2", "run 1"]),
    ("differs", ["run 1", "run 2", "run 3"]), ("drawn", ["run 1", "run 3", "run 2"]),
])  # fmt: skip
def test_any_column_sorts_what_is_unknown_last(table: RunTable, field: str, rising: list[str]) -> None:
    table.sort_by(field)
    assert column(table, "name") == rising
    assert table.horizontalHeader().isSortIndicatorShown()
    table.sort_by(field)
    unknown = {"train": ["run 3"], "parent": ["run 1"], "differs": ["run 2", "run 3"]}.get(field, [])
    known = [name for name in rising if name not in unknown]
    assert set(column(table, "name")[: len(known)]) == set(known)
    assert column(table, "name")[len(known) :] == unknown
    table.sort_by(field)
    assert column(table, "name") == ["run 1", "run 2", "run 3"]
    assert not table.horizontalHeader().isSortIndicatorShown()


def test_a_click_on_a_heading_sorts_and_the_selected_run_stays_selected(table: RunTable) -> None:
    table.setCurrentCell(1, NAME)
    header = table.horizontalHeader()
    where = QPoint(header.sectionPosition(FIELDS.index("train")) + 10, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert column(table, "name") == ["run 2", "run 1", "run 3"]
    assert table.run is not None
    assert table.run.id == 2
    table.show_runs((RUNS[0], replace(RUNS[1], latest=(9.0, *RUNS[0].latest[1:])), RUNS[2]))
    assert table.run.id == 2


def test_what_is_typed_over_a_name_is_sent_and_not_kept(table: RunTable, qtbot: QtBot) -> None:
    table.setCurrentCell(0, NAME)
    table.rename()
    editor = table.findChild(QLineEdit)
    assert editor is not None
    table.show_runs(tuple(reversed(RUNS)))  # while somebody types
    editor.setText("  base   line ")
    with qtbot.waitSignal(table.renamed) as sent:
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert sent.args == [1, "base line"]
    assert "base line" not in column(table, "name")


def test_an_empty_name_is_none(table: RunTable, qtbot: QtBot) -> None:
    table.setCurrentCell(0, NAME)
    table.rename()
    editor = table.findChild(QLineEdit)
    assert editor is not None
    editor.setText("  ")
    with qtbot.assertNotEmitted(table.renamed):
        QTest.keyClick(editor, Qt.Key.Key_Return)


def test_a_check_box_or_space_shows_and_hides(table: RunTable, qtbot: QtBot) -> None:
    sent: list[tuple[int, bool]] = []
    table.shown_changed.connect(lambda *all: sent.append(all))
    table.item(0, DRAWN).setCheckState(Qt.CheckState.Unchecked)  # type: ignore[union-attr]
    table.setCurrentCell(1, NAME)
    QTest.keyClick(table, Qt.Key.Key_Space)
    table.setCurrentCell(2, NAME)
    QTest.keyClick(table, Qt.Key.Key_Space)
    assert sent == [(1, False), (2, True)], "the active run is always drawn"


def test_delete_asks_for_removal_of_any_but_the_active_run(table: RunTable) -> None:
    sent: list[int] = []
    table.removal_requested.connect(sent.append)
    for row in range(3):
        table.setCurrentCell(row, NAME)
        QTest.keyClick(table, Qt.Key.Key_Delete)
    assert sent == [1, 2]


@pytest.mark.parametrize(("key", "kept"), [(Qt.Key.Key_Space, True), (Qt.Key.Key_Home, True), (Qt.Key.Key_R, False)])
def test_keys_that_mean_something_here_are_kept_from_the_window(table: RunTable, key: Qt.Key, kept: bool) -> None:
    asked = QKeyEvent(QKeyEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
    asked.ignore()
    QApplication.sendEvent(table, asked)
    assert asked.isAccepted() == kept


@pytest.mark.parametrize("name", PALETTES)
def test_a_swatch_wears_the_color_that_the_run_is_drawn_in(table: RunTable, name: str) -> None:
    table.show_palette(palette := PALETTES[name])
    for row, run in enumerate(RUNS):
        image = table.item(row, NAME).icon().pixmap(table.iconSize()).toImage()  # type: ignore[union-attr]
        color = image.pixelColor(image.width() // 8, image.height() // 2)
        assert color.name().upper() == look_of(run, palette).color.upper()


@pytest.mark.parametrize("width", [360, 700, 1100])
def test_a_long_name_hides_no_numbers(table: RunTable, width: int) -> None:
    table.resize(width, 260)
    before = heads(table)
    table.show_runs([replace(RUNS[0], name="the first of all these runs, as it was " * 3), *RUNS[1:]])
    assert heads(table)[:2] == ["drawn", "name"]
    assert "train" in heads(table)
    assert table.columnViewportPosition(FIELDS.index("train")) + table.columnWidth(FIELDS.index("train")) <= width
    assert set(heads(table)) <= set(before)


def test_columns_give_way_in_turn(table: RunTable) -> None:
    before = heads(table)
    for width in range(1100, 200, -20):
        table.resize(width, 260)
        assert set(heads(table)) <= set(before)
        before = heads(table)
        assert sum(table.columnWidth(k) for k in range(table.columnCount())) <= table.viewport().width() or width < 320
    assert {"name", "train"} <= set(before)
    assert "updates" not in before
