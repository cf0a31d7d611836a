from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gdexplorer.lab.session import Session
from gdexplorer.objectives.sensitivity import Sensitivity
from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.saliency import WAITING, SaliencyPanel
from gdexplorer.panels.saliency_words import described
from gdexplorer.probes import saliency
from gdexplorer.probes.attribution import NO_PIXELS, Attribution, AttributionReport
from tests.builders import digest
from tests.panels.map_frames import function
from tests.panels.pictured import autoencoder, images
from tests.panels.runs import session

NOISELESS = {"kind": "digits", "amount": 60, "noise": 0.0}


@pytest.fixture
def panel(qtbot: QtBot) -> SaliencyPanel:
    made = SaliencyPanel()
    qtbot.addWidget(made)
    made.resize(800, 520)
    made.show()
    return made


def show(panel: SaliencyPanel, run: Session) -> AttributionReport | None:
    for _ in range(2):  # what was asked for by the first one is there in the second
        panel.show_frame(run.frame(panel.needs()))
    panel.grab()
    return panel._report


def report_of(panel: SaliencyPanel, run: Session) -> AttributionReport:
    report = show(panel, run)
    assert report is not None
    return report


def test_numbers_are_those_of_direct_calls(panel: SaliencyPanel) -> None:
    run = images(20, data=NOISELESS)
    report_of(panel, run)
    state, objective = run.run.state, run.run.objective
    x = objective.data.test.x[:1]  # type: ignore[attr-defined]
    outputs = run.run.program.predict(state.theta, state.buffers, x)
    found = Sensitivity(objective, "c2").at(state.theta, state.buffers, x, int(outputs.argmax()))  # type: ignore[arg-type]
    image = x.reshape(1, 1, 8, 8)
    cam = saliency.enlarged(saliency.grad_cam(found.activations, found.by_activations), 8, 8)
    by = found.by_inputs.reshape(image.shape)
    expected = saliency.saliency(by), saliency.gradient_times_input(by, image), cam
    mask = saliency.ink(image)
    for cell, values in zip(panel.maps._cells, expected, strict=True):
        np.testing.assert_allclose(cell.pictures[0], values[0], rtol=1e-6)
        mass = float(saliency.mass_share(values, mask)[0])
        assert cell.table[0][:2] == ("", "here")
        assert cell.table[1][:2] == ("on ink", "–" if mass != mass else f"{100 * mass:.0f} %")
        assert cell.table[2][:2] == ("ink area", f"{100 * mask.mean():.0f} %")
        assert cell.table[3][:2] == ("peak on ink", "yes" if saliency.peak_inside(values, mask)[0] else "no")
    assert [cell.names[0] for cell in panel.maps._cells] == [
        "saliency |∂s/∂x|", "gradient × input", "Grad-CAM of c2, 2×2"]  # fmt: skip


def test_means_stand_beside_one_example(panel: SaliencyPanel) -> None:
    report = report_of(panel, images(20))
    assert report.averaged == len(report.data.test.x)
    mass, peak = report.means["saliency"]
    column = [row[2] for row in panel.maps._cells[0].table]
    assert column == [f"{report.averaged} ex.", *(f"{100 * share:.0f} %" for share in (mass, report.mean_area, peak))]


def test_without_a_convolution_it_says_that_there_is_no_grad_cam(panel: SaliencyPanel) -> None:
    report_of(panel, session("classes", 5))
    assert len(panel.maps._cells) == 2
    assert "no Grad-CAM: there is no convolution" in panel.caption.accessibleDescription()
    assert "No Grad-CAM" in panel.summary()


