import math

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout
from pytestqt.qtbot import QtBot

from gdexplorer.lab.commands import Change
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.sequences import WAITING, SequencesPanel, verdict
from gdexplorer.panels.ticks import number
from gdexplorer.probes.sequences import NO_SEQUENCES, Recurrence, Sequences
from tests.panels.map_frames import function
from tests.panels.runs import session
from tests.panels.sequence_runs import GRU, RNN, sequence


@pytest.fixture
def panel(qtbot: QtBot) -> SequencesPanel:
    made = SequencesPanel()
    qtbot.addWidget(made)
    made.resize(900, 380)
    made.show()
    return made


def show(panel: SequencesPanel, run: Session) -> Frame:
    frame = run.frame(panel.needs())
    panel.show_frame(frame)
    panel.grab()
    return frame


def test_it_tells_of_the_example_the_split_and_the_way_back(panel: SequencesPanel) -> None:
    report = show(panel, sequence()).lane.views[Sequences()]
    predicted, target = report.outputs[0, 0], report.examples.y[0]
    rmse = math.sqrt(sum((o - y) ** 2 for o, y in zip(report.outputs[:, 0], report.examples.y, strict=True)) / 16)
    said = panel.summary()
    assert said.startswith("Sequences at update 2. test example 1 of 16: ")
    assert f"prediction {number(predicted, padded=True)}, target {number(target, padded=True)}, error " in said
    assert f"RMSE {number(rmse)} over the split" in said
    assert f"r1 (tanh RNN): ‖∂ℓ/∂h‖ ×{number(report.recurrence.per_step, padded=True)} a step back" in said
    assert f"spectral radius {number(report.recurrence.radius, padded=True)}" in said
    assert said.removeprefix("Sequences at update 2. ").split(";")[0] in panel.caption.accessibleDescription()


def test_arrows_step_through_the_examples_and_around(panel: SequencesPanel, qtbot: QtBot) -> None:
    run = sequence()
    show(panel, run)
    seen = []
    for act in (panel.back.click, lambda: qtbot.keyClick(panel.body, Qt.Key.Key_Right), panel.forth.click):
        with qtbot.waitSignal(panel.needs_changed):
            act()
        report = show(panel, run).lane.views[panel._request()]
        seen.append(report.index)
        assert f"test example {report.index + 1} of 16" in panel.summary()
    assert seen == [15, 0, 1]


def test_several_steps_before_the_next_frame_all_count(panel: SequencesPanel) -> None:
    run = sequence()
    show(panel, run)
    for _ in range(3):
        panel.forth.click()
    assert panel.needs() == {Sequences("test", 3)}


def test_worst_jumps_to_the_largest_error(panel: SequencesPanel) -> None:
    run = sequence()
    report = show(panel, run).lane.views[Sequences()]
    panel.worst.click()
    show(panel, run)
    errors = [abs(o - y) for o, y in zip(report.outputs[:, 0], report.examples.y, strict=True)]
    assert f"test example {errors.index(max(errors)) + 1} of 16" in panel.summary()


def test_a_click_on_a_point_shows_its_example(panel: SequencesPanel, qtbot: QtBot) -> None:
    run = sequence()
    report = show(panel, run).lane.views[Sequences()]
    place = panel.agreement.pixel(float(report.examples.y[5]), float(report.outputs[5, 0])).toPoint()
    assert panel.agreement.near(place.x(), place.y()) is not None
    qtbot.mouseClick(panel.agreement.viewport(), Qt.MouseButton.LeftButton, pos=place)
    shown = show(panel, run).lane.views[panel._request()]
    near = panel.agreement.pixel(shown.target, float(shown.predictions[shown.index]))
    assert math.hypot(near.x() - place.x(), near.y() - place.y()) <= 3  # another may lie there too


def test_training_examples_and_the_second_layer_can_be_chosen(panel: SequencesPanel) -> None:
    run = sequence("adding", 2, RNN | {"returns": "all"}, GRU)
    show(panel, run)
    assert [panel.layer.itemText(k) for k in range(panel.layer.count())] == ["r1", "r2"]
    assert not panel.layer.isHidden()
    panel.split.setCurrentIndex(1)
    panel.split.activated.emit(1)
    panel.layer.setCurrentIndex(1)
    panel.layer.activated.emit(1)
    assert panel.needs() == {Sequences("train", 0, "r2")}
    report = show(panel, run).lane.views[Sequences("train", 0, "r2")]
    assert report.recurrence.hidden.shape == (20, 3)
    assert "training example 1 of 24" in panel.summary()
    assert "r2 (GRU)" in panel.summary()
    assert "spectral" not in panel.summary()


