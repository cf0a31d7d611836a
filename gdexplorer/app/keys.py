"""Single keys: they act only when no control wants them."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QWindow
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QWidget,
)

from gdexplorer.app.guard import guarded
from gdexplorer.app.timeline import Timeline

_WANTS_KEYS = (QLineEdit, QAbstractSpinBox, QAbstractSlider, QComboBox)


class Keys(QObject):
    """The plain keys of a window's actions; `press` is called when a button of the mouse is pressed."""

    def __init__(self, window: QWidget, press: Callable[[], None]) -> None:
        super().__init__(window)
        self._window, self._press = window, press
        self._actions: dict[tuple[int, bool], QAction] = {}  # by key, with Shift or without
        self._tabbed = False  # whether the focus went where it is by the keyboard

    def assign(self, action: QAction, key: Qt.Key, shift: bool) -> None:
        """Let a key trigger an action, and show it in the action's text."""
        self._actions[key.value, shift] = action
        sequence = QKeySequence((Qt.Modifier.SHIFT | key) if shift else key)
        action.setText(f"{action.text()}\t{sequence.toString(QKeySequence.SequenceFormat.NativeText)}")

    def watch(self, handle: QWindow | None) -> None:
        """Take the plain keys that come to a window of the screen, before the widget that has the focus sees them.

        Not those of the whole application: a filter there is called for every event of every object.
        """
        if handle is not None:
            handle.installEventFilter(self)

    @guarded(default=False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let plain keys act, unless the control that has the focus wants them."""
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress:
            self._tabbed = False
            self._press()
        if kind != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self._tabbed = True
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        shift = held == Qt.KeyboardModifier.ShiftModifier
        plain = held == Qt.KeyboardModifier.NoModifier or shift
        action = self._actions.get((event.key(), shift)) or self._actions.get((event.key(), False))
        focus = QApplication.focusWidget()
        if not plain or action is None or QApplication.activePopupWidget() or QApplication.activeModalWidget():
            return False
        if self._wanted(focus, event) or (focus is not None and not self._window.isAncestorOf(focus)):
            return False
        if not self._window.isActiveWindow():
            return False
        action.trigger()
        return True

    def _wanted(self, focus: QWidget | None, event: QKeyEvent) -> bool:
        """Whether a control wants a key; of buttons, Space, those that were reached by the keyboard, not clicked."""
        if focus is None or (isinstance(focus, _WANTS_KEYS) and not isinstance(focus, Timeline)):
            return focus is not None
        if isinstance(focus, QAbstractButton):
            return self._tabbed and event.key() == Qt.Key.Key_Space
        # what Qt asks before a shortcut: pictures that can be zoomed and turned take arrows, +, − and Home
        asked = QKeyEvent(QEvent.Type.ShortcutOverride, event.key(), event.modifiers(), event.text())
        asked.ignore()
        QApplication.sendEvent(focus, asked)
        return asked.isAccepted()
