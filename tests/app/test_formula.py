import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from pytestqt.qtbot import QtBot

from gdexplorer.app.formula import FormulaEditor
from gdexplorer.fields import describe
from gdexplorer.lab.problems import FormulaKnobs
from tests.app.driver import Driver

PATH = "problem.text"
TEXT = next(d for d in describe(FormulaKnobs) if d.name == "text")


@pytest.fixture
def editor(qtbot: QtBot) -> FormulaEditor:
    made = FormulaEditor(PATH, TEXT)
    qtbot.addWidget(made)
    made.resize(280, 120)
    with qtbot.waitExposed(made):
        made.show()
    made.show_value("x^2")
    made.field.setFocus()
    made.field.selectAll()
    return made


@pytest.mark.parametrize(("text", "column"), [("x + sn(y)", 4), ("x ? y", 2), ("x.real", 1), ("z", 0)])
def test_a_mistake_is_told_and_pointed_at_while_typing_and_nothing_is_sent(
    editor: FormulaEditor, text: str, column: int
) -> None:
    spy = QSignalSpy(editor.edited)
    QTest.keyClicks(editor.field, text)
    assert editor.problem
    assert editor.pointer.place is not None
    edge = editor.field.fontMetrics().horizontalAdvance
    left = editor.field.place_of(0) - edge(text[0]) / 2
    assert left + edge(text[:column]) - 1 <= editor.pointer.place <= left + edge(text[: column + 1]) + 7
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert spy.count() == 0
    assert editor.field.text() == text


def test_a_sound_formula_is_sent_with_enter_and_the_arrow_goes(editor: FormulaEditor) -> None:
    spy = QSignalSpy(editor.edited)
    QTest.keyClicks(editor.field, "sin(x) + ")
    assert editor.problem
    QTest.keyClicks(editor.field, "y")
    assert not editor.problem
    assert editor.pointer.place is None
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert spy.at(0) == [PATH, "sin(x) + y"]


def test_esc_brings_back_the_formula_that_is_descended(editor: FormulaEditor) -> None:
    QTest.keyClicks(editor.field, "y +")
    QTest.keyClick(editor.field, Qt.Key.Key_Escape)
    assert editor.field.text() == "x^2"
    assert not editor.problem


def test_a_formula_typed_in_the_window_is_descended(driver: Driver) -> None:
    driver.open({"problem": {"kind": "formula", "text": "x^2 + y^2", "x": 1.0, "y": 1.0}}, playing=False)
    driver.settle()
    editor = driver.editor(PATH)
    assert isinstance(editor, FormulaEditor)
    driver.focus(editor.field)
    editor.field.selectAll()
    QTest.keyClicks(editor.field, "(x - 3)^2 + y^2")
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    driver.wait(lambda: driver.state.experiment.problem.text == "(x - 3)^2 + y^2")  # type: ignore[attr-defined]
    driver.conductor.play(True)
    driver.train(500)
    driver.rest()
    theta = driver.ask(lambda session: session.run.state.theta.copy())
    assert theta == pytest.approx([3.0, 0.0], abs=1e-6)