def test_drawing_with_the_mouse_changes_the_probabilities_and_the_maps(panel: SaliencyPanel) -> None:
    run = images(30, data=NOISELESS)
    before = report_of(panel, run)
    panel.pencil.click()
    panel.clear.click()
    empty = report_of(panel, run)
    assert empty.x.max() == 0
    assert empty.true is None
    rect = panel.sketch.picture()
    for share in (0.2, 0.5, 0.8):
        place = QPointF(rect.left() + share * rect.width(), rect.center().y()).toPoint()
        QTest.mouseClick(panel.sketch, Qt.MouseButton.LeftButton, pos=place)
    report = report_of(panel, run)
    np.testing.assert_array_equal(report.x[0], panel.sketch.sheet)
    assert report.x.max() > 0.5
    assert report.shares is not None
    assert empty.shares is not None
    expected = run.run.program.predict(run.run.state.theta, run.run.state.buffers, report.x.reshape(1, -1))[0]
    np.testing.assert_allclose(report.shares, np.exp(expected) / np.exp(expected).sum(), rtol=1e-5)
    assert np.abs(report.shares - empty.shares).max() > 1e-3
    assert not np.array_equal(report.maps[0].values, empty.maps[0].values)
    assert "your drawing; taken for" in panel.summary()
    assert max(panel.sketch.bars(1000)) == 9
    panel.pencil.click()
    again = report_of(panel, run)
    np.testing.assert_array_equal(again.x, before.x)


def test_the_pen_starts_with_the_example_and_pens_are_offered_while_one_draws(panel: SaliencyPanel) -> None:
    run = images(5, data=NOISELESS)
    report = report_of(panel, run)
    assert panel.eraser.isHidden()
    panel.pencil.click()
    np.testing.assert_array_equal(panel.sketch.sheet, report.x[0])
    assert not panel.eraser.isHidden()
    assert panel.back.isHidden()
    panel.eraser.click()
    QTest.keyClick(panel.sketch, Qt.Key.Key_Space)
    drawn = report_of(panel, run)
    assert drawn.x.sum() <= report.x.sum()
    QTest.keyClick(panel.maps, Qt.Key.Key_Right)  # a step puts the pen away
    assert report_of(panel, run).index == 1
    assert not panel.pencil.isChecked()


def test_other_data_put_the_pen_away(panel: SaliencyPanel) -> None:
    report_of(panel, images(1))
    panel.pencil.click()
    other = images(1, data={"kind": "fashion", "amount": 60})
    report = report_of(panel, other)
    assert not panel.pencil.isChecked()
    report = report_of(panel, other)
    assert report.x.shape == (1, 14, 14)
    panel.pencil.click()
    show(panel, function("himmelblau", 1))
    assert not panel.pencil.isChecked()


def test_random_weights_stand_beside_and_do_not_touch_the_run(panel: SaliencyPanel) -> None:
    run = images(20)
    report_of(panel, run)
    before = digest(run.run.state)
    panel.redrawn.click()
    first = report_of(panel, run)
    assert digest(run.run.state) == before
    for cell, other, alike in zip(panel.maps._cells, first.redrawn, first.alike, strict=True):
        assert cell.names[1] == "new weights"
        np.testing.assert_array_equal(cell.pictures[1], other.values)
        assert cell.table[0][2] == "new"
        shown = "–" if alike != alike else f"{alike:.2f}".replace("-", "−")
        assert cell.table[4] == ("rank corr.", shown, "")
    assert "with redrawn weights" in panel.summary()
    panel.redrawn.click()
    assert report_of(panel, run).redrawn == ()
    panel.redrawn.click()
    second = report_of(panel, run)
    assert not np.array_equal(first.redrawn[0].values, second.redrawn[0].values)


def test_the_class_is_chosen(panel: SaliencyPanel) -> None:
    run = images(3)
    report = report_of(panel, run)
    assert [panel.of.itemText(k) for k in range(4)] == ["predicted", "true", "0", "1"]
    for index, chosen in ((1, report.true), (2 + 7, 7), (0, report.predicted)):
        panel.of.setCurrentIndex(index)
        panel.of.activated.emit(index)
        assert report_of(panel, run).chosen == chosen
        assert panel.of.currentIndex() == index
        assert f"Score of {chosen};" in panel.summary()


