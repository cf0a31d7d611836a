"""One unit from near: its map, what is known of it, its incoming weights, and the field for one of them."""

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gdexplorer.arrays import Array
from gdexplorer.panels.canvas import Canvas
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.networds import Unit, colors_of, described, scale_of, values_of
from gdexplorer.panels.palette import LIGHT, Palette
from gdexplorer.panels.text import label, set_tooltip
from gdexplorer.panels.tints import image_of
from gdexplorer.panels.weightfield import NAME, TIP, NumberField
from gdexplorer.panels.weighttable import LISTED, WeightTable, chosen_of, incoming
from gdexplorer.probes.oneweight import Weight
from gdexplorer.probes.units import UnitsReport


class _Map(Canvas):
    """A square picture."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self._palette = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 40)

    def show_values(self, values: Array, most: float, palette: Palette) -> None:
        self._palette = palette
        self._image = image_of(values, most, colors_of(palette), palette.danger)
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        side = min(self.width(), self.height()) - 1
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._image.width() > 1)
        rect = QRectF((self.width() - side) / 2, 0, side, side)
        painter.drawImage(rect, self._image)
        painter.setPen(QColor(self._palette.muted))
        painter.drawRect(rect)
        painter.end()


class UnitView(QWidget):
    """Shows the unit that is chosen in the diagram."""

    weight_chosen = Signal(object)  # a Weight
    edited = Signal(object, float)  # Weight, value
    refused = Signal(str)
    opened = Signal(object)  # a Weight, to be seen as a curve

    def __init__(self) -> None:
        super().__init__()
        self._weight: Weight | None = None
        self.map, self.words, self.table = _Map(), label("", "small"), WeightTable()
        self.words.setWordWrap(True)
        self.name = label("")
        self.field = NumberField(NAME, TIP)
        self.curve = QToolButton()
        self.curve.setText("L(w)")
        self.curve.setAccessibleName("Show the loss over this weight")
        set_tooltip(self.curve, "Show the loss as a function of this weight alone.")
        self.editing = QWidget()
        row = QHBoxLayout(self.editing)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.name)
        row.addWidget(self.field, 1)
        row.addWidget(self.curve)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 8, 0)
        column.setSpacing(4)
        column.addWidget(self.words)
        column.addWidget(self.map, 3)
        column.addWidget(self.table, 4)
        column.addWidget(self.editing)
        self.table.chosen.connect(self.weight_chosen)
        self.field.entered.connect(self._on_entered)
        self.field.refused.connect(self.refused)
        self.curve.clicked.connect(self._on_curve_clicked)

    def show_unit(self, report: UnitsReport, unit: Unit, weight: Weight | None, palette: Palette) -> None:
        """Show a unit, and one of its weights in the field."""
        column, rows = report.columns[unit[0]], incoming(report, *unit)
        words = described(report, unit)
        if column.drawn and unit[0] and report.columns[unit[0] - 1].units > LISTED:
            words += f"\n{LISTED} of {report.columns[unit[0] - 1].units:,} weights, the largest"
        self.words.setText(words)
        values = None
        if column.drawn:
            values = values_of(column)[unit[1] : unit[1] + 1].reshape(1, 1)
            if report.fine is not None and report.request.unit == (column.id, unit[1]):
                values = report.fine[::-1]
            elif unit[1] < len(column.maps):
                values = column.maps[unit[1]][::-1]
            self.map.show_values(values, scale_of(column), palette)
        self._has_map = values is not None and values.size > 1
        self.table.show_rows(rows, weight)
        chosen = chosen_of(rows, weight)
        self._weight = None if chosen is None else chosen.weight
        self.table.setVisible(bool(rows))
        self.editing.setVisible(chosen is not None)
        if chosen is not None:
            self.name.setText(f"{report.layout.name(chosen.weight.index(report.layout) or 0)} =")
            self.field.show_value(chosen.value)
        self._fit()

    def show_palette(self, palette: Palette) -> None:
        """Take on a theme."""
        self.table.show_palette(palette)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Leave the map out where the list needs the room."""
        line = self.fontMetrics().height()
        self.map.setVisible(getattr(self, "_has_map", False) and self.height() > 15 * line)
        self.map.setMaximumHeight(min(self.width(), max(int(0.42 * self.height()), 40)))
        self.words.setVisible(self.height() > 7 * line)

    def _on_entered(self, value: float) -> None:
        if self._weight is not None:
            self.edited.emit(self._weight, value)

    def _on_curve_clicked(self) -> None:
        if self._weight is not None:
            self.opened.emit(self._weight)
