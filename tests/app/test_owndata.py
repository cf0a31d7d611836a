"""A file of one's own, from the disk to the network, in the real window."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QTableWidgetItem

from gdexplorer.app import intake
from gdexplorer.app.columntable import HOLDS, USE
from gdexplorer.app.datadialog import DataDialog
from gdexplorer.data.text_file import Stopped
from gdexplorer.lab import archive
from gdexplorer.panels.palette import PALETTES
from tests.app.driver import Driver
from tests.builders import CATALOGUE

SEMICOLONS = "Größe;Gewicht;Ort;Sorte\n" + "".join(
    f"{1 + k / 8:.3f};{k % 7 / 4:.2f};{'Ulm' if k % 2 else 'Köln'};{'' if k == 5 else 'rot' if k < 20 else 'grün'}\n"
    for k in range(40)
).replace(".", ",")
SECONDS = 30


@pytest.fixture
def hands(driver: Driver) -> Iterator[Driver]:
    driver.open(playing=False)
    yield driver
    driver.window.own_data.close()


def written(folder: Path, text: str | bytes, name: str = "own.csv") -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def planned(driver: Driver) -> DataDialog:
    """Wait until the dialog knows what it can offer."""
    dialog = driver.window.own_data.dialog
    assert dialog is not None
    driver.wait(lambda: dialog._reading is None and dialog._planning is None)
    return dialog


def opened(driver: Driver, file: Path) -> DataDialog:
    driver.window.own_data.open(file)
    return planned(driver)


def cell(dialog: DataDialog, row: int, column: int) -> QTableWidgetItem:
    item = dialog.page.columns.item(row, column)
    assert item is not None
    return item


def taken(driver: Driver, dialog: DataDialog) -> None:
    driver.click(dialog.use)
    assert driver.window.own_data.dialog is None
    driver.wait(lambda: driver.state.experiment.data.kind == "own")


def test_semicolons_decimal_commas_and_blank_labels_from_file_to_boundary(hands: Driver, tmp_path: Path) -> None:
    theta = hands.ask(lambda session: session.run.state.theta.copy())
    dialog = opened(hands, written(tmp_path, SEMICOLONS, "obst.csv"))
    page = dialog.page
    assert [page.delimiter.currentText(), page.decimal.currentText(), page.header.currentText()] == [
        "semicolon", "comma", "names the columns"]  # fmt: skip
    assert dialog.facts.text() == "40 rows, 4 columns; 39 examples to learn from"
    assert [page.target.currentText(), page.task.currentText()] == ["Sorte", "one of two classes"]
    assert [cell(dialog, USE, k).text() for k in range(4)] == ["input", "input", "not used", "learned"]
    assert cell(dialog, HOLDS, 3).text() == "text, 2 different, 1 missing"
    assert cell(dialog, HOLDS + 1, 0).text() == "1,000"
    assert "1 row with a blank or wrong cell is left out; 39 remain." in page.notes.toPlainText()
    taken(hands, dialog)
    data = hands.state.experiment.data
    assert data.table is not None
    assert (data.table.labels, len(data.table), data.table.x[1, 0]) == (("grün", "rot"), 39, 1.125)
    hands.settle()
    boundary = hands.panel("boundary")
    assert boundary.isVisible()
    assert "● 23 train, ○ 16 test" in boundary.summary()
    hands.show_more()
    editor = hands.editor("data.kind")
    assert editor.combo.currentText() == "Own: 39 rows"  # type: ignore[attr-defined]
    assert "obst.csv" in hands.window.status._text.text()
    hands.pick("data.kind", "Two moons")
    hands.wait(lambda: hands.state.experiment.data.kind == "moons")
    hands.pick("data.kind", "Own: 39 rows")
    hands.wait(lambda: hands.state.experiment.data.kind == "own")
    assert np.array_equal(hands.ask(lambda session: session.run.state.theta), theta)
    hands.conductor.play(True)
    hands.train()
    saved = tmp_path / "own.gdx"
    hands.conductor.save(str(saved))
    hands.wait(lambda: "Saved own.gdx." in hands.said)
    assert archive.load(saved, CATALOGUE).run.state.experiment.data.table == data.table


def test_reading_it_another_way(hands: Driver, tmp_path: Path) -> None:
    dialog = opened(hands, written(tmp_path, SEMICOLONS))
    dialog.page.header.setFocus()
    hands.choose(dialog.page.header, "is an example")
    planned(hands)
    assert dialog.page.target.itemText(0) == "column 1"
    assert dialog.focusWidget() is dialog.page.header
    hands.choose(dialog.page.delimiter, "comma")
    planned(hands)
    assert dialog.page.delimiter.currentText() == "comma"
    hands.choose(dialog.page.decimal, "comma")
    planned(hands)
    assert "choose such a pair" in dialog.refusal.text()
    assert not dialog.use.isEnabled()
    hands.choose(dialog.page.delimiter, "semicolon")
    planned(hands)
    assert dialog.use.isEnabled()


def test_target_task_and_inputs_are_chosen_by_mouse_or_keys(hands: Driver, tmp_path: Path) -> None:
    dialog = opened(hands, written(tmp_path, SEMICOLONS))
    page, table = dialog.page, dialog.page.columns
    hands.choose(page.target, "Gewicht")
    planned(hands)
    assert (page.task.currentText(), page.count.text()) == ("a number", "1 input, ticked above")
    hands.choose(page.task, "a class")
    planned(hands)
    assert dialog.plan is not None
    assert dialog.plan.chosen is not None
    assert dialog.plan.chosen.table.labels == ("0", "0.25", "0.5", "0.75", "1", "1.25", "1.5")
    table.setFocus()
    table.setCurrentCell(USE, 0)
    QTest.keyClick(table, Qt.Key.Key_Space)
    planned(hands)
    assert dialog.refusal.text() == "No column is an input; tick at least one in the table."
    assert not dialog.use.isEnabled()
    hands.click(page.all)
    planned(hands)
    assert dialog.plan.inputs == ("Größe",)
    hands.click(page.none)
    planned(hands)
    assert dialog.plan.inputs == ()
    header = table.horizontalHeader()
    spot = QPoint(header.sectionViewportPosition(0) + 5, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    planned(hands)
    assert dialog.plan.inputs == ("Größe",)
    QTest.keyClick(table, Qt.Key.Key_Tab)
    assert dialog.focusWidget() is page.target


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"a,b\n", "has only a header"),
        (b"a,b\n1,2\n\0,3\n", "NUL"),
        ("x,sort\n" + "1,red\n2,red\n3,red\n4,red\n5,red\n", "one class only, 'red'"),
        ("x,y\n1,2\n2,3\n", "2 of the 4 rows"),
    ],
)
def test_what_cannot_work_is_one_sentence_in_the_dialog_and_the_run_goes_on(
    hands: Driver, tmp_path: Path, content: str | bytes, words: str
) -> None:
    before = hands.state.experiment
    dialog = opened(hands, written(tmp_path, content))
    if "red" in words:
        hands.choose(dialog.page.target, "sort")
        planned(hands)
    assert words in dialog.refusal.text()
    assert dialog.refusal.isVisible()
    assert not dialog.use.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert hands.window.own_data.dialog is None
    hands.conductor.play(True)
    hands.train(5)
    assert hands.state.experiment == before


def test_a_big_file_is_a_sample_and_reading_is_given_up_at_once(hands: Driver, tmp_path: Path) -> None:
    file = written(tmp_path, b"x,y\n" + b"1,2\n3,5\n" * 700_000)
    hands.conductor.play(True)
    hands.window.own_data.open(file)
    dialog = hands.window.own_data.dialog
    assert dialog is not None
    reading = dialog._reading
    assert reading is not None
    made = hands.trainer.made
    hands.wait(lambda: dialog.bar.value() > 0)
    assert dialog.pages.currentIndex() == 1
    assert not dialog.use.isEnabled()
    hands.wait(lambda: hands.trainer.made > made)
    hands.click(dialog.cancel)
    assert hands.window.own_data.dialog is None
    assert reading._ended.wait(SECONDS)
    with pytest.raises(Stopped):
        reading.result()


def test_a_sample_is_offered_as_one(hands: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = intake.read_csv
    monkeypatch.setattr(intake, "read_csv", lambda path, **given: whole(path, **given, most_rows=30))
    dialog = opened(hands, written(tmp_path, SEMICOLONS))
    first = dialog.page.notes.toPlainText().split("\n")[0]
    assert "goes on after the first 30 rows" in first
    assert first.endswith("Use this sample?")
    assert dialog.use.text() == "Use this sample"
    taken(hands, dialog)
    assert hands.state.experiment.data.amount == 29


def test_another_file(hands: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = written(tmp_path, SEMICOLONS), written(tmp_path, "a,b\n1,2\n2,3\n3,1\n4,5\n5,8\n", "second.tsv")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (str(first), ""))
    action = next(a for a in hands.window.actions() if a.text() == "Open &data…")
    action.trigger()
    dialog = planned(hands)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: ("", ""))
    hands.click(dialog.other)
    assert hands.window.own_data.dialog is dialog
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (str(second), ""))
    hands.click(dialog.other)
    assert planned(hands).title.text() == "second.tsv"


def test_data_bring_a_network_where_there_was_a_function(hands: Driver, tmp_path: Path) -> None:
    hands.open({"problem": {"kind": "himmelblau"}}, playing=False)
    hands.settle()
    assert not hands.panel("boundary").isVisible()
    taken(hands, opened(hands, written(tmp_path, SEMICOLONS)))
    hands.wait(lambda: "examples" in hands.state.can)
    hands.settle()
    assert hands.panel("boundary").isVisible()


def test_names_are_shown_as_they_are(hands: Driver, tmp_path: Path) -> None:
    text = "<b>x</b>,<img src='x'>,&y\n" + "".join(f"{k},{k % 3},{'<i>a</i>' if k % 2 else 'b&c'}\n" for k in range(9))
    dialog = opened(hands, written(tmp_path, text, "<b>bold.csv"))
    assert dialog.title.textFormat() == dialog.refusal.textFormat() == Qt.TextFormat.PlainText
    assert dialog.title.text() == "<b>bold.csv"
    assert "<b>" not in cell(dialog, HOLDS, 0).toolTip()
    assert "&lt;i&gt;" in cell(dialog, HOLDS + 2, 2).toolTip()


def drop(driver: Driver, *files: Path) -> bool:
    """Drag files over the window and let them go; return whether it would take them."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, mime, left, none)
    enter.ignore()
    QApplication.sendEvent(driver.window, enter)
    if enter.isAccepted():
        event = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, mime, left, none)
        QApplication.sendEvent(driver.window, event)
    return enter.isAccepted()