def test_it_follows_the_run(panel: SequencesPanel) -> None:
    run = sequence()
    first = show(panel, run).lane.views[panel._request()]
    panel.forth.click()
    run.advance(3)
    second = show(panel, run).lane.views[panel._request()]
    assert (first.step, second.step, second.index) == (2, 5, 1)
    assert (first.outputs != second.outputs).any()
    assert panel.summary().startswith("Sequences at update 5. test example 2")


def test_classes_have_a_probability_and_an_accuracy(panel: SequencesPanel) -> None:
    report = show(panel, sequence("parity")).lane.views[Sequences()]
    logit, true = float(report.outputs[0, 0]), int(report.examples.y[0])
    share = 1 / (1 + math.exp(-abs(logit)))
    word = "recognized" if (logit > 0) == true else f"taken for {('even', 'odd')[int(logit > 0)]}"
    assert f"is {('even', 'odd')[true]}, {word} ({100 * share:.0f} %)" in panel.summary()
    right = sum((o > 0) == y for o, y in zip(report.outputs[:, 0], report.examples.y, strict=True))
    assert f"accuracy {100 * right / 16:.1f} % ({right} of 16)" in panel.summary()


def test_a_network_without_recurrence_has_predictions_alone(panel: SequencesPanel) -> None:
    show(panel, sequence("delayed_sum", 2, {"id": "h1", "units": 4, "activation": "tanh"}))
    assert panel.through.isHidden()
    assert not panel.agreement.isHidden()
    assert "no recurrent layer" in panel.caption.accessibleDescription()
    assert "×" not in panel.summary()


@pytest.mark.parametrize("kind", ["binary", "function"])
def test_where_there_are_no_sequences_it_says_so(panel: SequencesPanel, kind: str) -> None:
    show(panel, sequence())
    show(panel, session(kind) if kind == "binary" else function("himmelblau", 1))
    assert panel.summary() == f"Sequences: {NO_SEQUENCES}"
    show(panel, sequence())
    assert "prediction" in panel.summary()


def test_it_waits_for_the_first_measurement(panel: SequencesPanel) -> None:
    panel.show_frame(sequence().frame())
    assert panel.waiting.text() == WAITING
    assert panel.waiting.isVisible()


def test_a_change_of_data_in_mid_run_is_followed(panel: SequencesPanel) -> None:
    run = sequence()
    show(panel, run)
    panel.forth.click()
    run.send(Change("data.kind", "sine_continuation"))
    run.advance(1)
    show(panel, run)
    assert "free running from step 21" in panel.caption.accessibleDescription()


@pytest.mark.parametrize(
    ("norms", "words"),
    [([0.5**k for k in range(20)][::-1], "×0.500 a step back, ×1.91×10⁻⁶ over 19: vanishes"),
     ([0.9**k for k in range(3)][::-1], "×0.900 a step back, ×0.81 over 2: fades"),
     ([1.0, 1.001, 1.0], "×1.00 a step back, ×1 over 2: keeps its size"),
     ([4.0, 2.0, 1.0], "×2.00 a step back, ×4 over 2: grows"),
     ([3.0**k for k in range(9)][::-1], "×3.00 a step back, ×6,560 over 8: explodes"),
     ([0.0, 0.5, 1.0], "×0.500 a step back, ×0.5 over 1: fades, none beyond lag 1"),
     ([0.0, 0.0], "no gradient arrives")],
)  # fmt: skip
def test_the_verdict_is_in_numbers(norms: list[float], words: str) -> None:
    made = verdict(Recurrence("r1", "ReLU RNN", np.zeros((len(norms), 2)), np.array(norms), None))
    assert made.startswith("r1 (ReLU RNN): ")
    assert made.endswith(words)


def test_parts_stand_side_by_side_or_below_or_give_way(panel: SequencesPanel) -> None:
    show(panel, sequence())
    seen = []
    for size in ((900, 380), (480, 800), (260, 180)):
        panel.resize(*size)
        panel.grab()
        seen.append((panel._pair.direction(), panel.through.isHidden(), panel.agreement.isHidden()))
    ways = QBoxLayout.Direction
    assert seen == [(ways.LeftToRight, False, False), (ways.TopToBottom, False, False), (ways.TopToBottom, True, True)]


@pytest.mark.parametrize("data", ["delayed_sum", "parity", "sine_continuation", "adding"])
def test_every_theme_and_size(panel: SequencesPanel, data: str) -> None:
    show(panel, sequence(data))
    for palette in PALETTES.values():
        panel.show_palette(palette, paused=True)
        for size in ((220, 130), (480, 700), (1000, 500)):
            panel.resize(*size)
            assert not panel.grab().isNull()
