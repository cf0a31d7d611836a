from math import inf

import pytest
from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gdexplorer.app.transport import SPEEDS, Transport, position_of, speed_text
from gdexplorer.panels.palette import PALETTES


@pytest.fixture
def bar(qtbot: QtBot) -> Transport:
    made = Transport()
    qtbot.addWidget(made)
    made.resize(1200, 60)
    made.show()
    return made


def signals(bar: Transport) -> tuple[SignalInstance, ...]:
    return (bar.play_requested, bar.update_requested, bar.epoch_requested, bar.restart_requested, bar.speed_requested,
            bar.start_requested, bar.back_requested)  # fmt: skip


def test_play_asks_for_the_opposite_of_what_is_shown(bar: Transport, qtbot: QtBot) -> None:
    for playing in (False, True):
        bar.show_state(playing, 30)
        with qtbot.waitSignal(bar.play_requested) as asked:
            QTest.mouseClick(bar.play_button, Qt.MouseButton.LeftButton)
        assert asked.args == [not playing]
        assert bar.play_button.accessibleName() == ("Pause" if playing else "Play")


def test_each_button_sends_its_request_and_no_other(bar: Transport) -> None:
    buttons = {bar.update_button: 1, bar.epoch_button: 2, bar.restart_button: 3,
               bar.start_button: 5, bar.back_button: 6}  # fmt: skip
    for button, expected in buttons.items():
        spies = [QSignalSpy(signal) for signal in signals(bar)]
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert [spy.count() for spy in spies] == [int(index == expected) for index in range(7)]


def test_showing_a_state_never_emits(bar: Transport) -> None:
    spies = [QSignalSpy(signal) for signal in signals(bar)]
    for playing, speed in ((True, 1.0), (False, 24.0), (True, inf), (True, 7000.0)):
        bar.show_state(playing, speed)
    assert [spy.count() for spy in spies] == [0] * 7
    assert bar.speed_label.text() == "7,000 updates/s"


def test_the_slider_runs_from_one_update_a_second_to_flat_out(bar: Transport, qtbot: QtBot) -> None:
    for key, speed, text in ((Qt.Key.Key_End, inf, "flat out"), (Qt.Key.Key_Home, 1.0, "1 update/s")):
        with qtbot.waitSignal(bar.speed_requested) as asked:
            QTest.keyClick(bar.speed_slider, key)
        assert asked.args == [speed]
        assert bar.speed_label.text() == bar.speed_slider.accessibleDescription() == text


def test_a_held_slider_is_left_alone(bar: Transport) -> None:
    bar.show_state(True, 30)
    bar.speed_slider.setSliderDown(True)
    bar.show_state(True, 1000)
    assert bar.speed_slider.value() == position_of(30)
    bar.speed_slider.setSliderDown(False)
    bar.show_state(True, 1000)
    assert bar.speed_slider.value() == position_of(1000)


@pytest.mark.parametrize(("position", "speed"), list(enumerate(SPEEDS)))
def test_every_position_finds_itself(position: int, speed: float) -> None:
    assert position_of(speed) == position


@pytest.mark.parametrize(("speed", "nearest"), [(0.1, 1.0), (24, 20.0), (26, 30.0), (99_999, 10_000.0)])
def test_other_speeds_go_to_the_nearest_on_the_log_scale(speed: float, nearest: float) -> None:
    assert SPEEDS[position_of(speed)] == nearest


def test_speeds_are_written_with_their_unit() -> None:
    assert [speed_text(speed) for speed in (1, 30, 24.567, 10_000, inf)] == [
        "1 update/s", "30 updates/s", "24.6 updates/s", "10,000 updates/s", "flat out",
    ]  # fmt: skip


def test_the_keyboard_walks_from_left_to_right(bar: Transport) -> None:
    walk: list[QWidget] = [bar.start_button]
    while walk[-1] is not bar.timeline and len(walk) < 20:
        following = walk[-1].nextInFocusChain()
        assert following is not None
        walk.append(following)
    stops = [widget for widget in walk if widget.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert stops == [bar.start_button, bar.back_button, bar.play_button, bar.update_button, bar.epoch_button,
                     bar.restart_button, bar.speed_slider, bar.timeline]  # fmt: skip
    assert all(widget.accessibleName() for widget in stops)
    assert all(widget.toolTip() for widget in stops[:-1])  # the timeline's is of what is under the mouse


@pytest.mark.parametrize("name", PALETTES)
def test_nothing_is_clipped_in_a_small_window(bar: Transport, name: str) -> None:
    bar.show_palette(PALETTES[name])
    assert bar.minimumSizeHint().width() <= 1280
    bar.resize(1280, bar.sizeHint().height())
    bar.show_state(True, 10_000)
    assert bar.speed_label.width() >= bar.speed_label.sizeHint().width()
    assert bar.timeline.height() >= bar.timeline.minimumSizeHint().height()
