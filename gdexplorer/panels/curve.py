"""Items of plots that cost little to paint again: they claim all of the view, and are not measured."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF

FEW = 64  # points


class Curve(pg.PlotCurveItem):
    """A curve that claims all of the view: pyqtgraph measures the data anew several times in every painting.

    A few points that it shows already cost nothing.
    """

    _shown: tuple[bytes, ...] | None = None

    def setData(self, *data: Any, **options: Any) -> None:
        """Show x and y, float64 arrays."""
        few = len(data) == 2 and not options and len(data[0]) <= FEW
        shown = tuple(np.asarray(part).tobytes() for part in data) if few else None
        if shown is None or shown != self._shown:
            super().setData(*data, **options)
        self._shown = shown

    def boundingRect(self) -> QRectF:
        return _view_of(self)


class Bars(pg.BarGraphItem):
    """Bars that claim all of the view, for the same reason: `setOpts(x0=, x1=, y0=, y1=)`."""

    def __init__(self) -> None:
        super().__init__(**{side: np.zeros(0) for side in ("x0", "x1", "y0", "y1")}, pen=pg.mkPen(None))

    def boundingRect(self) -> QRectF:
        return _view_of(self)


def _view_of(item: pg.GraphicsObject) -> QRectF:
    box = item.getViewBox()
    return QRectF() if box is None else QRectF(box.viewRect())
