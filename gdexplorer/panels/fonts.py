"""The font of ticks and notes, and its measures."""

from functools import cache, lru_cache

from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF

from gdexplorer.panels.palette import Palette


@cache
def small_font(palette: Palette) -> QFont:
    """Return the font of ticks and notes; not to be changed."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPointSizeF(palette.small)
    return font


@cache
def small_metrics(palette: Palette) -> QFontMetricsF:
    """Return the measures of that font."""
    return QFontMetricsF(small_font(palette))


@lru_cache(maxsize=1024)
def text_width(text: str, palette: Palette) -> float:
    """Return the width in pixels of ticks and notes."""
    return small_metrics(palette).horizontalAdvance(text)
