import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gdexplorer.app.form import (
    ChipsEditor,
    ChoiceEditor,
    Editor,
    NumberEditor,
    SwitchEditor,
    TextEditor,
    editor_for,
)
from tests.app.form_settings import CHOICES, DESCRIPTIONS, FEATURES

KINDS = {
    "rate": (NumberEditor, None),
    "batch": (NumberEditor, None),
    "seed": (NumberEditor, None),
    "nesterov": (SwitchEditor, None),
    "loss": (ChoiceEditor, None),
    "optimizer": (ChoiceEditor, CHOICES),
    "features": (ChipsEditor, FEATURES),
    "signs": (ChipsEditor, None),
    "name": (TextEditor, None),
}


@pytest.fixture(params=KINDS)
def editor(request: pytest.FixtureRequest, qtbot: QtBot) -> Editor:
    made = editor_for(f"group.{request.param}", DESCRIPTIONS[request.param], KINDS[request.param][1])
    qtbot.addWidget(made)
    return made


def test_each_annotation_gets_its_control(editor: Editor) -> None:
    assert type(editor) is KINDS[editor.path.partition(".")[2]][0]


def test_what_no_control_fits_is_refused(qtbot: QtBot) -> None:
    with pytest.raises(TypeError, match=r"^group\.odd: no control fits"):
        editor_for("group.odd", DESCRIPTIONS["odd"])


def test_a_literal_reads_as_words(qtbot: QtBot) -> None:
    editor = editor_for("loss", DESCRIPTIONS["loss"])
    qtbot.addWidget(editor)
    assert isinstance(editor, ChoiceEditor)
    assert [editor.combo.itemText(i) for i in range(editor.combo.count())] == ["mse", "half mse"]


def test_every_editor_explains_itself(editor: Editor) -> None:
    description = editor.description
    assert description is not None
    assert description.label in editor.toolTip()
    assert "<b>" not in editor.toolTip()
    name = editor.findChildren(QLabel)[1] if editor.findChildren(QLabel)[0].text() == "" else editor.findChild(QLabel)
    assert isinstance(name, QLabel)
    assert name.textFormat() == Qt.TextFormat.PlainText
    assert name.text().lower().startswith(description.label.lower())
    buddy = name.buddy()
    assert buddy.accessibleName()
    assert buddy.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_showing_the_present_value_sends_nothing_and_holds_nothing(qtbot: QtBot, editor: Editor) -> None:
    assert editor.description is not None
    with qtbot.assertNotEmitted(editor.edited):
        editor.show_value(editor.description.default)
    assert not editor.held


def test_a_refusal_is_said_under_the_control(editor: Editor) -> None:
    editor.show()
    editor.complain("Learning rate must be more than 0.")
    assert editor.problem == "Learning rate must be more than 0."
    editor.complain("")
    assert editor.problem == ""


def test_a_setting_that_draws_weights_anew_says_so(qtbot: QtBot) -> None:
    editor = editor_for("seed", DESCRIPTIONS["seed"])
    qtbot.addWidget(editor)
    assert "↻" in {label.text()[-1:] for label in editor.findChildren(QLabel)}
    assert "draws weights anew" in editor.toolTip()


@pytest.mark.parametrize("width", [260, 300, 320])
def test_an_editor_fits_the_side_panel(editor: Editor, width: int) -> None:
    assert editor.minimumSizeHint().width() <= width
