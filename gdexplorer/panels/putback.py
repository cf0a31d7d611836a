"""Points of the plane and where an autoencoder puts them back, joined by lines."""

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QWidget

from gdexplorer.arrays import Array
from gdexplorer.panels.classes import Symbols
from gdexplorer.panels.marks import Cloud, Dots, Mark, circle
from gdexplorer.panels.palette import DOTTED, Palette, mix
from gdexplorer.panels.pointing import PointedPlot
from gdexplorer.panels.ticks import number
from gdexplorer.probes.latent import CodesReport


class PutBack(PointedPlot):
    """Inputs wear the colors of their classes, what is given back of them is a small circle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Points and where they are put back", parent)
        self._stems = self.curve("faint", DOTTED)
        self._symbols, self._ends = self.add(Symbols()), self.add(Dots(6))
        self._decoded = self.add(Mark(circle(6), 40))
        self.reserve_left(4.5)
        self.reading = lambda x, y: f"({number(x)}, {number(y)})"

    def show_points(self, report: CodesReport, decoded: Array | None, palette: Palette) -> None:
        """Draw examples, what is given back of them (n, 2), and the decoded point (2,)."""
        data, x, back = report.data, report.examples.x, report.outputs
        (x0, x1), (y0, y1) = data.domain
        self.set_view(x0, x1, y0, y1)
        self.set_labels(*data.inputs)
        rect = QRectF(x0, y0, x1 - x0, y1 - y0)
        self._symbols.show_points(x[:, 0], x[:, 1], report.examples.y, data, palette, rect)
        joined = np.stack([x, back, np.full_like(x, np.nan)], axis=1).reshape(-1, 2)  # NaN lifts the pen
        self._stems.setData(joined[:, 0], joined[:, 1])
        rim = mix(palette.panel, palette.text, 0.7)
        self._ends.show_clouds([Cloud(back[:, 0], back[:, 1], rim, rim, 0.45 * palette.body, palette.panel, 1.0)], rect)
        self._decoded.setVisible(decoded is not None and bool(np.isfinite(decoded).all()))
        if decoded is not None and self._decoded.isVisible():
            self._decoded.setPos(*decoded.tolist())
        self._decoded.dress(palette.path_core, palette.path_casing, palette.accent, scale=palette.body / 10)
