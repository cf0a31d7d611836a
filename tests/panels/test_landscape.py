from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gdexplorer.lab.commands import Change, MoveTo, Restart
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.landscape.surface import Window
from gdexplorer.panels.landscape import LINE, WAITING, LandscapePanel
from gdexplorer.panels.palette import PALETTES, Palette
from gdexplorer.probes.landscape import Landscape, LandscapeReport, PlaneKind
from tests.panels.map_frames import click, function, line, move, press, release, session, turn, with_view


@pytest.fixture
def panel(qtbot: QtBot) -> LandscapePanel:
    made = LandscapePanel()
    qtbot.addWidget(made)
    made.resize(640, 400)
    made.show()
    return made


def show(panel: LandscapePanel, run: Session) -> Frame:
    frame = run.frame(panel.needs())
    panel.show_frame(frame)
    if panel.needs() != frozenset(frame.lane.views):  # the first frame tells how many parameters there are
        frame = run.frame(panel.needs())
        panel.show_frame(frame)
    return frame


def report_of(panel: LandscapePanel, frame: Frame) -> LandscapeReport:
    (request,) = panel.needs()
    report = frame.lane.views[request]
    assert isinstance(report, LandscapeReport)
    return report


def spot(panel: LandscapePanel) -> tuple[float, float]:
    return panel._dot.x(), panel._dot.y()


def test_before_any_report_it_says_what_it_waits_for(panel: LandscapePanel) -> None:
    frame = replace(session(0).frame())
    panel.show_frame(frame)
    assert panel.stage.sentence.isVisible()
    assert panel.stage.sentence.text() == panel.summary() == WAITING


def test_the_plane_of_the_rehearsed_path_is_drawn_and_labeled(qtbot: QtBot, panel: LandscapePanel) -> None:
    run = session()
    with qtbot.assertNotEmitted(panel.commanded), qtbot.assertNotEmitted(panel.needs_changed):
        frame = show(panel, run)
    report = report_of(panel, frame)
    assert panel.needs() == {Landscape("pca")}
    assert panel.plot.isVisible()
    assert panel.plot.view() == pytest.approx(
        (report.surface.xs[0], report.surface.xs[-1], report.surface.ys[0], report.surface.ys[-1])
    )
    assert spot(panel) == pytest.approx(tuple(report.path[-1]))
    assert len(panel.map.tracks.core.getData()[0]) == len(report.path)
    words = panel.summary()
    for part in ("update 20", "2 of 17 dimensions", "of the path’s variance (random walk: ", "off the plane by",
                 "at its foot in the plane", "float32, all 24 training examples, penalty included"):  # fmt: skip
        assert part in words


def test_orthonormal_axes_have_one_scale(panel: LandscapePanel) -> None:
    show(panel, session())
    for size in ((640, 400), (300, 170), (420, 700), (1200, 800)):
        panel.resize(*size)
        area, (x0, x1, y0, y1) = panel.plot.area(), panel.plot.view()
        assert area.width() / (x1 - x0) == pytest.approx(area.height() / (y1 - y0), rel=0.03), size


def test_two_parameters_are_all_of_the_space(qtbot: QtBot, panel: LandscapePanel) -> None:
    with qtbot.assertNotEmitted(panel.needs_changed):
        show(panel, line())
    assert panel.needs() == {Landscape("weights")}
    assert panel.plane.currentText() == "the two parameters"
    assert "all of 2 parameters" in panel.summary()
    assert "off the plane" not in panel.summary()
    show(panel, session())
    assert panel.needs() == {Landscape("pca")}
    assert "the two parameters" not in [panel.plane.itemText(k) for k in range(panel.plane.count())]


def test_another_plane_is_asked_for(qtbot: QtBot, panel: LandscapePanel) -> None:
    run = session()
    show(panel, run)
    panel.plane.setFocus()
    with qtbot.waitSignal(panel.needs_changed):
        qtbot.keyClick(panel.plane, Qt.Key.Key_Down)
    assert panel.needs() == {Landscape("random")}
    show(panel, run)
    assert "a random plane shows about 1 % of a descent" in panel.summary()
    with qtbot.waitSignal(panel.needs_changed):
        panel.again.click()
    assert panel.needs() == {Landscape("random", 1)}
    with qtbot.waitSignal(panel.needs_changed):
        panel.follow.click()
    assert panel.needs() == {Landscape("random", 1, True)}
    run.advance(3)
    frame = show(panel, run)
    assert spot(panel) == pytest.approx((0, 0), abs=1e-9)
    assert report_of(panel, frame).surface_step == 23


