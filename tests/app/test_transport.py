from math import inf

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt, SignalInstance
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from gdexplorer.app.timeline import Timeline, nice
from gdexplorer.app.transport import SPEEDS, Transport, position_of, speed_text
from gdexplorer.panels.palette import LIGHT, PALETTES


@pytest.fixture
def bar(qtbot: QtBot) -> Transport:
    made = Transport()
    qtbot.addWidget(made)
    made.resize(1200, 60)
    made.show()
    return made


@pytest.fixture
def line(qtbot: QtBot) -> Timeline:
    made = Timeline()
    qtbot.addWidget(made)
    made.resize(600, 50)
    return made


def signals(bar: Transport) -> tuple[SignalInstance, ...]:
    return (bar.play_requested, bar.update_requested, bar.epoch_requested, bar.restart_requested, bar.speed_requested)


def test_play_asks_for_the_opposite_of_what_is_shown(bar: Transport, qtbot: QtBot) -> None:
    for playing in (False, True):
        bar.show_state(playing, 30)
        with qtbot.waitSignal(bar.play_requested) as asked:
            QTest.mouseClick(bar.play_button, Qt.MouseButton.LeftButton)
        assert asked.args == [not playing]
        assert bar.play_button.accessibleName() == ("Pause" if playing else "Play")


def test_each_button_sends_its_request_and_no_other(bar: Transport) -> None:
    buttons = {bar.update_button: 1, bar.epoch_button: 2, bar.restart_button: 3}
    for button, expected in buttons.items():
        spies = [QSignalSpy(signal) for signal in signals(bar)]
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert [spy.count() for spy in spies] == [int(index == expected) for index in range(5)]


def test_showing_a_state_never_emits(bar: Transport) -> None:
    spies = [QSignalSpy(signal) for signal in signals(bar)]
    for playing, speed in ((True, 1.0), (False, 24.0), (True, inf), (True, 7000.0)):
        bar.show_state(playing, speed)
    assert [spy.count() for spy in spies] == [0] * 5
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
    walk: list[QWidget] = [bar.restart_button]
    while walk[-1] is not bar.speed_slider and len(walk) < 20:
        following = walk[-1].nextInFocusChain()
        assert following is not None
        walk.append(following)
    stops = [widget for widget in walk if widget.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert stops == [bar.restart_button, bar.play_button, bar.update_button, bar.epoch_button, bar.speed_slider]
    assert all(widget.accessibleName() and widget.toolTip() for widget in stops)


@pytest.mark.parametrize("name", PALETTES)
def test_nothing_is_clipped_in_a_small_window(bar: Transport, name: str) -> None:
    bar.show_palette(PALETTES[name])
    assert bar.minimumSizeHint().width() <= 1280
    bar.resize(1280, bar.sizeHint().height())
    bar.show_state(True, 10_000)
    assert bar.speed_label.width() >= bar.speed_label.sizeHint().width()
    assert bar.timeline.height() >= bar.timeline.minimumSizeHint().height()


def test_nice_numbers_bound_the_axis() -> None:
    assert [nice(value) for value in (0, 10, 11, 99, 101, 1201, 5001)] == [10, 10, 20, 100, 200, 2000, 10_000]


def test_the_axis_ends_at_the_pause_and_grows_beyond_it(line: Timeline) -> None:
    line.show_progress(10, (), 1200)
    assert line.extent == 1200
    line.show_progress(1300, (), 1200)
    assert line.extent == 2000
    line.show_progress(0, (), None)
    assert line.extent == 10


def test_the_axis_fills_up_to_the_step(line: Timeline) -> None:
    def filled() -> int:
        image = line.grab().toImage()
        rows = [[image.pixelColor(x, y).name().upper() for x in range(600)] for y in range(50)]
        return max(row.count(LIGHT.accent) for row in rows)

    line.show_progress(0, (), 1000)
    assert filled() == 0
    line.show_progress(500, (), 1000)
    half = filled()
    line.show_progress(1000, (), 1000)
    assert 100 < half < filled() < 2.2 * half


def test_a_marker_tells_its_label_where_it_stands(line: Timeline) -> None:
    line.show_progress(800, [(400, "tanh → <b>ReLU</b>")], 1000)
    told = {line.marker_at(x) for x in range(600)}
    assert told == {"", "update 400: tanh → <b>ReLU</b>", "update 1,000: the run pauses here"}
    columns = [x for x in range(600) if "ReLU" in line.marker_at(x)]
    assert 8 <= len(columns) <= 14
    assert "ReLU" in line.accessibleDescription()
    assert "1,000" in line.accessibleDescription()


def test_hovering_shows_the_marker_as_plain_text(line: Timeline, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, text, _widget: shown.append(text))
    line.show_progress(800, [(400, "<b>ReLU</b>")], 1000)
    at = next(x for x in range(600) if line.marker_at(x))
    for x in (at, 1):
        QApplication.sendEvent(line, QHelpEvent(QEvent.Type.ToolTip, QPoint(x, 20), QPoint(x, 20)))
    assert shown == ["<qt>update 400: &lt;b&gt;ReLU&lt;/b&gt;</qt>", "<qt>800 of 1,000 updates</qt>"]
