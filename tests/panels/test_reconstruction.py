from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QBoxLayout
from pytestqt.qtbot import QtBot

from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.panels.palette import DARK, PALETTES
from gdexplorer.panels.reconstruction import WAITING, ReconstructionPanel
from gdexplorer.probes.latent import NO_CODES, Latent, LatentReport
from tests.panels.map_frames import function
from tests.panels.pictured import autoencoder
from tests.panels.runs import session


@pytest.fixture
def panel(qtbot: QtBot) -> ReconstructionPanel:
    made = ReconstructionPanel()
    qtbot.addWidget(made)
    made.resize(800, 520)
    made.show()
    return made


def show(panel: ReconstructionPanel, run: Session) -> Frame:
    frame = run.frame(panel.needs())
    panel.show_frame(frame)
    panel.grab()
    return frame


def report_of(panel: ReconstructionPanel) -> LatentReport:
    assert panel._report is not None
    return panel._report


def drag(panel: ReconstructionPanel, start: QPointF, end: QPointF) -> None:
    """What the plot tells of a mouse."""
    panel.codes.drag_began.emit(start)
    panel.codes.dragged.emit((start + end) / 2)
    panel.codes.dragged.emit(end)
    panel.codes.dropped.emit(end)


def test_inputs_stand_above_what_is_given_back_with_their_errors(panel: ReconstructionPanel) -> None:
    run = autoencoder(steps=30)
    show(panel, run)
    x = run.run.objective.data.test.x  # type: ignore[attr-defined]
    program = run.run.objective.program(run.run.objective.full())
    outputs = program.predict(run.run.state.theta, run.run.state.buffers, x)
    for pair, given, made in zip(panel.pairs._pairs, x, outputs, strict=False):
        np.testing.assert_array_equal(pair.given, given)
        np.testing.assert_allclose(pair.made, made, rtol=1e-9)
        assert float(pair.words) == pytest.approx(np.mean((made - given) ** 2), rel=0.06)  # of two digits
    mean = np.mean((outputs - x) ** 2)
    said = panel.summary().split("mean squared error ")[1].split()[0]
    assert float(said) == pytest.approx(mean, rel=6e-3)
    assert panel.pairs.rect_of(0, 1).top() > panel.pairs.rect_of(0, 0).bottom()


def test_one_steps_through_as_many_as_have_room(panel: ReconstructionPanel) -> None:
    run = autoencoder()
    show(panel, run)
    room, count = panel.pairs.room, len(report_of(panel).codes.examples.x)
    assert 1 < room < count
    panel.next.click()
    assert panel._first == room
    QTest.keyClick(panel.pairs, Qt.Key.Key_Left)
    QTest.keyClick(panel.pairs, Qt.Key.Key_Left)
    assert panel._first == count - room
    np.testing.assert_array_equal(panel.pairs._pairs[room].given, report_of(panel).codes.examples.x[0])


@pytest.mark.parametrize("width", [1, 2, 4])
def test_the_handle_is_dragged_and_what_it_decodes_to_is_asked_for(panel: ReconstructionPanel, width: int) -> None:
    run = autoencoder(width, steps=5)
    show(panel, run)
    codes = report_of(panel).codes
    asked: list[None] = []
    panel.needs_changed.connect(lambda: asked.append(None))
    x0, x1, y0, y1 = panel.codes.view()
    end = QPointF(0.25 * x0 + 0.75 * x1, 0.6 * y0 + 0.4 * y1)
    drag(panel, QPointF(*codes.mean) if width > 1 else panel.codes._point, end)
    assert len(asked) == 3
    (request,) = panel.needs()
    assert isinstance(request, Latent)
    assert request.point == pytest.approx((end.x(), end.y() if width > 1 else 0.0))
    show(panel, run)
    decoded = report_of(panel).decoded
    assert decoded is not None
    assert decoded.point == request.point
    assert report_of(panel).codes is codes  # nothing is encoded anew
    code = codes.origin + np.array(request.point) @ codes.directions
    program = run.run.objective.program(run.run.objective.full())
    expected = program.predict(run.run.state.theta, run.run.state.buffers, code[None], 2)[0]
    np.testing.assert_allclose(panel.decoded._pairs[0].made, expected, rtol=1e-6)


def test_dragging_elsewhere_leaves_the_handle_and_a_click_brings_it(panel: ReconstructionPanel) -> None:
    run = autoencoder()
    show(panel, run)
    x0, x1, y0, y1 = panel.codes.view()
    corner = QPointF(x0 + 0.01 * (x1 - x0), y0 + 0.01 * (y1 - y0))
    drag(panel, corner, QPointF(x0, y1))
    assert panel.needs() == {Latent("test", None)}
    panel.codes.clicked.emit(corner)
    (request,) = panel.needs()
    assert request.point == pytest.approx((corner.x(), corner.y()))  # type: ignore[union-attr]
    panel.middle.click()
    assert panel.needs() == {Latent("test", None)}


def test_arrow_keys_move_the_handle_within_the_plane(panel: ReconstructionPanel) -> None:
    show(panel, autoencoder())
    x0, x1, _, y1 = panel.codes.view()
    before = panel.codes._point
    QTest.keyClick(panel.codes, Qt.Key.Key_Right)
    assert panel._point is not None
    assert panel._point == pytest.approx((before.x() + (x1 - x0) / 40, before.y()))
    for _ in range(60):
        QTest.keyClick(panel.codes, Qt.Key.Key_Up)
    assert panel._point[1] == pytest.approx(y1)