def test_choosing_the_same_plane_again_asks_for_nothing(qtbot: QtBot, panel: LandscapePanel) -> None:
    show(panel, session())
    with qtbot.assertNotEmitted(panel.needs_changed):
        panel.plane.activated.emit(0)


def test_the_same_surface_is_not_drawn_again(panel: LandscapePanel, monkeypatch: pytest.MonkeyPatch) -> None:
    run = session()
    show(panel, run)
    show(panel, run)
    drawn: list[int] = []
    monkeypatch.setattr(panel.map.heat, "show_values", lambda *given: drawn.append(1))
    before = spot(panel)
    run.advance(10)
    show(panel, run)
    assert not drawn
    assert spot(panel) != before


def test_dropping_the_point_sends_one_command(qtbot: QtBot, panel: LandscapePanel) -> None:
    run = session()
    report = report_of(panel, show(panel, run))
    x, y = report.path[-1]
    xs, ys = report.surface.xs, report.surface.ys
    goal = (x + 0.3 * (xs[-1] - x), y + 0.3 * (ys[-1] - y))
    commands: list[object] = []
    panel.commanded.connect(commands.append)
    press(panel.plot, x, y)
    move(panel.plot, *goal)
    assert not commands
    assert panel.map.tracks.left.isVisible()
    assert "loss" in panel.stage.reader.label.text()
    held = spot(panel)
    assert held == pytest.approx(goal, abs=(xs[-1] - xs[0]) / 100)
    run.advance(5)
    show(panel, run)
    assert spot(panel) == held
    release(panel.plot, *goal)
    (command,) = commands
    assert isinstance(command, MoveTo)
    coordinates, off = report.surface.plane.project(command.theta[None])
    assert coordinates[0] == pytest.approx(held)
    later = panel._report
    assert later is not None
    assert off[0] == pytest.approx(later.off_plane[-1])
    assert spot(panel) == held
    run.send(command)
    show(panel, run)
    assert spot(panel) == pytest.approx(held)
    assert panel.grip.held is None


def test_a_point_that_may_not_move_goes_back(panel: LandscapePanel) -> None:
    run = session()
    frame = show(panel, run)
    report = report_of(panel, frame)
    x, y = report.path[-1]
    press(panel.plot, x, y)
    move(panel.plot, 0, 0)
    release(panel.plot, 0, 0)
    (request,) = panel.needs()
    for _ in range(3):
        panel.show_frame(with_view(frame, request, replace(report)))
    assert spot(panel) == pytest.approx((x, y))


def test_a_drag_beyond_the_window_ends_at_its_edge(panel: LandscapePanel) -> None:
    report = report_of(panel, show(panel, session()))
    x, y = report.path[-1]
    press(panel.plot, x, y)
    move(panel.plot, 50, 50)
    assert spot(panel) == pytest.approx((report.surface.xs[-1], report.surface.ys[-1]))


def test_a_drag_from_elsewhere_moves_nothing(qtbot: QtBot, panel: LandscapePanel) -> None:
    report = report_of(panel, show(panel, session()))
    before = spot(panel)
    with qtbot.assertNotEmitted(panel.commanded):
        press(panel.plot, report.surface.xs[0], report.surface.ys[0])
        move(panel.plot, *before)
        release(panel.plot, *before)
    assert spot(panel) == before


def test_a_new_plane_ends_a_drag(qtbot: QtBot, panel: LandscapePanel) -> None:
    run = session()
    x, y = report_of(panel, show(panel, run)).path[-1]
    press(panel.plot, x, y)
    move(panel.plot, 0, 0)
    panel.again.click()
    show(panel, run)
    with qtbot.assertNotEmitted(panel.commanded):
        release(panel.plot, 0, 0)


def test_hovering_reads_and_a_click_pins(qtbot: QtBot, panel: LandscapePanel) -> None:
    run = session()
    surface = report_of(panel, show(panel, run)).surface
    reading = panel.stage.reader.label
    place = (surface.xs[3], surface.ys[4])
    move(panel.plot, *place)
    assert reading.isVisible()
    assert "loss" in reading.text()
    with qtbot.assertNotEmitted(panel.commanded):
        click(panel.plot, *place)
    move(panel.plot, surface.xs[10], surface.ys[4])
    assert reading.text().startswith("pinned")
    assert reading.text().count("\n") == 1
    click(panel.plot, *place)
    assert "pinned" not in reading.text()
    panel.plot.left_alone.emit()
    assert not reading.isVisible()


