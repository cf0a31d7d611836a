"""How tables of runs look: flat rows, quiet headings, and a piece of each run's line beside its name."""

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget

from gdexplorer.panels.fonts import small_font
from gdexplorer.panels.palette import Lane, Palette, mix


def flatten(table: QTableWidget) -> None:
    """Take frames, grid and row numbers away; whole rows are selected, one at a time."""
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    header.setHighlightSections(False)
    header.setMinimumSectionSize(10)
    table.setShowGrid(False)
    table.setFrameShape(table.Shape.NoFrame)
    table.setTabKeyNavigation(False)  # Tab goes on to the next control, arrows move in the table
    table.setWordWrap(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


def dress(table: QTableWidget, palette: Palette) -> None:
    """Put a theme on a table."""
    font = small_font(palette)
    table.setFont(font)
    table.horizontalHeader().setFont(font)
    line = QFontMetricsF(font).height()
    table.verticalHeader().setDefaultSectionSize(round(1.55 * line))
    table.horizontalHeader().setFixedHeight(round(1.55 * line))
    table.setIconSize(QSize(round(2.2 * line), round(line)))
    chosen = mix(palette.panel, palette.accent, 0.14)
    table.setStyleSheet(
        f"QTableWidget {{ background: {palette.panel}; color: {palette.text}; border: none; outline: none; "
        f"selection-background-color: {chosen}; selection-color: {palette.text}; }}"
        f"QTableWidget::item {{ padding: 0 4px; }}"
        f"QTableWidget::item:focus {{ border: 1px solid {palette.accent}; }}"
        f"QHeaderView {{ background: {palette.panel}; border: none; }}"
        f"QHeaderView::section {{ background: {palette.panel}; color: {palette.muted}; border: none; "
        f"border-bottom: 1px solid {palette.grid}; padding: 0 7px; }}"  # items have 3 px more than they are told
        f"QLineEdit {{ padding: 0 2px; min-height: 0; border-radius: 0; }}"
    )


def swatch(table: QTableWidget, look: Lane, width: float) -> QIcon:
    """Draw a piece of a line."""
    size, ratio = table.iconSize(), table.devicePixelRatioF()
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(QColor(look.color), width, c=Qt.PenCapStyle.FlatCap)
    if look.dash:
        pen.setDashPattern([part * 2 / width for part in look.dash])
    painter.setPen(pen)
    painter.drawLine(QPointF(1, size.height() / 2), QPointF(size.width() - 3, size.height() / 2))
    painter.end()
    icon = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        icon.addPixmap(pixmap, mode)
    return icon