def test_files_are_dropped_on_the_window(hands: Driver, tmp_path: Path) -> None:
    assert not drop(hands, written(tmp_path, b"", "picture.png"))
    assert not drop(hands, written(tmp_path, SEMICOLONS), written(tmp_path, SEMICOLONS, "two.csv"))
    assert hands.window.own_data.dialog is None
    assert drop(hands, written(tmp_path, SEMICOLONS, "dropped.TXT"))
    dialog = planned(hands)
    assert dialog.title.text() == "dropped.TXT"
    taken(hands, dialog)
    hands.conductor.save(str(tmp_path / "kept.gdx"))
    hands.wait(lambda: "Saved kept.gdx." in hands.said)
    hands.open(playing=False)
    assert hands.state.experiment.data.table is None
    assert drop(hands, tmp_path / "kept.gdx")
    hands.wait(lambda: hands.conductor.frame is not None)
    assert hands.state.experiment.data.table is not None


@pytest.mark.parametrize("theme", PALETTES)
def test_it_fits_upon_the_window_in_every_theme(hands: Driver, tmp_path: Path, theme: str) -> None:
    hands.window.set_theme(theme)
    hands.window.resize(1280, 720)
    dialog = opened(hands, written(tmp_path, SEMICOLONS))
    assert dialog.width() <= hands.window.width()
    assert dialog.height() <= hands.window.height()
    assert dialog.minimumSizeHint().width() <= 1280
    assert dialog.minimumSizeHint().height() <= 720
    assert dialog.page.columns.viewport().height() > 4 * dialog.page.columns.rowHeight(0)
