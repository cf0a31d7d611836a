"""Lines of text and formulas, each in the color of its role, that scroll where there is no room."""

from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea

from gdexplorer.panels.facts import Fact
from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.palette import LIGHT, Palette

LARGE = 14.0  # pt of body text from which on that is large enough for numbers


class Derivation(QScrollArea):
    """Read-only; its text can be selected and copied."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._palette: Palette = LIGHT
        self._lines: tuple[Fact, ...] = ()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._label = QLabel()
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setWordWrap(True)
        self._label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setWidget(self._label)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)

    def show_lines(self, lines: list[Fact]) -> None:
        """Show these."""
        if tuple(lines) != self._lines:
            self._lines = tuple(lines)
            self.setAccessibleDescription("; ".join(self.texts()))
            self._write()

    def texts(self) -> list[str]:
        """Return the lines as plain text."""
        return [text for text, _ in self._lines]

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        font = QFont(small_font(palette))
        font.setPointSizeF(palette.body * (1.0 if palette.body > LARGE else 1.2))
        self._label.setFont(font)
        self._write()

    def _write(self) -> None:
        palette = self._palette
        written = []
        for text, role in self._lines:
            color = palette.text if role == "title" else getattr(palette, role)
            weight = "600" if role in ("title", "accent") else "400"
            indent = "margin-left: 1em;" if text.startswith("=") else ""
            written.append(f'<p style="margin-top: 3px; margin-bottom: 3px; {indent} color: {color}; '
                           f'font-weight: {weight}">{escape(text)}</p>')  # fmt: skip
        self._label.setText("".join(written))
