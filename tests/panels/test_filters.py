from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QBoxLayout
from pytestqt.qtbot import QtBot

from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.panels.filters import WAITING, FiltersPanel
from gdexplorer.panels.palette import PALETTES
from gdexplorer.probes.maps import NO_MAPS, Maps, MapsReport
from tests.panels.map_frames import function
from tests.panels.pictured import TINY, images
from tests.panels.runs import session


@pytest.fixture
def panel(qtbot: QtBot) -> FiltersPanel:
    made = FiltersPanel()
    qtbot.addWidget(made)
    made.resize(800, 480)
    made.show()
    return made


def show(panel: FiltersPanel, run: Session) -> Frame:
    frame = run.frame(panel.needs())
    panel.show_frame(frame)
    panel.grab()
    return frame


def report_of(panel: FiltersPanel) -> MapsReport:
    assert panel._report is not None
    return panel._report


def titles(panel: FiltersPanel) -> list[str]:
    return [section.title for section in panel.tiles._sections]


def test_layers_stand_in_their_order_filters_before_their_maps(panel: FiltersPanel) -> None:
    show(panel, images(20))
    assert titles(panel) == ["c1 filters 4×3×3", "c1 convolution 4×6×6", "p1 max pooling 4×3×3", "c2 convolution 2×2×2"]
    for section, layer in zip(panel.tiles._sections[1:], report_of(panel).layers, strict=True):
        np.testing.assert_array_equal(section.values, layer.values)


def test_another_convolution_and_channel_can_be_chosen(panel: FiltersPanel) -> None:
    run = images(5)
    show(panel, run)
    assert panel.channel.isHidden()  # of one channel
    panel.layer.setCurrentIndex(1)
    panel.layer.activated.emit(1)
    assert panel.needs() == {Maps("test", 0, False, "c2")}
    show(panel, run)
    assert titles(panel)[2] == "c2 filters 2×2×2, RMS of 4 channels"
    weights = run.run.objective.layout.views(run.run.state.theta)["c2"][:, :-1].reshape(2, 4, 2, 2)
    expected = [[[np.sqrt(sum(weights[f, c, i, j] ** 2 for c in range(4)) / 4) for j in range(2)] for i in range(2)]
                for f in range(2)]  # fmt: skip
    np.testing.assert_allclose(panel.tiles._sections[2].values, expected, rtol=1e-6)
    panel.channel.setCurrentIndex(3)
    panel.channel.activated.emit(3)
    assert titles(panel)[2] == "c2 filters 2×2×2, input channel 3 of 4"
    np.testing.assert_array_equal(panel.tiles._sections[2].values, weights[:, 2])
    run.advance(1)
    show(panel, run)
    assert panel.channel.currentIndex() == 3


def test_one_steps_through_examples_with_buttons_and_arrows(panel: FiltersPanel) -> None:
    run = images(5)
    show(panel, run)
    asked: list[None] = []
    panel.needs_changed.connect(lambda: asked.append(None))
    panel.forth.click()
    show(panel, run)
    assert report_of(panel).index == 1
    QTest.keyClick(panel.tiles, Qt.Key.Key_Left)
    show(panel, run)
    panel.back.click()
    show(panel, run)
    count = len(run.run.objective.data.test.x)  # type: ignore[attr-defined]
    assert report_of(panel).index == count - 1
    assert f"test example {count} of {count}" in panel.summary()
    panel.split.setCurrentIndex(1)
    panel.split.activated.emit(1)
    show(panel, run)
    assert "training example 1 of" in panel.summary()
    assert len(asked) == 4


def test_the_next_mistake_is_kept_while_training_goes_on(panel: FiltersPanel) -> None:
    run = images(3)
    show(panel, run)
    panel.mistake.click()
    show(panel, run)
    found = report_of(panel).index
    assert not report_of(panel).right
    assert "taken for" in panel.named.text()
    assert panel.needs() == {Maps("test", found)}
    run.advance(40)
    show(panel, run)
    assert report_of(panel).index == found


def test_the_answer_names_classes_and_probabilities(panel: FiltersPanel) -> None:
    show(panel, images(30))
    report = report_of(panel)
    true, predicted = int(report.true), report.predicted
    said = "recognized" if true == predicted else f"taken for {predicted}"
    assert report.shares is not None
    assert f"is {true}, {said} ({100 * report.shares[predicted]:.0f} %)" in panel.summary()
    assert {true, predicted} <= set(panel.answer.bars(2.5 * panel.answer._line()))


def test_the_true_class_has_a_bar_however_little_room_there_is(panel: FiltersPanel) -> None:
    shares = np.array([0.5, 0.3, 0.15, 0.05])
    panel.answer.show_answer(np.zeros((2, 2)), ("a", "b", "c", "d"), shares, 3)
    line = panel.answer._line()
    assert panel.answer.bars(9 * line) == [0, 1, 2, 3]
    assert panel.answer.bars(2.2 * line) == [0, 3]
    assert panel.answer.bars(0.5 * line) == []


def test_several_input_channels_are_shown_each(panel: FiltersPanel) -> None:
    run = images(1)
    frame = run.frame(panel.needs())
    report = next(iter(frame.lane.views.values()))
    wide = replace(report, x=np.zeros((2, 8, 4)), data=replace(report.data, shape=(2, 8, 4)))
    assert panel._sections(wide)[0].title == "input 2×8×4"


def test_without_maps_it_says_so_and_comes_back(panel: FiltersPanel) -> None:
    for other in (session("classes", 1), session("binary", 1), function("himmelblau", 1)):
        show(panel, other)
        assert panel.summary() == f"Filters and feature maps: {NO_MAPS}"
    show(panel, images(1))
    assert "at update 1." in panel.summary()


def test_a_network_of_pooling_alone_has_no_filters(panel: FiltersPanel) -> None:
    show(panel, images(1, network={"layers": TINY[1:2]}))
    assert titles(panel) == ["p1 max pooling 1×4×4"]
    assert panel.layer.isHidden()


def test_an_autoencoder_gives_no_class(panel: FiltersPanel) -> None:
    show(panel, images(1, problem="autoencoder", loss="mse"))
    assert panel.mistake.isHidden()
    assert "taken for" not in panel.summary()


def test_it_waits_for_the_first_measurement(panel: FiltersPanel) -> None:
    panel.show_frame(images().frame())
    assert panel.waiting.text() == WAITING


def test_the_example_stands_beside_or_above(panel: FiltersPanel) -> None:
    show(panel, images(1))
    places = []
    for size in ((800, 400), (400, 700)):
        panel.resize(*size)
        panel.grab()
        places.append(panel._pair.direction())
    assert places == [QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom]


@pytest.mark.parametrize("name", PALETTES)
def test_every_theme_and_size(panel: FiltersPanel, name: str) -> None:
    show(panel, images(5))
    panel.show_palette(PALETTES[name], paused=True)
    for size in ((220, 130), (480, 300), (900, 700)):
        panel.resize(*size)
        assert not panel.grab().isNull()
        facts = panel.caption.accessibleDescription()
        assert ("no room" in facts) == any(panel.tiles.hidden)


def test_numbers_that_are_not_finite_are_said(panel: FiltersPanel) -> None:
    run = images(1)
    run.run.state.theta[:] = np.nan
    show(panel, run)
    assert "the output is not finite" in panel.summary()
