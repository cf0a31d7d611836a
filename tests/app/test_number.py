import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gdexplorer.app.number import NumberEditor
from tests.app.form_settings import DESCRIPTIONS


class Shown:
    """An editor in an active window beside another field, and what it has sent."""

    def __init__(self, qtbot: QtBot, name: str) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.editor = NumberEditor(f"group.{name}", DESCRIPTIONS[name])
        self.other = QLineEdit()
        column = QVBoxLayout(self.window)
        column.addWidget(self.editor)
        column.addWidget(self.other)
        self.window.resize(300, 120)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow, timeout=30_000)
        self.other.setFocus()
        self.sent: list[tuple[str, object]] = []
        self.editor.edited.connect(self._on_edited)
        self.qtbot = qtbot

    def _on_edited(self, path: str, value: object) -> None:
        self.sent.append((path, value))

    def type(self, text: str, key: Qt.Key | None = Qt.Key.Key_Return) -> None:
        self.editor.field.setFocus()
        self.editor.field.selectAll()
        self.qtbot.keyClicks(self.editor.field, text)
        if key is not None:
            self.qtbot.keyClick(self.editor.field, key)

    def drag(self, *shares: float) -> None:
        """Press the slider's handle and pull it through shares of the slider's width."""
        slider = self.editor.slider
        assert slider is not None
        left = 7 + (slider.width() - 14) * slider.value() / slider.maximum()
        middle = slider.height() // 2
        self.qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(round(left), middle))
        for share in shares:
            self.qtbot.mouseMove(slider, QPoint(round(slider.width() * share), middle))

    def release(self) -> None:
        assert self.editor.slider is not None
        self.qtbot.mouseRelease(self.editor.slider, Qt.MouseButton.LeftButton)


@pytest.fixture
def rate(qtbot: QtBot) -> Shown:
    return Shown(qtbot, "rate")


@pytest.fixture
def batch(qtbot: QtBot) -> Shown:
    return Shown(qtbot, "batch")


def test_a_drag_sends_every_move(rate: Shown) -> None:
    rate.drag(0.7, 0.8, 0.9)
    rate.release()
    assert [path for path, _ in rate.sent] == ["group.rate"] * 3
    values = [value for _, value in rate.sent]
    assert values == sorted(values)  # type: ignore[type-var]
    assert rate.editor.field.text() == f"{values[-1]:.3g}"


def test_an_int_slider_sends_ints(batch: Shown) -> None:
    batch.drag(0.9)
    batch.release()
    assert [type(value) for _, value in batch.sent] == [int]


def test_showing_sends_nothing(rate: Shown) -> None:
    for value in (0.2, 5.0, 1e5, 1e-9):
        rate.editor.show_value(value)
    assert rate.editor.field.text() == "1e-9"
    assert rate.sent == []


def test_a_pressed_slider_stays_in_the_hand(rate: Shown) -> None:
    rate.drag(0.9)
    before = rate.editor.field.text()
    assert rate.editor.held
    rate.editor.show_value(0.001)
    assert rate.editor.field.text() == before
    rate.release()
    assert not rate.editor.held
    rate.editor.show_value(0.001)
    assert rate.editor.field.text() == "0.001"


def test_a_drag_goes_back_to_where_a_late_frame_still_is(rate: Shown) -> None:
    rate.drag(0.7, 0.9)
    first = rate.sent[0][1]
    rate.editor.show_value(first)
    slider = rate.editor.slider
    assert slider is not None
    rate.qtbot.mouseMove(slider, QPoint(round(slider.width() * 0.7), slider.height() // 2))
    rate.release()
    assert rate.sent[2] == ("group.rate", first)


def test_unsent_text_is_left_alone(rate: Shown) -> None:
    rate.type("0.5", key=None)
    rate.editor.show_value(0.7)
    assert rate.editor.held
    assert rate.editor.field.text() == "0.5"
    rate.qtbot.keyClick(rate.editor.field, Qt.Key.Key_Escape)
    assert rate.editor.field.text() == "0.7"
    assert not rate.editor.held
    assert rate.sent == []


def test_numbers_beyond_the_slider_may_be_typed(rate: Shown) -> None:
    rate.type("250")
    assert rate.sent == [("group.rate", 250.0)]
    slider = rate.editor.slider
    assert slider is not None
    assert slider.value() == slider.maximum()
    rate.qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert rate.sent == [("group.rate", 250.0)]
    assert rate.editor.field.text() == "250"


def test_leaving_the_field_sends(rate: Shown) -> None:
    rate.type("0.5", key=None)
    rate.other.setFocus()
    assert rate.sent == [("group.rate", 0.5)]


def test_text_that_says_the_same_sends_nothing(rate: Shown) -> None:
    rate.type("1e-1")
    assert rate.sent == []
    assert rate.editor.field.text() == "0.1"


@pytest.mark.parametrize(("text", "part"), [("abc", "not a number"), ("-1", "between"), ("3e6", "between")])
def test_nonsense_leaves_the_old_value_in_force(rate: Shown, text: str, part: str) -> None:
    rate.type(text)
    assert part in rate.editor.problem
    assert rate.editor.field.text() == text
    rate.qtbot.keyClick(rate.editor.field, Qt.Key.Key_Escape)
    assert rate.editor.problem == ""
    assert rate.editor.field.text() == "0.1"
    assert rate.sent == []


def test_leaving_nonsense_restores_and_says_so(batch: Shown) -> None:
    batch.type("2.5", key=None)
    batch.other.setFocus()
    assert batch.editor.field.text() == "32"
    assert batch.editor.problem == "Batch size must be a whole number. It stays 32."
    batch.editor.show_value(32)
    assert batch.editor.problem
    batch.type("64")
    assert batch.editor.problem == ""
    assert batch.sent == [("group.batch", 64)]


def test_arrow_keys_move_the_slider(rate: Shown) -> None:
    rate.qtbot.keyClick(rate.editor.slider, Qt.Key.Key_Right)
    rate.qtbot.keyClick(rate.editor.slider, Qt.Key.Key_Left)
    (_, up), (_, down) = rate.sent
    assert 0.1 < up < 0.15  # type: ignore[operator]
    assert down == 0.1


@pytest.mark.parametrize("focused", [False, True])
def test_the_wheel_scrolls_the_panel_until_the_slider_has_the_focus(qtbot: QtBot, focused: bool) -> None:
    area = QScrollArea()
    qtbot.addWidget(area)
    inner = QWidget()
    inner.resize(260, 1000)
    editor = NumberEditor("rate", DESCRIPTIONS["rate"], inner)
    editor.setGeometry(0, 0, 260, 40)
    area.setWidget(inner)
    area.resize(280, 200)
    area.show()
    area.activateWindow()
    qtbot.waitUntil(area.isActiveWindow, timeout=30_000)
    slider = editor.slider
    assert slider is not None
    (slider if focused else editor.field).setFocus()
    before = slider.value()
    where = QPointF(slider.mapTo(area, QPoint(5, 5)))
    assert area.childAt(where.toPoint()) is slider
    QTest.wheelEvent(area.windowHandle(), where, QPoint(0, -120))
    assert (slider.value() != before) is focused
    assert (area.verticalScrollBar().value() > 0) is not focused


def test_a_number_without_a_range_is_a_field_alone(qtbot: QtBot) -> None:
    editor = NumberEditor("seed", DESCRIPTIONS["seed"])
    qtbot.addWidget(editor)
    assert editor.slider is None
    assert editor.field.text() == "7"
