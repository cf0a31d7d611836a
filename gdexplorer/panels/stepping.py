"""A picture through the examples of which the left and right arrow keys step."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent

from gdexplorer.panels.canvas import Canvas
from gdexplorer.panels.guard import guarded

STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class Stepping(Canvas):
    """It keeps the window's shortcuts from taking the arrows while it has the focus."""

    stepped = Signal(int)  # −1 or 1

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @guarded(default=False)
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _step(event):
            event.accept()
            return True
        return bool(super().event(event))

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if step := _step(event):
            self.stepped.emit(step)
        else:
            event.ignore()


def _step(event: QKeyEvent) -> int:
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return 0 if held else STEPS.get(Qt.Key(event.key()), 0)
