"""Images in the real window: a convolution's maps step through examples, and a point is dragged through codes."""

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtTest import QTest

from gdexplorer.panels.filters import FiltersPanel
from gdexplorer.panels.reconstruction import ReconstructionPanel
from gdexplorer.panels.saliency import SaliencyPanel
from tests.app.driver import Driver
from tests.panels.map_frames import mouse

CONV = {"data": {"kind": "digits", "amount": 80}, "loss": "softmax_cross_entropy", "show.workspace": "Images",
        "network.layers": [{"kind": "convolution", "id": "c1", "filters": 3, "size": 3},
                           {"kind": "max_pool", "id": "p1", "size": 2}]}  # fmt: skip
CODES = {"problem": "autoencoder", "data": {"kind": "digits", "amount": 80}, "loss": "mse", "show.workspace": "Images",
         "network.layers": [{"id": "h1", "units": 8, "activation": "tanh"},
                            {"id": "code", "units": 3, "activation": "linear"}]}  # fmt: skip


def seen(driver: Driver) -> set[str]:
    return {dock.objectName() for dock in driver.window.docks if dock.seen}


def test_maps_follow_the_training_and_the_examples(driver: Driver) -> None:
    driver.open(CONV)
    panel = driver.panel("filters")
    assert isinstance(panel, FiltersPanel)
    driver.wait(lambda: seen(driver) == {"saliency", "filters", "confusion", "curves"})
    driver.wait(lambda: panel._report is not None and panel._report.step > 5)  # while it plays
    driver.rest()
    report = panel._report
    assert report is not None
    assert report.step == driver.state.step
    driver.click(panel.forth)
    driver.settle()
    assert panel._report is not None
    assert panel._report.index == report.index + 1
    QTest.keyClick(panel.tiles, Qt.Key.Key_Left)
    driver.settle()
    assert panel._report.index == report.index
    for before, after in zip(report.layers, panel._report.layers, strict=True):
        np.testing.assert_array_equal(before.values, after.values)


def test_a_digit_is_drawn_while_it_trains_and_the_network_answers(driver: Driver) -> None:
    driver.open(CONV)
    panel = driver.panel("saliency")
    assert isinstance(panel, SaliencyPanel)
    driver.wait(lambda: panel._report is not None and panel._report.step > 5)  # while it plays
    driver.click(panel.pencil)
    driver.click(panel.clear)
    driver.wait(lambda: panel._report is not None and panel._report.true is None and panel._report.x.max() == 0)
    empty = panel._report
    rect = panel.sketch.picture()
    for share in (0.2, 0.5, 0.8):
        place = QPointF(rect.center().x(), rect.top() + share * rect.height()).toPoint()
        QTest.mouseClick(panel.sketch, Qt.MouseButton.LeftButton, pos=place)
    driver.rest()
    driver.settle()
    report = panel._report
    assert report is not None
    assert empty is not None
    assert report.step == driver.state.step
    np.testing.assert_array_equal(report.x[0], panel.sketch.sheet)
    expected = driver.ask(lambda session: session.run.program.predict(
        session.run.state.theta, session.run.state.buffers, report.x.reshape(1, -1)))  # fmt: skip
    np.testing.assert_allclose(report.outputs, expected[0], rtol=1e-6)
    assert not np.allclose(report.outputs, empty.outputs)


def test_a_point_is_dragged_through_the_codes(driver: Driver) -> None:
    driver.open(CODES)
    panel = driver.panel("reconstruction")
    assert isinstance(panel, ReconstructionPanel)
    driver.wait(lambda: seen(driver) == {"reconstruction", "curves"})
    driver.train()
    driver.rest()
    report, plot = panel._report, panel.codes
    assert report is not None
    assert report.codes.step == driver.state.step
    start = plot._point
    x0, x1, y0, y1 = plot.view()
    end = QPointF(0.2 * x0 + 0.8 * x1, 0.3 * y0 + 0.7 * y1)
    mouse(plot, QEvent.Type.MouseButtonPress, start.x(), start.y())
    for share in (0.3, 0.6, 1.0):
        place = start + (end - start) * share
        mouse(plot, QEvent.Type.MouseMove, place.x(), place.y())
    mouse(plot, QEvent.Type.MouseButtonRelease, end.x(), end.y())
    driver.settle()
    report = panel._report
    assert report is not None
    assert report.decoded is not None
    assert report.decoded.point == panel._point
    np.testing.assert_allclose(panel._point, (end.x(), end.y()), atol=0.03 * (x1 - x0 + y1 - y0))
    code = report.decoded.code[None]
    expected = driver.ask(lambda session: session.run.program.predict(
        session.run.state.theta, session.run.state.buffers, code, 2))  # fmt: skip
    np.testing.assert_allclose(report.decoded.output, expected[0], rtol=1e-6)
    driver.conductor.play(True)  # and it is decoded anew while the network changes
    step = report.codes.step
    driver.wait(lambda: panel._report is not None and panel._report.codes.step > step + 5)
    assert panel._point == report.decoded.point


def test_a_change_of_the_problem_brings_the_panels_that_fit(driver: Driver) -> None:
    driver.open(CODES)
    driver.wait(lambda: "reconstruction" in seen(driver))
    driver.open(CONV)
    driver.wait(lambda: seen(driver) == {"saliency", "filters", "confusion", "curves"})
