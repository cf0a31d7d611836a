import numpy as np
import pytest
from PySide6.QtWidgets import QBoxLayout
from pytestqt.qtbot import QtBot

from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.panels.confusion import WAITING, ConfusionPanel
from gdexplorer.panels.palette import PALETTES
from gdexplorer.probes.confusion import NO_CLASSES, Confusion
from tests.panels.map_frames import function
from tests.panels.runs import session


@pytest.fixture
def panel(qtbot: QtBot) -> ConfusionPanel:
    made = ConfusionPanel()
    qtbot.addWidget(made)
    made.resize(600, 420)
    made.show()
    return made


def show(panel: ConfusionPanel, run: Session) -> Frame:
    frame = run.frame(panel.needs())
    panel.show_frame(frame)
    panel.grab()
    return frame


def test_it_counts_test_examples_and_names_the_largest_confusion(panel: ConfusionPanel) -> None:
    run = session("classes", 40)
    report = show(panel, run).lane.views[Confusion("test")]
    row, column = report.largest
    said = f"largest confusion: {row} taken for {column}: {report.counts[row, column]} of {report.counts[row].sum()}"
    assert said in panel.summary()
    right = sum(report.counts[k, k] for k in range(10))
    assert panel.summary().startswith(
        f"Confusion matrix of 10 classes on test examples: accuracy {100 * right / 24:.1f} % ({right} of 24)"
    )


def test_training_examples_can_be_counted_instead(panel: ConfusionPanel) -> None:
    asked: list[None] = []
    panel.needs_changed.connect(lambda: asked.append(None))
    panel.split.setCurrentIndex(1)
    panel.split.activated.emit(1)
    assert asked == [None]
    assert panel.needs() == {Confusion("train")}
    show(panel, session("classes", 5))
    assert " of 36)" in panel.summary()
    assert "training examples" in panel.summary()


def test_the_examples_shown_are_those_of_the_largest_confusion_until_a_cell_is_chosen(panel: ConfusionPanel) -> None:
    run = session("classes", 5)
    report = show(panel, run).lane.views[Confusion()]
    assert panel.cell == report.largest
    members = report.members(*report.largest)
    assert len(panel.thumbnails._values) == len(members)
    for shown, member in zip(panel.thumbnails._values, members, strict=True):
        assert (shown.reshape(-1) == report.data.test.x[member].clip(0, 1)).all()
    other = next(cell for cell in np.ndindex(10, 10) if report.counts[cell] and cell != report.largest)
    panel.matrix.chosen.emit(other)
    assert panel.cell == other
    assert len(panel.thumbnails._values) == report.counts[other]
    assert str(other[0]) in panel.named.text()
    run.advance(1)
    show(panel, run)
    assert panel.cell == other  # it stays while training goes on
    panel.matrix.chosen.emit(other)
    assert panel.cell == panel._report.largest  # type: ignore[union-attr]


def test_points_have_counts_but_no_pictures(panel: ConfusionPanel) -> None:
    show(panel, session("binary", 3))
    assert panel._examples.isHidden()
    panel.matrix.chosen.emit((0, 0))
    assert "0 recognized: " in panel.caption.accessibleDescription()


def test_without_a_confusion_it_says_so(panel: ConfusionPanel) -> None:
    easy = session("binary", 300, data={"kind": "blobs", "amount": 40, "noise": 0.1})
    show(panel, easy)
    assert "no confusion" in panel.summary()
    assert panel.cell is None
    assert panel._examples.isHidden()


@pytest.mark.parametrize("kind", ["regression", "function"])
def test_where_there_are_no_classes_it_says_so(panel: ConfusionPanel, kind: str) -> None:
    show(panel, session("classes", 1))
    show(panel, session(kind) if kind == "regression" else function("himmelblau", 1))
    assert panel.summary() == f"Confusion matrix: {NO_CLASSES}"
    show(panel, session("binary", 1))
    assert "accuracy" in panel.summary()


def test_it_waits_for_the_first_measurement(panel: ConfusionPanel) -> None:
    panel.show_frame(session("classes").frame())
    assert panel.waiting.text() == WAITING


def test_examples_stand_beside_or_below_or_give_way(panel: ConfusionPanel) -> None:
    show(panel, session("classes", 5))
    places = []
    for size in ((700, 400), (400, 700)):
        panel.resize(*size)
        panel.grab()
        assert not panel._examples.isHidden()
        places.append(panel._pair.direction())
    assert places == [QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom]
    panel.resize(250, 240)
    assert panel._examples.isHidden()


@pytest.mark.parametrize("name", PALETTES)
@pytest.mark.parametrize("kind", ["binary", "classes"])
def test_every_theme_and_size(panel: ConfusionPanel, name: str, kind: str) -> None:
    show(panel, session(kind, 5))
    panel.show_palette(PALETTES[name], paused=True)
    for size in ((220, 130), (480, 300), (900, 700)):
        panel.resize(*size)
        assert not panel.grab().isNull()