def test_cells_that_are_not_finite_are_blank_and_said_so(panel: LandscapePanel) -> None:
    frame = show(panel, session())
    report = report_of(panel, frame)
    (request,) = panel.needs()
    losses = report.surface.losses.copy()
    losses[:3, :4] = np.nan
    losses[5, 5] = np.inf
    panel.show_frame(with_view(frame, request, replace(report, surface=replace(report.surface, losses=losses))))
    assert "13 of 625 cells not finite, left blank" in panel.summary()
    panel.plot.hovered.emit(QPointF(report.surface.xs[1], report.surface.ys[1]))
    assert "loss not finite" in panel.stage.reader.label.text()
    nothing = np.full_like(losses, np.nan)
    panel.show_frame(with_view(frame, request, replace(report, surface=replace(report.surface, losses=nothing))))
    assert "625 of 625" in panel.summary()
    panel.grab()


def test_a_point_outside_the_window_is_said(panel: LandscapePanel) -> None:
    frame = show(panel, session())
    report = report_of(panel, frame)
    (request,) = panel.needs()
    track = report.tracks[0]
    gone = replace(track, path=np.vstack([track.path, [[1e3, 0]]]), steps=np.append(track.steps, 21),
                   off_plane=np.append(track.off_plane, 0.0))  # fmt: skip
    panel.show_frame(with_view(frame, request, replace(report, tracks=(gone,), plane_loss=float("nan"))))
    assert "point outside this window: double-click or refit" in panel.summary()
    assert "not a number" not in panel.summary()


def test_a_run_that_begins_again_and_changes_its_layers_is_followed(panel: LandscapePanel) -> None:
    run = session()
    show(panel, run)
    run.send(Restart())
    show(panel, run)
    assert "update 0" in panel.summary()
    assert len(panel.map.tracks.core.getData()[0]) == 2
    layers = ({"id": "h1", "units": 6, "activation": "relu"},)
    assert run.send(Change("network.layers", layers)).accepted
    panel.show_frame(run.frame())
    assert panel.summary() == WAITING
    show(panel, run)
    assert "2 of 25 dimensions" in panel.summary()


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())
def test_it_is_drawn_in_every_palette_and_size(panel: LandscapePanel, palette: Palette) -> None:
    show(panel, session())
    panel.show_palette(palette, paused=True)
    for size in ((300, 170), (640, 400), (1200, 800)):
        panel.resize(*size)
        image = panel.grab().toImage()
        area = panel.plot.area()
        ends = [panel.plot.mapTo(panel, corner.toPoint()) for corner in (area.topLeft(), area.bottomRight())]
        places = [ends[0] + (ends[1] - ends[0]) * (k / 40) for k in range(1, 40)]
        colors = {image.pixelColor(place).rgb() for place in places}
        assert len(colors) > 5, size


def test_a_coarse_surface_leaves_no_trace_in_the_colors_of_the_whole(qtbot: QtBot, panel: LandscapePanel) -> None:
    """It is drawn only if there is time, and the same run has the same pictures."""
    frame = show(panel, session())
    report, (request,) = report_of(panel, frame), panel.needs()
    assert panel.map.relief is not None
    levels = panel.map.relief.levels
    whole = report.surface
    coarse = replace(whole, xs=whole.xs[::2], ys=whole.ys[::2], losses=1.02 * whole.losses[::2, ::2])
    panel.map.clear()
    panel.show_frame(with_view(frame, request, replace(report, surface=coarse, progress=0.1)))
    assert panel.map.relief.levels != levels
    panel.show_frame(frame)
    assert panel.map.relief.levels == levels
    slightly = replace(whole, losses=1.02 * whole.losses)
    panel.show_frame(with_view(frame, request, replace(report, surface=slightly)))
    assert panel.map.relief.levels == levels  # they hold still


def window_of(report: LandscapeReport) -> Window:
    xs, ys = report.surface.xs, report.surface.ys
    return Window((float(xs[0]), float(xs[-1])), (float(ys[0]), float(ys[-1])))


def asked(panel: LandscapePanel) -> Landscape:
    (request,) = panel.needs()
    assert isinstance(request, Landscape)
    return request


