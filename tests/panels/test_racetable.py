import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from gdexplorer.panels.palette import LIGHT, PALETTES, PROJECTOR
from gdexplorer.panels.racetable import FIELDS, RATE, RaceTable
from gdexplorer.panels.standings import NONE, Standing


def row(name: str = "SGD", rate: str = "0.1", **changed: str) -> Standing:
    plain = {"note": "", "updates": "1,000", "evaluations": "1,000", "train": "0.0515", "test": "0.0405",
             "reached": "752", "reached_evaluations": "752", "seconds": "0.079", "state": "running", "role": "muted",
             "reason": ""}  # fmt: skip
    return Standing(name=name, rate=rate, **(plain | changed))


@pytest.fixture
def table(qtbot: QtBot) -> RaceTable:
    made = RaceTable()
    qtbot.addWidget(made)
    made.resize(900, 260)
    made.show_palette(LIGHT)
    made.show()
    made.show_standings([row(), row("Adam"), row("conjugate gradient", NONE)])
    return made


def text(table: RaceTable, lane: int, field: str) -> str:
    item = table.item(lane, FIELDS.index(field))
    assert item is not None
    return item.text()


def shown(table: RaceTable) -> list[str]:
    return [field for k, field in enumerate(FIELDS) if not table.isColumnHidden(k)]


def test_it_shows_every_lane(table: RaceTable) -> None:
    assert [text(table, k, "name") for k in range(3)] == ["SGD", "Adam", "conjugate gradient"]
    assert text(table, 0, "reached") == "752"
    table.show_standings([row(updates="1,001"), row("Adam", note="different order")])
    assert table.rowCount() == 2
    assert text(table, 0, "updates") == "1,001"
    assert text(table, 1, "name") == "Adam · different order"


def test_a_swatch_wears_the_lanes_color(table: RaceTable) -> None:
    for palette in PALETTES.values():
        table.show_palette(palette)
        for lane in range(2):
            item = table.item(lane, 0)
            assert item is not None
            image = item.icon().pixmap(table.iconSize()).toImage()
            color = image.pixelColor(image.width() // 6, image.height() // 2)
            assert color.name().upper() == palette.lane(lane).color.upper()


def test_what_is_typed_over_a_rate_is_sent_and_not_kept(table: RaceTable, qtbot: QtBot) -> None:
    sent: list[tuple[int, str]] = []
    table.rate_edited.connect(lambda lane, typed: sent.append((lane, typed)))
    table.setFocus()
    table.setCurrentCell(1, RATE)
    qtbot.keyClick(table, Qt.Key.Key_F2)
    editor = table.findChild(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "0.02")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: sent == [(1, "0.02")], timeout=30_000)
    assert text(table, 1, "rate") == "0.1", "until a frame says otherwise"


def test_only_rates_that_there_are_can_be_typed_over(table: RaceTable) -> None:
    editable = {
        (r, FIELDS[c])
        for r in range(3)
        for c in range(len(FIELDS))
        if table.item(r, c).flags() & Qt.ItemFlag.ItemIsEditable  # type: ignore[union-attr]
    }
    assert editable == {(0, "rate"), (1, "rate")}


def test_columns_give_way_and_the_tooltip_has_them_all(table: RaceTable) -> None:
    assert shown(table) == list(FIELDS)
    table.resize(420, 260)
    assert set(shown(table)) >= {"name", "train", "reached"}
    assert "seconds" not in shown(table)
    item = table.item(0, 0)
    assert item is not None
    assert "seconds: 0.079" in item.toolTip()
    table.show_standings([row(state="diverged", role="danger", reason="the loss is inf"), row("Adam")])
    assert "state" in shown(table), "there is trouble"
    table.show_palette(PROJECTOR)
    assert shown(table)[0] == "name"
    assert table.columnWidth(0) > table.iconSize().width()


def test_without_test_sets_there_is_no_such_column(table: RaceTable) -> None:
    table.show_standings([row(test=NONE), row("Adam", test=NONE), row("CG", test=NONE)])
    assert "test" not in shown(table)


def test_delete_asks_for_the_removal_of_the_selected_lane(table: RaceTable, qtbot: QtBot) -> None:
    asked: list[int] = []
    table.removal_requested.connect(asked.append)
    table.setCurrentCell(2, 0)
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    assert asked == [2]
    table.show_standings([row()])
    assert table.lane == 0


def test_names_are_worth_more_than_when_the_target_was_reached(table: RaceTable) -> None:
    told = []
    table.columns_changed.connect(lambda: told.append(shown(table)))
    assert table.shows("reached")
    table.resize(230, 260)
    assert shown(table) == ["name", "train"]
    assert told[-1] == ["name", "train"]