def test_while_it_is_dragged_a_report_of_an_earlier_place_is_shown(panel: ReconstructionPanel) -> None:
    run = autoencoder()
    show(panel, run)
    frame = run.frame(frozenset({Latent("test", (0.1, 0.1))}))
    panel.codes.moved.emit(QPointF(0.3, 0.3))
    panel.show_frame(frame)
    decoded = report_of(panel).decoded
    assert decoded is not None
    assert decoded.point == (0.1, 0.1)
    panel.show_frame(run.frame(frozenset({Latent("train")})))  # of another split
    assert report_of(panel).codes.split == "test"


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (1, "layer code, one unit, hence a line"),
        (2, "layer code, its two units are the axes"),
        (4, "% of the variance"),
    ],
)
def test_it_says_what_the_plane_is(panel: ReconstructionPanel, width: int, said: str) -> None:
    show(panel, autoencoder(width))
    assert said in panel.summary()
    assert ("PC 1" in panel.codes._labels["bottom"]) == (width > 2)


def test_points_are_joined_with_where_they_are_put_back(panel: ReconstructionPanel) -> None:
    run = autoencoder(1, 20, "moons")
    show(panel, run)
    codes = report_of(panel).codes
    x, y = panel.back._stems.getData()
    assert not panel.back.isHidden()
    for k in range(len(codes.examples.x)):
        assert (x[3 * k], y[3 * k]) == tuple(codes.examples.x[k])
        assert (x[3 * k + 1], y[3 * k + 1]) == tuple(codes.outputs[k])
        assert np.isnan(x[3 * k + 2])
    assert panel.previous.isHidden()
    assert panel._halves.direction() == QBoxLayout.Direction.LeftToRight


def test_sequences_are_curves(panel: ReconstructionPanel) -> None:
    run = autoencoder(3, 5, "delayed_sum")
    show(panel, run)
    assert panel.pairs._rows == 1
    assert len(panel.pairs._pairs[0].made) == 30


def test_without_a_hidden_layer_there_is_no_plane(panel: ReconstructionPanel) -> None:
    run = autoencoder(network={"layers": []})
    show(panel, run)
    assert not panel.without.isHidden()
    assert panel.codes.isHidden()
    assert "mean squared error" in panel.summary()


@pytest.mark.parametrize("other", ["binary", "classes", "function"])
def test_where_nothing_is_given_back_it_says_so(panel: ReconstructionPanel, other: str) -> None:
    show(panel, function("himmelblau", 1) if other == "function" else session(other, 1))
    assert panel.summary() == f"Reconstruction and codes: {NO_CODES}"
    show(panel, autoencoder())
    assert "mean squared error" in panel.summary()


def test_it_waits_for_the_first_measurement(panel: ReconstructionPanel) -> None:
    panel.show_frame(autoencoder().frame())
    assert panel.waiting.text() == WAITING


def test_another_width_lets_the_handle_go(panel: ReconstructionPanel) -> None:
    show(panel, autoencoder(2))
    panel.codes.moved.emit(QPointF(0.3, 0.3))
    show(panel, autoencoder(3))
    assert panel.needs() == {Latent("test", None)}


def test_classes_have_their_names_in_the_plane_but_not_on_a_line(panel: ReconstructionPanel) -> None:
    show(panel, autoencoder(2))
    shown = [item.toPlainText() for item in panel.codes._names._items if item.isVisible()]
    codes = report_of(panel).codes
    assert shown == [str(k) for k in range(10) if k in codes.examples.y]
    member = codes.places[codes.examples.y == 4]
    place = panel.codes._names._items[4].pos()
    assert (place.x(), place.y()) == pytest.approx(tuple(np.median(member, axis=0)))
    show(panel, autoencoder(1))
    assert not any(item.isVisible() for item in panel.codes._names._items)


def test_hovering_reads_place_and_nearest_example(panel: ReconstructionPanel) -> None:
    show(panel, autoencoder(2))
    codes = report_of(panel).codes
    words = panel.codes._read(*codes.places[3].tolist())
    assert f"nearest: example 4, {int(codes.examples.y[3])}" in words
    assert words.startswith("code, unit 1: ")


@pytest.mark.parametrize("name", PALETTES)
@pytest.mark.parametrize(("width", "data"), [(1, "digits"), (2, "moons"), (4, "delayed_sum")])
def test_every_theme_and_size(panel: ReconstructionPanel, name: str, width: int, data: str) -> None:
    show(panel, autoencoder(width, 2, data))
    panel.show_palette(PALETTES[name], paused=True)
    for size in ((220, 130), (480, 300), (900, 700)):
        panel.resize(*size)
        assert not panel.grab().isNull()


def test_a_theme_is_put_on_at_once(panel: ReconstructionPanel) -> None:
    run: Any = autoencoder()
    show(panel, run)
    before = panel.codes.grab().toImage()
    panel.show_palette(DARK, paused=True)
    assert panel.codes.grab().toImage() != before


def test_a_network_that_is_not_finite_is_drawn_all_the_same(panel: ReconstructionPanel) -> None:
    run = autoencoder()
    run.run.state.theta[:] = np.nan
    show(panel, run)
    assert "not a number" in panel.summary()
