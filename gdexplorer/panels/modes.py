"""What a generator makes over the real samples: the modes it covers, and where the discriminator sends its samples."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gdexplorer.arrays import Array
from gdexplorer.data.modes import LEAST, NEAR
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.sheet import Sheet
from gdexplorer.panels import sheets
from gdexplorer.panels.curve import Curve
from gdexplorer.panels.facts import Fact
from gdexplorer.panels.grid import bilinear
from gdexplorer.panels.header import Header
from gdexplorer.panels.heatmap import MOVING_SIDE, SIDE, HeatMap, diverging, refined
from gdexplorer.panels.icons import icon
from gdexplorer.panels.marks import Cloud, Dots
from gdexplorer.panels.palette import Palette, mix
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.samples import LARGEST
from gdexplorer.panels.stage import Stage
from gdexplorer.panels.ticks import number
from gdexplorer.probes.modes import PUSHED, Modes, ModesReport

NOTHING = "There is no generator here: choose the problem GAN to see what one makes."
WAITING = "Generating samples…"
REQUEST = Modes()
LONGEST = 0.18  # of the picture's half side: the longest arrow
CIRCLE = np.linspace(0, 2 * np.pi, 49)
STRENGTH = 0.32  # share of color where the discriminator is sure


class ModesPanel(Panel):
    """Generated samples, real ones, circles around the modes, and the discriminator beneath."""

    title = "Samples and modes"
    requires = frozenset({"samples"})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: ModesReport | None = None
        self._paused = True
        self.header = Header()
        add = self.header.add_switch
        self.real = add("real", "real", "Real samples", "Show samples of what the generator is to learn.", True)
        self.real.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.judged = add("D(x)", "D", "Discriminator", "Color the plane by D(x), how real the discriminator holds a "
                          "sample there.", True)  # fmt: skip
        self.push = add("→ push", "→", "Push on samples", "Draw where the discriminator sends generated samples: "
                        "−∂L/∂x of the generator’s loss.", False)  # fmt: skip
        self.stage = Stage("Samples and modes", self._read, WAITING)
        plot = self.plot = self.stage.plot
        self._heat = plot.add(HeatMap())
        self._open, self._covered = (plot.add(Curve(connect="finite", antialias=True)) for _ in range(2))
        self._dots = plot.add(Dots(5))
        self._arrows = plot.add(Curve(connect="finite", antialias=True))
        self._arrows.setZValue(7)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.header)
        column.addWidget(self.stage, 1)
        for switch in (self.real, self.judged, self.push):
            switch.toggled.connect(self._draw)
        self.show_palette(self.palette_now, True)

    def needs(self) -> frozenset[Probe]:
        return frozenset({REQUEST})

    def show_frame(self, frame: Frame) -> None:
        if not self.requires <= frame.lane.state.can:
            self._report = None
            self.header.hide()
            self.stage.say(NOTHING)
            return
        report = frame.lane.views.get(REQUEST)
        if report is not None and report is not self._report:
            self._report = report
            self.header.show()
            self._draw()

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        self._paused = paused
        self.header.show_palette(palette)
        self.real.setIcon(icon("disc", palette.data[1], palette.icon_size))
        self.stage.show_palette(palette, paused)
        self._draw()

    def sheets(self) -> tuple[Sheet, ...]:
        return () if self._report is None else sheets.modes(self._report)

    def summary(self) -> str:
        if self._report is None:
            return self.stage.sentence.text()
        return f"{self.title}: {'; '.join(text for text, _ in self._facts(self._report))}."

    def _draw(self, _: object = None) -> None:
        report, palette = self._report, self.palette_now
        if report is None:
            return
        x, y = report.axes
        judged = self.judged.isChecked()
        self._heat.setVisible(judged)
        fake, real = palette.data
        if judged:
            colors = diverging(fake, palette.panel, real, STRENGTH)
            fine = refined(x, y, report.believed, SIDE if self._paused else MOVING_SIDE)
            self._heat.show_values(fine, colors, (0, 1))
            self.stage.bar.show_scale(colors, (0, 1), [(0, "0, made"), (0.5, "½"), (1, "1, real")], "D(x)")
        self._show_circles(report, palette)
        rect = QRectF(x[0], y[0], x[-1] - x[0], y[-1] - y[0])
        self._dots.show_clouds(self._clouds(report, palette), rect)
        self._arrows.setVisible(self.push.isChecked())
        if self.push.isChecked():
            self._arrows.setData(*shafts(report.made[:PUSHED], report.push, LONGEST * float(x[-1])))
            self._arrows.setPen(pg.mkPen(palette.text, width=palette.line_width(self._paused)))
        self.plot.set_view(x[0], x[-1], y[0], y[-1])
        self.stage.show_picture(1.0, ("x", "y"), judged)
        self.stage.show_facts(self._facts(report))
        self.stage.reader.refresh()

    def _show_circles(self, report: ModesReport, palette: Palette) -> None:
        """Draw covered modes solid and the others dashed."""
        full = report.shares >= LEAST
        dashed = pg.mkPen(mix(palette.panel, palette.text, 0.7), width=1)
        dashed.setDashPattern([4, 4])
        for item, chosen, pen in ((self._covered, full, pg.mkPen(palette.text, width=palette.line_width(self._paused))),
                                  (self._open, ~full, dashed)):  # fmt: skip
            item.setData(*circles(report.centers[chosen]))
            item.setPen(pen)

    def _clouds(self, report: ModesReport, palette: Palette) -> list[Cloud]:
        fake, real = palette.data
        size = 0.58 * min(palette.body, LARGEST)
        looks = [(report.real, real, 0.8 * size)] * self.real.isChecked() + [(report.made, fake, size)]
        return [Cloud(points[:, 0], points[:, 1], color, palette.panel, wide) for points, color, wide in looks]

    def _facts(self, report: ModesReport) -> list[Fact]:
        modes, lost = len(report.centers), report.outside
        facts = [
            (f"{report.covered} of {modes} modes covered", "text"),
            ("loss is no measure of quality", "text"),
            (f"at update {report.step:,}", "muted"),
            (f"{100 * report.near:.3g} % of {len(report.made)} generated samples near a mode", "muted"),
            (f"covered: {100 * LEAST:g} % of them within {NEAR:g} of its center", "muted"),
        ]
        facts += [(f"{lost} samples outside the picture", "warning")] if lost else []
        if self.push.isChecked():
            facts.append(("arrows: −∂L/∂x of the generator’s loss, relative lengths", "muted"))
        return facts

    def _read(self, x: float, y: float) -> str:
        report = self._report
        if report is None:
            return ""
        believed = float(bilinear(*report.axes, report.believed, np.array([x]), np.array([y]))[0])
        away = np.hypot(*(report.centers - [x, y]).T)
        nearest = int(away.argmin())
        mode = f"mode {nearest + 1}: {100 * report.shares[nearest]:.3g} % of samples, " if away[nearest] <= NEAR else ""
        return f"{mode}({number(x)}, {number(y)})  D {number(believed, 2)}"


def circles(centers: Array) -> tuple[Array, Array]:
    """Return circles of radius `NEAR` around centers (K, 2), joined by NaN."""
    points = centers[:, :, None] + NEAR * np.stack([np.cos(CIRCLE), np.sin(CIRCLE)])
    joined = np.concatenate([points, np.full((len(centers), 2, 1), np.nan)], axis=2).transpose(1, 0, 2).reshape(2, -1)
    return np.ascontiguousarray(joined[0]), np.ascontiguousarray(joined[1])


def shafts(starts: Array, ways: Array, longest: float) -> tuple[Array, Array]:
    """Return arrows from starts (n, 2) along ways (n, 2), scaled alike so that the longest is that, joined by NaN."""
    most = float(np.hypot(*ways.T).max(initial=0.0))
    if not 0 < most < np.inf:
        return np.zeros(0), np.zeros(0)
    ends = starts + (along := ways * (longest / most))
    back, aside = 0.25 * along, 0.15 * np.column_stack([-along[:, 1], along[:, 0]])
    gap = np.full_like(starts, np.nan)
    points = np.stack([starts, ends, ends - back + aside, ends, ends - back - aside, gap], axis=1).reshape(-1, 2)
    return np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
