"""The row of flat controls above a panel's picture."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QWidget,
)

from gdexplorer.panels.guard import guarded
from gdexplorer.panels.icons import icon
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.text import set_tooltip

MORE = "⋯"
SHORT = Qt.ItemDataRole.UserRole + 1  # the name of a choice where there is little room
ROOM = 17  # px that a button with an icon takes beyond it
LEAST = 15  # letters that a choice keeps, with its arrow
COMFORT = 30  # letters that a choice keeps before switches are folded away


def shortened(box: QComboBox, index: int, option: QStyleOptionComboBox, style: QStyle) -> str:
    """Return the name of an item, its short name where there is too little room, with an ellipsis if need be."""
    part = QStyle.SubControl.SC_ComboBoxEditField
    room = style.subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, box).width() + 2
    whole = box.itemText(index) if index >= 0 else box.placeholderText()
    short = box.itemData(index, SHORT) or whole

    def fitting(text: str) -> str:
        return box.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)

    return whole if fitting(whole) == whole else fitting(short)


def paint_shortened(box: QComboBox) -> None:
    """Paint a combo box with its name shortened; Qt would cut it."""
    painter, option = QStylePainter(box), QStyleOptionComboBox()
    box.initStyleOption(option)
    # A style that is asked of the box stays as long as the application, one more with every theme.
    option.currentText = shortened(box, box.currentIndex(), option, painter.style())
    painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
    painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
    painter.end()


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
        least = min(LEAST * self.fontMetrics().averageCharWidth(), self.sizeHint().width())
        return QSize(least, super().minimumSizeHint().height())

    def comfortable(self) -> int:
        """Return the width at which it can be read well enough."""
        return min(self.sizeHint().width(), COMFORT * self.fontMetrics().averageCharWidth())

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        paint_shortened(self)

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class Header(QWidget):
    """Controls from left to right; where they do not fit, switches show their short name or fold into a menu."""

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
        self._folding: list[QToolButton] = []  # the first is folded last
        self._folded: list[QToolButton] = []
        self._palette = LIGHT
        self.more = QToolButton()
        self.more.setText(MORE)
        self.more.setAutoRaise(True)
        self.more.setAccessibleName("More")
        self.more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(QMenu(self.more))
        self.more.menu().aboutToShow.connect(self._fill_menu)
        self.more.hide()
        self._row.insertWidget(0, self.more)

    def add(self, widget: QWidget) -> None:
        """Put a control at the end of the row."""
        self._row.insertWidget(self._row.count() - 2, widget)
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

    def add_switch(
        self, text: str, short: str, name: str, tip: str, on: bool = False, folds: bool = False, icon_name: str = ""
    ) -> QToolButton:
        """Add a button that stays down; one that `folds` goes into a menu where there is no room for it."""
        made = self._button(name, tip)
        made.setText(text)
        made.setCheckable(True)
        made.setChecked(on)
        self._switches.append((made, text, short))
        if icon_name:
            made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self._icons.append((made, icon_name))
        if folds:
            self._folding.append(made)
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

    def set_texts(self, button: QToolButton, text: str, short: str) -> None:
        """Give a switch another name."""
        if (button, text, short) not in self._switches:
            self._switches = [(button, text, short) if made[0] is button else made for made in self._switches]
            self._choose_texts()

    def set_present(self, control: QWidget, present: bool) -> None:
        """Take a control out of the row, or put it back."""
        if present == (control in self._absent):
            (self._absent.discard if present else self._absent.add)(control)
            self._choose_texts()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        self.setMinimumHeight(palette.icon_size + ROOM)  # pictures side by side begin at the same height
        self._draw_icons()
        self._choose_texts()

    def _draw_icons(self) -> None:
        size = self._palette.icon_size
        for button, name in self._icons:
            button.setIcon(icon(name, self._palette.text, size))
            button.setIconSize(QSize(size, size))

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose_texts()

    def _choose_texts(self) -> None:
        self._folded = []
        for button, text, _ in self._switches:
            button.setText(text)
        if self._wanted() > self.width():
            for button, _, short in self._switches:
                button.setText(short)
        candidates = [button for button in self._folding if button not in self._absent]
        while candidates and self._wanted() > self.width():
            self._folded.insert(0, candidates.pop())
        for control in self._controls:
            control.setVisible(control not in self._absent and control not in self._folded)
        self.more.setVisible(bool(self._folded))

    def _fill_menu(self) -> None:
        menu = self.more.menu()
        menu.clear()
        for button in self._folded:
            action = menu.addAction(button.accessibleName(), button.click)
            action.setCheckable(button.isCheckable())
            action.setChecked(button.isChecked())
            action.setToolTip(button.toolTip())

    def _wanted(self) -> int:
        """Return the least width that the controls ask for, without waiting for the layout to find out."""
        shown = [c for c in self._controls if c not in self._absent and c not in self._folded]
        widths = [
            c.comfortable() if self._folding and isinstance(c, Choice) else c.minimumSizeHint().width() for c in shown
        ]
        if self._folded:
            widths.append(self.more.minimumSizeHint().width())
        margins = self._row.contentsMargins()
        return sum(widths) + self._row.spacing() * len(widths) + margins.left() + margins.right()

    def minimumSizeHint(self) -> QSize:
        """Leave the width to the panel: short names are chosen when it is small."""
        return QSize(0, super().minimumSizeHint().height())
