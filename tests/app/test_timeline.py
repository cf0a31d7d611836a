from collections.abc import Iterable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QHelpEvent, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from gdexplorer.app.timeline import Timeline, nice
from gdexplorer.panels.palette import LIGHT, PALETTES, mix
from tests.pixels import pixels

Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton
LIVE = -1  # in a list of what was asked for: back to the present


@pytest.fixture
def line(qtbot: QtBot) -> Timeline:
    made = Timeline()
    qtbot.addWidget(made)
    made.resize(1600, 50)  # a pixel or more for each update of a thousand
    made.show()
    return made


@pytest.fixture
def asked(line: Timeline) -> list[int]:
    """What was asked for."""
    told: list[int] = []
    line.travel_requested.connect(told.append)
    line.live_requested.connect(lambda: told.append(LIVE))
    return told


def column(line: Timeline, step: int) -> QPoint:
    """The middle of the pixels of a step."""
    columns = [x for x in range(line.width()) if line.step_at(x) == step]
    return QPoint(columns[len(columns) // 2], 18)


def count(line: Timeline, color: str) -> int:
    """The longest row of a color."""
    image = line.grab().toImage()
    return int((pixels(image) == int(color.removeprefix("#"), 16)).sum(axis=1).max())


def drag(line: Timeline, steps: Iterable[int], *, release: bool = True) -> None:
    steps = list(steps)
    QTest.mousePress(line, LEFT, pos=column(line, steps[0]))
    for step in steps[1:]:
        QTest.mouseMove(line, column(line, step))
    if release:
        QTest.mouseRelease(line, LEFT, pos=column(line, steps[-1]))


# ---- what it shows ------------------------------------------------------------------


def test_nice_numbers_bound_the_axis() -> None:
    assert [nice(value) for value in (0, 10, 11, 99, 101, 1201, 5001)] == [10, 10, 20, 100, 200, 2000, 10_000]


def test_the_axis_ends_at_the_pause_and_grows_beyond_it(line: Timeline) -> None:
    line.show_progress(10, (), 1200)
    assert line.extent == 1200
    line.show_progress(1300, (), 1200)
    assert line.extent == 2000
    line.show_progress(0, (), None)
    assert line.extent == 10
    line.show_progress(0, (), None, 4000, past=True)
    assert line.extent == 5000


def test_the_axis_fills_up_to_the_step_and_faintly_up_to_the_head(line: Timeline) -> None:
    faint = mix(LIGHT.panel, LIGHT.accent, 0.45)
    line.show_progress(100, (), 1000)
    first = count(line, LIGHT.accent)
    assert count(line, faint) <= 2
    line.show_progress(500, (), 1000)
    half = count(line, LIGHT.accent)
    line.show_progress(100, (), 1000, 500, past=True)
    assert count(line, LIGHT.accent) == pytest.approx(first, abs=8)  # but for the handle's hole
    assert count(line, faint) == pytest.approx(half - first, abs=12)
    line.show_progress(1000, (), 1000)
    assert 100 < half < count(line, LIGHT.accent) < 2.2 * half


def test_the_handle_has_a_hole_in_the_past(line: Timeline) -> None:
    def middle(past: bool) -> str:
        line.show_progress(500, (), 1000, 1000, past=past)
        image = line.grab().toImage()
        return image.pixelColor(round(line._x(500)), round(line._axis().center().y())).name().upper()

    assert (middle(False), middle(True)) == (LIGHT.accent, LIGHT.panel)


def test_a_marker_tells_its_label_where_it_stands(line: Timeline) -> None:
    line.show_progress(800, [(400, "tanh → <b>ReLU</b>")], 1000)
    told = {line.marker_at(x) for x in range(line.width())}
    assert told == {"", "update 400: tanh → <b>ReLU</b>", "update 1,000: the run pauses here"}
    columns = [x for x in range(line.width()) if "ReLU" in line.marker_at(x)]
    assert 8 <= len(columns) <= 14


def test_hovering_tells_update_and_marker_as_plain_text(line: Timeline, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, text, _widget: shown.append(text))
    line.show_progress(300, [(400, "<b>ReLU</b>")], 1000, 800, past=True)
    at = next(x for x in range(line.width()) if line.marker_at(x))
    for x in (at, column(line, 700).x(), line.width() - 1):
        QApplication.sendEvent(line, QHelpEvent(QEvent.Type.ToolTip, QPoint(x, 20), QPoint(x, 20)))
    assert shown == ["<qt>update 400: &lt;b&gt;ReLU&lt;/b&gt;</qt>", "<qt>update 700</qt>",
                     "<qt>800 of 1,000 updates</qt>"]  # fmt: skip


def test_it_is_a_slider_for_whoever_cannot_see(line: Timeline) -> None:
    line.show_progress(300, [(200, "tanh → ReLU")], 1000, 800, past=True)
    interface = QAccessible.queryAccessibleInterface(line)
    assert interface.role() == QAccessible.Role.Slider
    value = interface.valueInterface()
    assert [value.minimumValue(), value.currentValue(), value.maximumValue()] == [0, 300, 800]
    assert line.accessibleName()
    for word in ("past", "tanh → ReLU", "1,000"):
        assert word in line.accessibleDescription()
    line.show_progress(800, (), None)
    assert "past" not in line.accessibleDescription()


@pytest.mark.parametrize("name", PALETTES)
def test_nothing_it_draws_is_cut_off(line: Timeline, name: str) -> None:
    line.show_palette(PALETTES[name])
    line.resize(line.minimumSizeHint())
    line.show_progress(300, [(300, "a change")], 1000, 800, past=True)
    axis, size = line._axis(), 7 * min(max(PALETTES[name].body / 10, 0.8), 1.6)
    assert axis.center().y() - line._radius - 2 >= 0
    assert axis.top() - size >= 0
    assert axis.center().y() + line._radius + 1 + line.fontMetrics().height() * 0.5 < line.height()


# ---- what it asks for ---------------------------------------------------------------


def test_a_click_goes_there(line: Timeline, asked: list[int]) -> None:
    line.show_progress(800, (), 1000)
    QTest.mouseClick(line, LEFT, pos=column(line, 200))
    assert asked == [200]
    assert line.value() == 200


def test_a_click_on_a_marker_goes_to_its_very_update(line: Timeline, asked: list[int]) -> None:
    line.show_progress(80_000, [(40_001, "a"), (40_100, "b")], 100_000)
    QTest.mouseClick(line, LEFT, pos=QPoint(round(line._x(40_001)) - 3, 10))
    assert asked == [40_001]


def test_a_drag_asks_on_the_way_and_stays_within_the_record(line: Timeline, asked: list[int]) -> None:
    line.show_progress(800, (), 1000)
    drag(line, [800, 600, 400, 0])
    assert asked == [600, 400, 0]
    line.show_progress(0, (), 1000, 800, past=True)
    asked.clear()
    QTest.mousePress(line, LEFT, pos=column(line, 0))
    QTest.mouseMove(line, QPoint(1590, 18))
    QTest.mouseRelease(line, LEFT, pos=QPoint(1590, 18))
    assert asked == [LIVE]


def test_taking_the_handle_moves_nothing(line: Timeline, asked: list[int]) -> None:
    line.show_progress(500, (), 1000)
    place = QPoint(round(line._x(500)) + 4, 18)
    QTest.mousePress(line, LEFT, pos=place)
    QTest.mouseRelease(line, LEFT, pos=place)
    QTest.mouseClick(line, Qt.MouseButton.RightButton, pos=column(line, 100))
    assert asked == []
    assert line.value() == 500


def test_the_handle_stays_in_the_hand_and_where_it_was_put_until_that_is_shown(line: Timeline) -> None:
    line.show_progress(800, (), 1000)
    drag(line, [800, 300], release=False)
    line.show_progress(512, (), 1000, 800, past=True)  # a late frame
    assert (line.value(), line.step) == (300, 512)
    QTest.mouseRelease(line, LEFT, pos=column(line, 300))
    line.show_progress(256, (), 1000, 800, past=True, arriving=True)
    assert (line.value(), line.step) == (300, 256)
    line.show_progress(300, (), 1000, 800, past=True)
    assert line.value() == 300
    line.show_progress(301, (), 1000, 800, past=True)
    assert line.value() == 301


def test_showing_progress_asks_for_nothing(line: Timeline, asked: list[int]) -> None:
    for step, head in ((0, 0), (5, 5), (3, 5), (0, 0), (700, 900)):
        line.show_progress(step, (), None, head, past=step < head)
    assert asked == []


def test_keys_of_a_slider(line: Timeline, asked: list[int]) -> None:
    line.show_progress(400, (), 1000, 800, past=True)
    for key, expected in {Key.Key_Left: 399, Key.Key_Right: 400, Key.Key_PageUp: 480, Key.Key_PageDown: 400,
                          Key.Key_Home: 0, Key.Key_End: LIVE}.items():  # fmt: skip
        QTest.keyClick(line, key)
        assert asked.pop() == expected
    assert asked == []


@pytest.mark.parametrize(
    ("key", "modifier", "wanted"),
    [(Key.Key_Left, "No", True), (Key.Key_PageUp, "No", True), (Key.Key_End, "No", True),
     (Key.Key_Left, "Shift", False), (Key.Key_Right, "Control", False),
     (Key.Key_Space, "No", False), (Key.Key_F, "No", False)],
)  # fmt: skip
def test_it_wants_its_own_keys_alone(line: Timeline, key: Qt.Key, modifier: str, wanted: bool) -> None:
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, getattr(Qt.KeyboardModifier, f"{modifier}Modifier"))
    event.ignore()
    QApplication.sendEvent(line, event)
    assert event.isAccepted() == wanted


def test_the_end_is_the_present_also_from_the_last_update_of_the_past(line: Timeline, asked: list[int]) -> None:
    line.show_progress(800, (), None, 800, past=True)  # before the update that failed
    QTest.keyClick(line, Key.Key_End)
    assert asked == [LIVE]


def test_the_wheel_and_a_click_leave_the_present_and_the_focus_alone(line: Timeline, asked: list[int]) -> None:
    line.show_progress(500, (), 1000)
    place = QPointF(100, 18)
    wheel = QWheelEvent(place, place, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
                        Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(line, wheel)
    assert asked == []
    line.clearFocus()
    QTest.mouseClick(line, LEFT, pos=QPoint(100, 18))
    assert not line.hasFocus()