def test_one_steps_through_examples_and_mistakes(panel: SaliencyPanel) -> None:
    run = images(3)
    report_of(panel, run)
    panel.forth.click()
    assert report_of(panel, run).index == 1
    QTest.keyClick(panel.maps, Qt.Key.Key_Left)
    panel.back.click()
    report = report_of(panel, run)
    assert report.index == len(report.examples.x) - 1
    panel.mistake.click()
    report = report_of(panel, run)
    assert report.predicted != report.true
    assert panel.needs() == {Attribution("test", report.index)}
    panel.split.setCurrentIndex(1)
    panel.split.activated.emit(1)
    report_of(panel, run)
    assert "training example 1 of" in panel.summary()


def test_the_curve_tells_the_scores_at_a_number_of_pixels(panel: SaliencyPanel) -> None:
    report = report_of(panel, images(20))
    k = 3
    read = panel.curve.read(float(report.counts[k]) + 0.1, 0.0).replace("−", "-")
    assert read.startswith(f"{report.counts[k]} pixels set to 0")
    assert f"saliency first: {report.deleted['saliency'][k]:.3g}" in read
    x, y = panel.curve._mean.getData()
    np.testing.assert_array_equal(x, report.counts)
    np.testing.assert_allclose(y, report.random.mean(axis=0), rtol=1e-6)
    low, high = panel.curve.view()[2:]
    assert low < min(curve.min() for curve in report.deleted.values())
    assert high > report.random.max()


def test_a_box_is_spoken_of_where_it_is_known(panel: SaliencyPanel) -> None:
    run = images(2, data={"kind": "scenes", "amount": 60, "noise": 0.2})
    report_of(panel, run)
    assert [row[0] for row in panel.maps._cells[0].table] == ["", "in box", "box area", "peak in box"]
    assert panel.maps._cells[0].table[2][1:] == ("12 %", "12 %")
    assert "12 % of the area is in the box" in panel.summary()
    facts = panel.caption.accessibleDescription()
    assert "brighter than 0.4" in facts
    assert "by construction" not in facts


def test_without_pixels_it_says_so_and_comes_back(panel: SaliencyPanel) -> None:
    for other in (session("binary", 1), function("himmelblau", 1), autoencoder(2, 1)):
        show(panel, other)
        assert panel.summary() == f"Saliency: {NO_PIXELS}"
    report_of(panel, images(1))
    assert "at update 1." in panel.summary()


def test_it_waits_for_the_first_measurement(panel: SaliencyPanel) -> None:
    panel.show_frame(images().frame())
    assert panel.waiting.text() == WAITING


def test_opacity_is_the_sliders(panel: SaliencyPanel) -> None:
    report_of(panel, images(1))
    panel.opacity.setValue(30)
    assert panel.maps.opacity == 0.3


def test_a_map_that_is_zero_or_not_finite_has_no_share(panel: SaliencyPanel) -> None:
    run = images(1)
    report = report_of(panel, run)
    zero = replace(report.maps[2], values=np.zeros((8, 8)), mass=np.nan, peak=False)
    assert "Grad-CAM of c2, 2×2: – on the ink" in described(replace(report, maps=(*report.maps[:2], zero)))
    run.run.state.theta[:] = np.nan
    run.run.version += 1
    show(panel, run)
    assert "the output is not finite" in panel.summary()


@pytest.mark.parametrize("name", PALETTES)
def test_every_theme_and_size(panel: SaliencyPanel, name: str) -> None:
    show(panel, images(5))
    panel.redrawn.click()
    show(panel, images(5))
    panel.show_palette(PALETTES[name], paused=True)
    for size in ((220, 130), (480, 330), (400, 700), (1200, 800)):
        panel.resize(*size)
        assert not panel.grab().isNull()
        inside = panel._right.rect().adjusted(-1, -1, 1, 1)
        assert inside.contains(panel.maps.geometry()) or panel.maps.height() < 50
    assert panel.curve.isVisible()
