import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gdexplorer.app.choice import Choice
from gdexplorer.app.layers import MOST_LAYERS, LayersEditor
from gdexplorer.lab.layer_kinds import LAYERS

ACTIVATIONS = [Choice("tanh", "tanh", "S-shaped."), Choice("relu", "ReLU", "max(0, z).")]


def layer(id: str, units: int = 16, activation: str = "tanh") -> dict[str, object]:
    return {"id": id, "kind": "dense", "units": units, "activation": activation}


@pytest.fixture
def editor(qtbot: QtBot) -> LayersEditor:
    made = LayersEditor("network.layers", ACTIVATIONS)
    qtbot.addWidget(made)
    made.show()
    with qtbot.assertNotEmitted(made.edited):
        made.show_value([layer("h1"), layer("h2", 8, "relu")])
    return made


def ids(editor: LayersEditor) -> list[str]:
    return [row.layer["id"] for row in editor.rows]


def test_layers_are_shown(editor: LayersEditor) -> None:
    assert [(row.spins["units"].value(), row.combo.currentText()) for row in editor.rows] == [(16, "tanh"), (8, "ReLU")]


def test_units_and_activation_name_their_layer(qtbot: QtBot, editor: LayersEditor) -> None:
    row = editor.rows[1]
    with qtbot.waitSignal(editor.edited) as caught:
        row.spins["units"].stepUp()
    assert caught.args == ["network.layers.h2.units", 9]
    with qtbot.waitSignal(editor.edited) as caught:
        qtbot.keyClick(row.combo, Qt.Key.Key_Up)
    assert caught.args == ["network.layers.h2.activation", "tanh"]


def test_a_change_from_elsewhere_keeps_the_rows(qtbot: QtBot, editor: LayersEditor) -> None:
    rows = list(editor.rows)
    with qtbot.assertNotEmitted(editor.edited):
        editor.show_value([layer("h1", 4), layer("h2", 5)])
    assert editor.rows == rows
    assert [row.spins["units"].value() for row in rows] == [4, 5]


def test_an_added_layer_copies_the_last(qtbot: QtBot, editor: LayersEditor) -> None:
    with qtbot.waitSignal(editor.edited) as caught:
        editor.add_button.click()
    assert caught.args == ["network.layers", (layer("h1"), layer("h2", 8, "relu"), layer("h3", 8, "relu"))]
    assert ids(editor) == ["h1", "h2", "h3"]


def test_two_quick_clicks_add_two_layers(editor: LayersEditor) -> None:
    editor.add_button.click()
    editor.add_button.click()
    assert ids(editor) == ["h1", "h2", "h3", "h4"]


@pytest.mark.parametrize("removed", [0, 1])
def test_an_id_is_never_given_again(qtbot: QtBot, editor: LayersEditor, removed: int) -> None:
    with qtbot.waitSignal(editor.edited) as caught:
        editor.rows[removed].cross.click()
    left = ids(editor)
    assert [value["id"] for value in caught.args[1]] == left
    editor.show_value([layer(id) for id in left])
    editor.add_button.click()
    assert ids(editor) == [*left, "h3"]


def test_a_network_may_have_no_hidden_layer(qtbot: QtBot, editor: LayersEditor) -> None:
    editor.show_value([])
    assert editor.rows == []
    with qtbot.waitSignal(editor.edited) as caught:
        editor.add_button.click()
    assert caught.args[1] == (layer("h3", 8, "tanh"),)


def test_there_is_a_most(editor: LayersEditor) -> None:
    editor.show_value([layer(f"h{k}") for k in range(1, MOST_LAYERS + 1)])
    assert not editor.add_button.isEnabled()
    editor.rows[0].cross.click()
    assert editor.add_button.isEnabled()


def test_the_dice_ask_for_new_weights(qtbot: QtBot, editor: LayersEditor) -> None:
    assert editor.rows[1].dice.toolTip() == "<qt>Draw this layer&#x27;s weights anew</qt>"
    with qtbot.waitSignal(editor.redraw_requested) as caught:
        editor.rows[1].dice.click()
    assert caught.args == ["h2"]


def test_a_number_being_typed_is_left_alone(qtbot: QtBot, editor: LayersEditor) -> None:
    editor.activateWindow()
    qtbot.waitUntil(editor.isActiveWindow, timeout=30_000)
    spin = editor.rows[0].spins["units"]
    spin.setFocus()
    spin.selectAll()
    with qtbot.assertNotEmitted(editor.edited):
        qtbot.keyClicks(spin, "12")
        editor.show_value([layer("h1", 3), layer("h2", 8, "relu")])
    assert spin.text() == "12"
    with qtbot.waitSignal(editor.edited) as caught:
        qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert caught.args == ["network.layers.h1.units", 12]


def trigger(editor: LayersEditor, kind: str) -> None:
    next(action for action in editor.kind_button.menu().actions() if action.data() == kind).trigger()


def test_every_kind_can_be_added(qtbot: QtBot, editor: LayersEditor) -> None:
    for kind in LAYERS:
        with qtbot.waitSignal(editor.edited) as caught:
            trigger(editor, kind.name)
        added = [layer for layer in caught.args[1] if layer["id"] == f"h{len(caught.args[1])}"]
        assert [layer["kind"] for layer in added] == [kind.name]
    assert len(editor.rows) == 2 + len(LAYERS)


def test_what_needs_an_image_or_a_sequence_comes_before_what_flattens_it(editor: LayersEditor) -> None:
    trigger(editor, "convolution")
    trigger(editor, "max_pool")
    trigger(editor, "dropout")
    assert [row.layer["kind"] for row in editor.rows] == ["convolution", "max_pool", "dense", "dense", "dropout"]
    trigger(editor, "reshape")
    trigger(editor, "upsample")
    assert [row.layer["kind"] for row in editor.rows][-2:] == ["reshape", "upsample"]


def test_numbers_activation_and_details_of_another_kind(qtbot: QtBot, editor: LayersEditor) -> None:
    convolution = {"id": "c", "kind": "convolution", "filters": 8, "size": 3, "stride": 1, "padding": 0,
                   "activation": "relu"}  # fmt: skip
    editor.show_value([convolution, {"id": "d", "kind": "dropout", "rate": 0.5}])
    row, drop = editor.rows
    assert (row.spins["filters"].text(), row.spins["size"].text()) == ("8 filters", "3 px")
    with qtbot.waitSignal(editor.edited) as caught:
        row.spins["size"].stepUp()
    assert caught.args == ["network.layers.c.size", 4]
    padding = next(detail for detail in row.details if detail.path == "padding")
    assert padding.isHidden()
    row.fold.click()
    assert not padding.isHidden()
    with qtbot.waitSignal(editor.edited) as caught:
        padding.edited.emit("padding", 2)
    assert caught.args == ["network.layers.c.padding", 2]
    assert (drop.combo, drop.dice.isHidden(), drop.details[0].isHidden()) == (None, True, False)
    with qtbot.assertNotEmitted(editor.edited):
        more = {"filters": 5, "size": 4, "padding": 2}
        editor.show_value([convolution | more, {"id": "d", "kind": "dropout", "rate": 0.1}])
    assert row.spins["filters"].value() == 5
