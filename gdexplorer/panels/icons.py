"""Icons of one family, drawn in a color of the theme from the SVG files in resources/icons."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from gdexplorer import resources

_RATIOS = (1.0, 1.25, 1.5, 2.0, 3.0)  # Qt picks the pixmap that fits the screen


@lru_cache(maxsize=512)
def icon(name: str, color: str, size: int = 20) -> QIcon:
    """Return icon ``name`` of ``size`` px in ``color`` (``#rrggbb``), dimmed where its control is disabled.

    Raises
    ------
    FileNotFoundError
        When resources/icons holds no such file.
    """
    svg = resources.path("icons", f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", color)
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    made = QIcon()
    for ratio in _RATIOS:
        made.addPixmap(_render(renderer, size, ratio, 1.0), QIcon.Mode.Normal)
        made.addPixmap(_render(renderer, size, ratio, 0.35), QIcon.Mode.Disabled)
    return made


def _render(renderer: QSvgRenderer, size: int, ratio: float, opacity: float) -> QPixmap:
    side = round(size * ratio)
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setOpacity(opacity)
    renderer.render(painter)
    painter.end()
    return pixmap
