"""Qt's inputs with the manners a side panel needs: the wheel scrolls the panel, typing ends clearly."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPaintEvent, QPalette, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QSlider, QSpinBox, QToolButton, QWidget

from gdexplorer.app.guard import guarded
from gdexplorer.panels.header import paint_shortened
from gdexplorer.panels.icons import icon

PADDING = 16  # px, frame and margins of a line edit


class Slider(QSlider):
    """A horizontal slider that leaves the wheel to the panel until it has the focus."""

    def __init__(self, last: int, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, last)
        self.setSingleStep(max(1, last // 60))
        self.setPageStep(max(1, last // 10))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn only with the focus."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class Combo(QComboBox):
    """A combo box with the same manners, narrow enough for a side panel."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        """Shorten the text where there is too little room."""
        paint_shortened(self)

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn only with the focus."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class Spin(QSpinBox):
    """A spin box with the same manners; a typed number counts once it is complete."""

    def __init__(self, low: int, high: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setRange(low, high)
        self.setKeyboardTracking(False)
        self.lineEdit().setTextMargins(4, 0, 0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @guarded(default=QSize(64, 24))
    def sizeHint(self) -> QSize:
        """Room for the largest number and the arrows; styles ask for much more."""
        width = self.fontMetrics().horizontalAdvance(self.textFromValue(self.maximum()) + self.suffix())
        return QSize(width + 2 * PADDING, super().sizeHint().height())

    @guarded(default=QSize(64, 24))
    def minimumSizeHint(self) -> QSize:
        """As wide as the number needs."""
        return self.sizeHint()

    @property
    def unsent(self) -> bool:
        """Whether the user is typing."""
        return self.hasFocus() and self.text() != self.textFromValue(self.value())

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn only with the focus."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class Field(QLineEdit):
    """A line edit that says how the user ended typing."""

    submitted = Signal()  # Enter
    left = Signal()  # the focus went elsewhere with unsent text
    canceled = Signal()  # Esc

    def __init__(self, characters: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._characters = characters

    @property
    def unsent(self) -> bool:
        """Whether the user is typing."""
        return self.hasFocus() and self.isModified()

    def place_of(self, column: int) -> float:
        """Return where a character stands, in px from the left."""
        text, metrics = self.text(), self.fontMetrics()
        ahead = metrics.horizontalAdvance(text[:column]) - metrics.horizontalAdvance(text[: self.cursorPosition()])
        return float(self.cursorRect().center().x() + ahead + metrics.horizontalAdvance(text[column : column + 1]) / 2)

    @guarded(default=QSize(80, 24))
    def sizeHint(self) -> QSize:
        """Room for the given number of digits in the present font."""
        hint = super().sizeHint()
        return QSize(self.fontMetrics().horizontalAdvance("0" * self._characters) + PADDING, hint.height())

    @guarded(default=QSize(80, 24))
    def minimumSizeHint(self) -> QSize:
        """As wide as the digits need."""
        return self.sizeHint()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter sends, Esc restores; without unsent text Esc belongs to the window."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submitted.emit()
        elif event.key() == Qt.Key.Key_Escape and self.isModified():
            self.canceled.emit()
        else:
            super().keyPressEvent(event)

    @guarded
    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A context menu does not end typing; everything else does."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason and self.isModified():
            self.left.emit()


class IconButton(QToolButton):
    """A button whose icon takes the theme's text color and size; with a text, it stands beside the icon."""

    def __init__(self, name: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._name = name
        self.setText(text)
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if text:
            self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._render()

    def set_icon(self, name: str) -> None:
        """Show another icon."""
        self._name = name
        self._render()

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._render()

    def _render(self) -> None:
        size = self.fontMetrics().height()
        self.setIcon(icon(self._name, self.palette().color(QPalette.ColorRole.ButtonText).name(), size))
        self.setIconSize(QSize(size, size))