def test_the_wheel_has_the_window_evaluated_that_it_shows(qtbot: QtBot, panel: LandscapePanel) -> None:
    run = function("himmelblau")
    first = report_of(panel, show(panel, run))
    with qtbot.waitSignal(panel.needs_changed):
        turn(panel.plot, 3, 2, 2)
        turn(panel.plot, 3, 2, 1)
        assert panel.zoom.moving
        assert asked(panel).window is None
    window = asked(panel).window
    assert window is not None
    assert window.x[1] - window.x[0] == pytest.approx(12 / 1.25**3)
    panel.show_frame(with_view(run.frame(), asked(panel), first))
    assert panel.stage.note.text() == "evaluating…"
    report = report_of(panel, show(panel, run))
    assert window_of(report) == window
    assert panel.stage.note.text() == ""
    x, y = report.surface.xs[7], report.surface.ys[11]
    assert report.surface.losses[11, 7] == pytest.approx((x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2)
    assert panel.plot.view() == pytest.approx((*window.x, *window.y))
    with qtbot.waitSignal(panel.needs_changed):
        qtbot.keyClick(panel.plot, Qt.Key.Key_Home)
    show(panel, run)
    assert panel.plot.view() == pytest.approx((-6, 6, -6, 6))


def test_ground_that_is_dragged_moves_with_the_mouse(qtbot: QtBot, panel: LandscapePanel) -> None:
    run = function("himmelblau")
    show(panel, run)
    with qtbot.assertNotEmitted(panel.commanded), qtbot.waitSignal(panel.needs_changed):
        press(panel.plot, -4, 4)
        move(panel.plot, -2, 3)
        release(panel.plot, -4, 4)  # the same pixel
    assert panel.plot.view() == pytest.approx((-8, 4, -5, 7), abs=0.1)
    window = asked(panel).window
    assert window is not None
    assert (*window.x, *window.y) == panel.plot.view()
    assert window_of(report_of(panel, show(panel, run))) == window


def test_a_plane_that_follows_the_point_is_zoomed_about_it(qtbot: QtBot, panel: LandscapePanel) -> None:
    run = session()
    panel.follow.click()
    report = report_of(panel, show(panel, run))
    x0, x1, y0, y1 = panel.plot.view()
    with qtbot.waitSignal(panel.needs_changed):
        turn(panel.plot, x0 + 0.2 * (x1 - x0), y1, 1)
    report = report_of(panel, show(panel, run))
    assert panel.plot.view() == pytest.approx([v / 1.25 for v in (x0, x1, y0, y1)])
    assert report.path[-1] == pytest.approx([0, 0], abs=1e-9)


def test_another_plane_begins_with_the_window_that_suits_it(qtbot: QtBot, panel: LandscapePanel) -> None:
    run = session()
    show(panel, run)
    with qtbot.waitSignal(panel.needs_changed):
        panel.zoom.scale(0.5)
    show(panel, run)
    panel.header.choose("plain")
    assert asked(panel) == Landscape("plain")
    show(panel, run)
    assert panel.plot.view() == (-1, 1, -1, 1)


def test_a_new_path_takes_back_the_zoom_with_its_plane(qtbot: QtBot, panel: LandscapePanel) -> None:
    run = session()
    show(panel, run)
    with qtbot.waitSignal(panel.needs_changed):
        panel.zoom.scale(0.5)
    show(panel, run)
    assert asked(panel).window is not None
    run.send(Change("optimizer.learning_rate", 0.4))
    run.send(Restart())
    run.advance(20)
    with qtbot.waitSignal(panel.needs_changed):
        show(panel, run)
    assert asked(panel).window is None


def test_switches_ask_for_more_and_show_it(qtbot: QtBot, panel: LandscapePanel) -> None:
    run = session()
    panel.resize(800, 700)
    show(panel, run)
    for key in ("arrows", "profile", "model", "fine"):
        with qtbot.waitSignal(panel.needs_changed):
            panel.switches[key].click()
    assert asked(panel) == Landscape("pca", most=97, profile=True, arrows=True, model=True)
    for _ in range(3):
        frame = show(panel, run)
    report = report_of(panel, frame)
    assert len(report.surface.xs) == 97
    assert panel.profile.isVisible()
    for part in ("‖∇L‖", "of its square in the plane", "dashed: quadratic model", "true loss and the plane’s differ"):
        assert part in panel.summary()
    rows = [row.text for row in panel.map.legend.rows]
    assert rows == ["−gradient", "update", "quadratic model"]
    panel.switches["profile"].click()
    assert not panel.profile.isVisible()


def test_the_line_is_asked_for_only_while_it_is_shown(qtbot: QtBot, panel: LandscapePanel) -> None:
    run = session()
    run.advance(20)
    panel.resize(800, 700)
    show(panel, run)
    assert LINE not in panel.needs()
    assert not panel.line.isVisible()
    panel.switches["line"].click()
    assert LINE in panel.needs()
    for _ in range(2):
        show(panel, run)
    assert panel.line.isVisible()
    curve = panel.line.pairs[0][0]
    assert np.isfinite(curve.getData()[1]).all()
    panel.switches["line"].click()
    assert not panel.line.isVisible()
    assert LINE not in panel.needs()


def test_streamlines_are_drawn_from_the_surface_alone(qtbot: QtBot, panel: LandscapePanel) -> None:
    show(panel, session())
    with qtbot.assertNotEmitted(panel.needs_changed):
        panel.switches["field"].click()
    x, _ = panel.map.field.getData()
    assert np.isfinite(x).sum() > 100
    panel.switches["field"].click()
    assert not panel.map.field.isVisible()


def test_lanes_have_a_path_each_and_a_legend(panel: LandscapePanel) -> None:
    run = function("himmelblau", rivals=[{"id": "a", "optimizer": {"kind": "adam", "learning_rate": 0.1}}])
    frame = show(panel, run)
    assert [row.text for row in panel.map.legend.rows] == ["SGD", "Adam"]
    assert panel.map.legend.isVisible()
    assert "paths of SGD, Adam" in panel.summary()
    there = report_of(panel, frame).tracks[1].path[-1]
    panel.plot.hovered.emit(QPointF(*there))
    assert panel.stage.reader.label.text().startswith("Adam: loss")
    show(panel, session())
    assert panel.map.legend.rows == ()


def test_landmarks_are_named(panel: LandscapePanel) -> None:
    show(panel, function("himmelblau"))
    panel.plot.hovered.emit(QPointF(3.02, 2.01))
    assert "minimum at (3, 2)" in panel.stage.reader.label.text()
    assert len(panel.map.landmarks.placed) == 9
    show(panel, line())
    ((_, _, landmark),) = panel.map.landmarks.placed
    assert landmark.kind == "minimum"


def test_functions_have_no_examples(panel: LandscapePanel) -> None:
    show(panel, function("six_hump_camel"))
    assert "float64" in panel.summary()
    assert "example" not in panel.summary()
    assert panel.map.relief is not None
    assert not panel.map.relief.log
    assert [panel.plane.itemText(k) for k in range(panel.plane.count())] == [
        "the two parameters", "PCA of the rehearsed path", "top Hessian eigenvectors", "gradient and velocity",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["layer", "hessian", "gradient", "points", "pair"])
def test_every_plane_is_drawn(panel: LandscapePanel, kind: PlaneKind) -> None:
    run = session()
    show(panel, run)
    panel.header.choose(kind)
    report = report_of(panel, show(panel, run))
    assert panel.plot.bottom.labelText == report.surface.plane.axes[0]
    assert panel.header.pair.isVisible() == (kind == "pair")
    assert "2 of 17 dimensions" in panel.summary()


def test_two_weights_are_chosen_by_their_indices(qtbot: QtBot, panel: LandscapePanel) -> None:
    run = session()
    show(panel, run)
    panel.header.choose("pair")
    with qtbot.waitSignal(panel.needs_changed):
        panel.header.pair.boxes[1].setValue(16)
    assert asked(panel) == Landscape("pair", pair=(0, 16))
    report = report_of(panel, show(panel, run))
    assert report.surface.plane.axes == ("h1 w[1,1]", "output b[1]")


def test_the_view_from_the_side_comes_with_its_key_and_goes(qtbot: QtBot, panel: LandscapePanel) -> None:
    run = session()
    show(panel, run)
    assert panel.solid is None
    panel.activateWindow()
    panel.plot.setFocus()
    qtbot.waitUntil(panel.plot.hasFocus, timeout=30_000)
    qtbot.keyClick(panel.plot, Qt.Key.Key_3)
    assert panel.solid is not None
    assert panel.solid.isVisible()
    assert not panel.plot.isVisible()
    assert not panel.stage.bar.isVisible()
    run.advance(3)
    show(panel, run)
    panel.grab()
    assert "in 3-D" in panel.summary()
    panel.switches["solid"].click()
    assert panel.plot.isVisible()
    assert not panel.solid.isVisible()
    QApplication.processEvents()
