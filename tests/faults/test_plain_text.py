"""Whatever is called `<img src=…>` is shown as that, on every label, tooltip, button, legend and title."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QAction, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QGraphicsTextItem,
    QGraphicsView,
    QLabel,
    QMenu,
    QMessageBox,
    QTextEdit,
    QToolButton,
    QWidget,
)

from gdexplorer.app.workspaces import WORKSPACES
from gdexplorer.data import Table
from gdexplorer.lab.commands import Change
from tests.faults.scene import Scene

MARK = "file:///etc/passwd"
HOSTILE = f"<img src={MARK}><b>x</b>"
ID = "h1"  # a layer's id is letters and digits: nothing else gets in


def own_table() -> Table:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(40, 2))
    labels = [f"{HOSTILE}{k}" for k in range(3)]
    return Table(HOSTILE, x, np.arange(40) % 3, [f"{HOSTILE}a", f"{HOSTILE}b"], HOSTILE, "classes", labels)


def rich(text: str) -> bool:
    """Whether a text that Qt is left to guess about would be read as markup, with the hostile part in it."""
    return Qt.mightBeRichText(text) and HOSTILE in text


def labels(widget: QWidget) -> Iterator[str]:
    for label in widget.findChildren(QLabel):
        if label.textFormat() is Qt.TextFormat.AutoText and rich(label.text()):
            yield f"label {label.text()}"
        if label.textFormat() is Qt.TextFormat.RichText and HOSTILE in label.text():
            yield f"rich label {label.text()}"
    for box in widget.findChildren(QMessageBox):
        if box.textFormat() is not Qt.TextFormat.PlainText and rich(box.text()):
            yield f"box {box.text()}"


def shown(action: QAction) -> bool:
    """Whether the tooltip of an action can ever be seen: its text, if it has none of its own."""
    owners = action.associatedObjects()
    return any(
        isinstance(owner, QToolButton) or (isinstance(owner, QMenu) and owner.toolTipsVisible()) for owner in owners
    )


def tips(widget: QWidget) -> Iterator[str]:
    for owner in (widget, *widget.findChildren(QWidget), *filter(shown, widget.findChildren(QAction))):
        for text in (owner.toolTip(), owner.whatsThis()):
            if rich(text):
                yield f"tooltip of {owner}: {text}"
    for view in widget.findChildren(QAbstractItemView):
        model = view.model()
        for row in range(model.rowCount() if model is not None else 0):
            for column in range(model.columnCount()):
                text = str(model.index(row, column).data(Qt.ItemDataRole.ToolTipRole) or "")
                if rich(text):
                    yield f"tooltip of a cell: {text}"


def documents(widget: QWidget) -> Iterator[str]:
    """Documents with an image in them: what was read as markup."""
    for edit in widget.findChildren(QTextEdit):
        if "<img" in edit.toHtml():
            yield f"editor {edit.toHtml()}"
    for view in widget.findChildren(QGraphicsView):
        for item in view.scene().items() if view.scene() is not None else ():
            if isinstance(item, QGraphicsTextItem) and "<img" in item.toHtml():
                yield f"item {item.toHtml()}"


def interpreted() -> list[str]:
    shown = QApplication.topLevelWidgets()
    return [found for widget in shown for look in (labels, tips, documents) for found in look(widget)]


def written(widget: QWidget) -> str:
    """Everything that can be read on a widget."""
    texts = [label.text() for label in widget.findChildren(QLabel)] + [widget.windowTitle()]
    return "\n".join(texts)


def test_nothing_hostile_is_interpreted(scene: Scene) -> None:
    layers: list[dict[str, Any]] = [{"id": ID, "units": 4, "activation": {"kind": "tanh"}}]
    scene.open({"title": HOSTILE, "commentary": HOSTILE, "show.invitation": HOSTILE, "network.layers": layers,
                "show.pause_at": 3})  # fmt: skip
    scene.wait(lambda: not scene.trainer.playing and scene.window.invitation.isVisible())
    scene.conductor.command(Change("data.table", own_table()))
    scene.wait(lambda: scene.state.experiment.data.kind == "own")
    scene.window.say(HOSTILE)
    scene.window.controls.complain("data.noise", HOSTILE)
    scene.window.trouble._offer(HOSTILE, [(HOSTILE, None)])
    scene.conductor.rename(1, HOSTILE)
    for name in WORKSPACES:
        scene.window.host.show_workspace(name)
        scene.settle()
        assert interpreted() == []
    assert HOSTILE in scene.window.windowTitle()
    assert HOSTILE in written(scene.window)  # it is there to be read
    scene.window.trouble.strip.hide()


def test_a_file_of_data_may_be_called_anything(scene: Scene) -> None:
    scene.open(playing=False)
    name = HOSTILE.replace("/", "∕")
    rows = "\n".join(f"{k},{k % 2}" for k in range(9))
    dialog = scene.import_file(scene.file(f"{name}.csv", f"{HOSTILE},{HOSTILE}b\n{rows}"))
    assert interpreted() == []
    assert name in written(dialog)
    dialog.reject()


@pytest.mark.parametrize("id", [HOSTILE, "a b", "", "h" * 33])
def test_a_layer_may_not(scene: Scene, id: str) -> None:
    scene.open(playing=False)
    scene.conductor.command(Change("network.layers", [{"id": id, "units": 4, "activation": {"kind": "tanh"}}]))
    scene.wait(lambda: "network.layers" in scene.status)
    assert "\n" not in scene.status
    assert interpreted() == []


def test_the_look_finds_what_it_looks_for(scene: Scene) -> None:
    """A label and a tooltip that Qt would read as markup."""
    bad = QLabel(HOSTILE, scene.window)
    bad.setToolTip(HOSTILE)
    assert len(interpreted()) == 2
    bad.setParent(None)
    bad.deleteLater()
