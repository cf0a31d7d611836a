"""The bar above the panels: play or pause, single steps to and fro, start again, speed, and where the run is."""

from bisect import bisect_left
from itertools import pairwise
from math import inf, isinf, log

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QToolButton, QWidget

from gdexplorer.app.guard import guarded
from gdexplorer.app.timeline import Timeline
from gdexplorer.panels.icons import icon
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.text import label, set_tooltip

SPEEDS = (
    *(1.0, 2.0, 3.0, 5.0, 7.0),
    *(factor * 10.0**power for power in (1, 2, 3) for factor in (1, 1.5, 2, 3, 5, 7)),
    10_000.0,
    inf,
)
"""Updates per second at the slider's positions, evenly spaced on a log scale; the last is flat out."""


def speed_text(speed: float) -> str:
    """Return the speed as a person reads it."""
    if isinf(speed):
        return "flat out"
    return f"{speed:,.3g} update{'' if speed == 1 else 's'}/s" if speed < 1000 else f"{speed:,.0f} updates/s"


def position_of(speed: float) -> int:
    """Return the slider position nearest to a speed on the log scale."""
    if isinf(speed):
        return len(SPEEDS) - 1
    right = min(max(bisect_left(SPEEDS, speed), 1), len(SPEEDS) - 2)
    left = right - 1
    return left if log(max(speed, 1e-9) / SPEEDS[left]) < log(SPEEDS[right] / max(speed, 1e-9)) else right


class Transport(QWidget):
    """Play, pause, single updates to and fro. It asks by signals; what it shows comes back through ``show_state``."""

    start_requested = Signal()
    back_requested = Signal()
    play_requested = Signal(bool)
    update_requested = Signal()
    epoch_requested = Signal()
    restart_requested = Signal()
    speed_requested = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._playing = False
        self._palette = LIGHT
        self.start_button = self._button("Go to the start", "Home", "Shows the first update; the record is kept.")
        self.back_button = self._button("One update back", "←", "Shows the update before; the record is kept.")
        self.play_button = self._button("Play", "Space")
        self.play_button.setProperty("primary", True)
        self.update_button = self._button("One update", "→", "One step of the optimizer, on one batch.")
        self.epoch_button = self._button("One epoch", "Shift+→", "Updates until every training example was used once; "
                                         "in a game, until each side had its turn.")  # fmt: skip
        self.restart_button = self._button("Start again", "", "A new run from update 0, with the settings as they are "
                                           "now and the same first weights; the run so far stays.")  # fmt: skip
        self.epoch_button.setText(" epoch")  # the space parts it from its icon, which a style sheet cannot
        self.epoch_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.speed_slider = QSlider(Qt.Orientation.Horizontal)
        self.speed_slider.setRange(0, len(SPEEDS) - 1)
        self.speed_slider.setPageStep(3)
        self.speed_slider.setAccessibleName("Speed")
        set_tooltip(self.speed_slider, "Speed in updates per second; at the right end, as fast as this computer can.")
        self.speed_label = label(speed_text(SPEEDS[0]), "muted")
        self.timeline = Timeline()
        self._lay_out()
        self.start_button.clicked.connect(self._on_start_clicked)
        self.back_button.clicked.connect(self._on_back_clicked)
        self.play_button.clicked.connect(self._on_play_clicked)
        self.update_button.clicked.connect(self._on_update_clicked)
        self.epoch_button.clicked.connect(self._on_epoch_clicked)
        self.restart_button.clicked.connect(self._on_restart_clicked)
        # Not valueChanged: it also fires when show_state moves the slider.
        self.speed_slider.actionTriggered.connect(self._on_speed_moved)
        self.show_palette(LIGHT)

    def show_state(self, playing: bool, speed: float) -> None:
        """Show whether the run plays, and its speed in updates per second (``math.inf`` = flat out)."""
        if playing != self._playing:
            self._playing = playing
            self._dress_play_button()
        if not self.speed_slider.isSliderDown():
            self.speed_slider.setValue(position_of(speed))
            self._show_speed(speed)

    def show_palette(self, palette: Palette) -> None:
        """Draw icons and timeline in the colors and sizes of ``palette``."""
        self._palette = palette
        side = palette.icon_size
        for button, name in (
            (self.start_button, "back-to-start"),
            (self.back_button, "step-back"),
            (self.update_button, "step"),
            (self.epoch_button, "epoch"),
            (self.restart_button, "restart"),
        ):
            button.setIcon(icon(name, palette.text, side))
            button.setIconSize(QSize(side, side))
        self._dress_play_button()
        self.timeline.show_palette(palette)
        self._reserve_speed_width()

    def _button(self, name: str, shortcut: str, help: str = "") -> QToolButton:
        button = QToolButton()
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setAccessibleName(name)
        set_tooltip(button, (f"{name} ({shortcut})" if shortcut else name) + (f"\n{help}" if help else ""))
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(4)
        buttons = (self.start_button, self.back_button, self.play_button, self.update_button, self.epoch_button,
                   self.restart_button)  # fmt: skip
        for button in buttons:
            row.addWidget(button)
        row.addSpacing(16)
        row.addWidget(self.speed_slider, 2)
        row.addSpacing(4)
        row.addWidget(self.speed_label)
        row.addSpacing(16)
        row.addWidget(self.timeline, 7)
        self.speed_slider.setMinimumWidth(96)
        self.speed_slider.setMaximumWidth(220)
        for before, after in pairwise((*buttons, self.speed_slider, self.timeline)):
            QWidget.setTabOrder(before, after)

    def _dress_play_button(self) -> None:
        name = "Pause" if self._playing else "Play"
        side = round(self._palette.icon_size * 1.2)
        self.play_button.setIcon(icon(name.lower(), self._palette.on_accent, side))
        self.play_button.setIconSize(QSize(side, side))
        self.play_button.setAccessibleName(name)
        set_tooltip(self.play_button, f"{name} (Space)")

    def _show_speed(self, speed: float) -> None:
        text = speed_text(speed)
        if text != self.speed_label.text():
            self.speed_label.setText(text)
            self.speed_slider.setAccessibleDescription(text)

    def _reserve_speed_width(self) -> None:
        self.speed_label.ensurePolished()
        self.speed_label.setMinimumWidth(self.speed_label.fontMetrics().horizontalAdvance("10,000 updates/s") + 4)

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        """Keep room for the longest speed when the font changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._reserve_speed_width()

    @guarded
    def _on_start_clicked(self) -> None:
        self.start_requested.emit()

    @guarded
    def _on_back_clicked(self) -> None:
        self.back_requested.emit()

    @guarded
    def _on_restart_clicked(self) -> None:
        self.restart_requested.emit()

    @guarded
    def _on_play_clicked(self) -> None:
        self.play_requested.emit(not self._playing)

    @guarded
    def _on_update_clicked(self) -> None:
        self.update_requested.emit()

    @guarded
    def _on_epoch_clicked(self) -> None:
        self.epoch_requested.emit()

    @guarded
    def _on_speed_moved(self, action: int) -> None:
        speed = SPEEDS[self.speed_slider.sliderPosition()]
        self._show_speed(speed)
        self.speed_requested.emit(speed)
