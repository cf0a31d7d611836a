"""Labels and tooltips that show text as it is: Qt would otherwise read markup, and local images, out of it."""

from html import escape
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

Role = Literal["body", "small", "title", "muted", "alarm"]


def label(text: str, role: Role = "body") -> QLabel:
    """Return a plain-text label; the theme's style sheet gives each role its size and color."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    made.setProperty("role", role)
    return made


def tooltip(text: str) -> str:
    """Return ``text`` escaped for a tooltip, its line breaks kept, long lines wrapped."""
    return "<qt>" + escape(text).replace("\n", "<br>") + "</qt>" if text else ""


def set_tooltip(widget: QWidget, text: str) -> None:
    """Give ``widget`` a tooltip that shows ``text`` literally."""
    widget.setToolTip(tooltip(text))
