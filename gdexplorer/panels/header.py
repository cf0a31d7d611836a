"""The row of flat controls above a panel's picture."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QWidget,
)

from gdexplorer.panels.icons import icon
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.text import set_tooltip


class Choice(QComboBox):
    """A combo box that gives way when there is little room, and turns by the wheel with the focus only."""

    def __init__(self, name: str, labels: Sequence[str], tip: str) -> None:
        super().__init__()
        self.addItems(list(labels))
        self.setAccessibleName(name)
        set_tooltip(self, tip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return QSize(8 * self.fontMetrics().averageCharWidth(), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Shorten the text with an ellipsis; Qt would cut it."""
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self).width() + 2
        text = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room)
        option.currentText = text
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class Header(QWidget):
    """Controls from left to right; where they do not fit, switches show their short name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 4, 8, 0)
        self._row.setSpacing(4)
        self._row.addStretch(1)
        self._icons: list[tuple[QToolButton, str]] = []
        self._switches: list[tuple[QToolButton, str, str]] = []
        self._controls: list[QWidget] = []
        self._absent: set[QWidget] = set()
        self._palette = LIGHT

    def add(self, widget: QWidget) -> None:
        """Put a control at the end of the row."""
        self._row.insertWidget(self._row.count() - 1, widget)
        self._controls.append(widget)

    def add_choice(self, name: str, labels: Sequence[str], tip: str) -> Choice:
        """Add a combo box."""
        made = Choice(name, labels, tip)
        self.add(made)
        return made

    def add_button(self, name: str, icon_name: str, tip: str) -> QToolButton:
        """Add a button with an icon."""
        made = self._button(name, tip)
        self._icons.append((made, icon_name))
        return made

    def add_switch(self, text: str, short: str, name: str, tip: str, on: bool) -> QToolButton:
        """Add a button that stays down."""
        made = self._button(name, tip)
        made.setText(text)
        made.setCheckable(True)
        made.setChecked(on)
        self._switches.append((made, text, short))
        return made

    def _button(self, name: str, tip: str) -> QToolButton:
        made = QToolButton()
        made.setAutoRaise(True)
        made.setAccessibleName(name)
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        set_tooltip(made, tip)
        self.add(made)
        return made

    def set_button(self, button: QToolButton, icon_name: str, tip: str) -> None:
        """Give a button another icon and tooltip."""
        self._icons = [(other, icon_name if other is button else name) for other, name in self._icons]
        set_tooltip(button, tip)
        self._draw_icons()

    def set_present(self, control: QWidget, present: bool) -> None:
        """Take a control out of the row, or put it back."""
        if present == (control in self._absent):
            (self._absent.discard if present else self._absent.add)(control)
            control.setVisible(present)
            self._choose_texts()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self._draw_icons()
        self._choose_texts()

    def _draw_icons(self) -> None:
        size = self._palette.icon_size
        for button, name in self._icons:
            button.setIcon(icon(name, self._palette.text, size))
            button.setIconSize(QSize(size, size))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose_texts()

    def _choose_texts(self) -> None:
        for button, text, _ in self._switches:
            button.setText(text)
        if self._wanted() > self.width():
            for button, _, short in self._switches:
                button.setText(short)

    def _wanted(self) -> int:
        """Return the least width that the controls ask for, without waiting for the layout to find out."""
        widths = [control.minimumSizeHint().width() for control in self._controls if control not in self._absent]
        margins = self._row.contentsMargins()
        return sum(widths) + self._row.spacing() * len(widths) + margins.left() + margins.right()

    def minimumSizeHint(self) -> QSize:
        """Leave the width to the panel: short names are chosen when it is small."""
        return QSize(0, super().minimumSizeHint().height())
