"""A widget that paints itself, when the ticker lets it: Qt would paint all that changed at once."""

from typing import Any

from PySide6.QtWidgets import QWidget


class Canvas(QWidget):
    """While it is held, what changes is not painted; let go, it is painted at once if anything changed."""

    _waiting = _missed = False  # class attributes, as Qt asks for updates before __init__ is done

    def update(self, *area: Any) -> None:
        """Have it painted soon, or as soon as it is let go."""
        if self._waiting:
            self._missed = True
        else:
            super().update(*area)

    def hold(self) -> None:
        """Wait with painting until `let_go`."""
        self._waiting = True

    def let_go(self) -> None:
        """Paint what has changed meanwhile."""
        missed, self._waiting, self._missed = self._missed, False, False
        if missed:
            self.repaint()
