"""Where the network looks: saliency, gradient × input and Grad-CAM of a picture, beside what they are to be held to."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QSlider, QVBoxLayout, QWidget

from gdexplorer.arrays import Array
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.objectives.objective import Split
from gdexplorer.panels.deletionplot import DeletionPlot
from gdexplorer.panels.facts import Facts
from gdexplorer.panels.fittingpanel import FittingPanel
from gdexplorer.panels.header import Header
from gdexplorer.panels.mapgrid import MapGrid
from gdexplorer.panels.pages import Pages
from gdexplorer.panels.saliency_words import cells, described, facts, labels, said
from gdexplorer.panels.sketchpad import Sketchpad
from gdexplorer.panels.text import label, set_tooltip
from gdexplorer.panels.thumbnails import pictures
from gdexplorer.probes.attribution import NO_PIXELS, Attribution, AttributionReport, Which

WAITING = "Looking through the network…"
SPLITS: tuple[Split, ...] = ("test", "train")
CLASSES = ("predicted", "true")
BROAD = 1.15  # width over height from which on the picture stands beside its maps
BROAD_MAPS = 2.2  # of the room for both, from which on the curve stands beside the maps
LEAST, SHARE = 8, 0.4  # of the deletion curve: lines of text, and of the room beside the picture
SMALL = 64  # px, the side of a map from which on there is room for the curve too
WIDE = 44  # lines of text that the panel is wide from which on there is room for the opacity
OPACITY = 85  # percent


class SaliencyPanel(FittingPanel):
    """A picture and the answer, its maps and their numbers, and the deletion curve; one may draw the picture."""

    title = "Saliency"
    requires = frozenset({"pixels"})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: AttributionReport | None = None
        self._index, self._seek, self._number = 0, False, 0  # the last: of the draw of weights
        self._of: Which = "predicted"
        self.sketch, self.maps, self.curve, self.caption = Sketchpad(), MapGrid(), DeletionPlot(), Facts()
        self._build_header()
        self.named = label("", "small")
        self.named.setWordWrap(True)
        self._build_pages()
        self.maps.stepped.connect(self._step)
        self.sketch.drawn.connect(lambda _: self.needs_changed.emit())
        self._on_opacity_changed(OPACITY)
        self.dressed = (self.header, self.sketch, self.maps, self.caption)
        self.plots_dressed = (self.curve,)
        self.show_palette(self.palette_now, True)

    def _build_header(self) -> None:
        self.header = Header()
        add = self.header.add_button
        self.back = add("Previous example", "chevron-left", "Previous example (←, with the maps in focus).")
        self.forth = add("Next example", "chevron-right", "Next example (→, with the maps in focus).")
        self.mistake = add("Next mistake", "next-mistake", "Next example whose class is not recognized.")
        self.split = self.header.add_choice("Examples", ["test", "training"],
                                            "Which examples there are to see.")  # fmt: skip
        self.of = self.header.add_choice("Class", list(CLASSES),
                                         "The class whose score s, before the softmax, is differentiated.")  # fmt: skip
        self.pencil = self.header.add_switch(
            "Draw", "Draw", "Draw on the picture", "Draw on the picture, or on an empty sheet: the right button "
            "erases; arrow keys move the pen, Space paints, Backspace erases.", icon_name="pencil")  # fmt: skip
        self.eraser = self.header.add_switch("Eraser", "Eraser", "Eraser", "Erase instead of painting.")
        self.clear = self.header.add_switch("Clear", "Clear", "Empty sheet", "Take an empty sheet.")
        self.clear.setCheckable(False)
        self.redrawn = self.header.add_switch(
            "New weights", "Redraw", "New weights",
            "The same maps of the network with all weights drawn anew, other ones each time; the run keeps its own. A "
            "map that stays alike does not depend on what was learned.")  # fmt: skip
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setValue(OPACITY)
        self.opacity.setPageStep(25)
        self.opacity.setAccessibleName("Opacity of the maps")
        set_tooltip(self.opacity, "Opacity of the maps over the picture; at 0 there is the picture alone.")
        self.header.add(self.opacity)
        self.back.clicked.connect(lambda: self._step(-1))
        self.forth.clicked.connect(lambda: self._step(1))
        self.mistake.clicked.connect(self._on_mistake_clicked)
        self.split.activated.connect(lambda _: self._look(0))
        self.of.activated.connect(self._on_class_activated)
        self.pencil.toggled.connect(self._on_pencil_toggled)
        self.eraser.toggled.connect(self._on_eraser_toggled)
        self.clear.clicked.connect(self.sketch.clear)
        self.redrawn.toggled.connect(self._on_redrawn_toggled)
        self.opacity.valueChanged.connect(self._on_opacity_changed)
        self._offer_pens()

    def _build_pages(self) -> None:
        self._side, self._right = QWidget(), QWidget()
        side = QVBoxLayout(self._side)
        self._halves = QBoxLayout(QBoxLayout.Direction.TopToBottom, self._right)
        for layout in (side, self._halves):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(4)
        side.addWidget(self.named)
        side.addWidget(self.sketch, 1)
        self._halves.addWidget(self.maps, 1)
        self._halves.addWidget(self.curve, 1)
        self._pair = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._pair.setSpacing(16)
        self._pair.addWidget(self._side, 2)
        self._pair.addWidget(self._right, 5)
        self._pages = Pages(self, WAITING, self._pair, self.caption, self.header)
        self.waiting = self._pages.waiting

    def needs(self) -> frozenset[Probe]:
        split, report = SPLITS[self.split.currentIndex()], self._report
        drawn: tuple[float, ...] = ()
        if self.sketch.drawing and report is not None:
            drawn = _raw(report, self.sketch.sheet)
        number = self._number if self.redrawn.isChecked() else 0
        return frozenset({Attribution(split, self._index, self._seek, self._of, drawn, number)})

    # ---- what the user does -------------------------------------------------------------

    def _step(self, by: int) -> None:
        if self._report is not None:
            self._look(self._index + by)

    def _on_mistake_clicked(self) -> None:
        if self._report is not None:
            self._look(self._report.index, seek=True)

    def _look(self, index: int, seek: bool = False) -> None:
        count = 1 if self._report is None else len(self._report.examples.x)
        self._index, self._seek = index % count, seek
        self.pencil.setChecked(False)
        self.needs_changed.emit()

    def _on_class_activated(self, index: int) -> None:
        known: tuple[Which, ...] = ("predicted", "true")
        self._of = known[index] if index < 2 else index - 2
        self.needs_changed.emit()

    def _on_pencil_toggled(self, on: bool) -> None:
        if on and self._report is not None:
            self.sketch.begin(_gray(self._report))
            self.sketch.setFocus()
        else:
            self.sketch.end()
        self._offer_pens()
        self.needs_changed.emit()

    def _offer_pens(self) -> None:
        for pen in (self.eraser, self.clear):
            self.header.set_present(pen, self.sketch.drawing)
        for control in (self.back, self.forth, self.mistake, self.split):
            self.header.set_present(control, not self.sketch.drawing)

    def _on_eraser_toggled(self, on: bool) -> None:
        self.sketch.erasing = on

    def _on_redrawn_toggled(self, on: bool) -> None:
        self._number += on
        self.needs_changed.emit()

    def _on_opacity_changed(self, percent: int) -> None:
        self.maps.set_opacity(percent / 100)

    # ---- what is drawn ------------------------------------------------------------------

    def show_frame(self, frame: Frame) -> None:
        # whichever picture: while somebody draws, every report is of a sheet as it was
        found = [view for request, view in frame.lane.views.items()
                 if isinstance(request, Attribution) and bool(request.drawn) == self.sketch.drawing]  # fmt: skip
        report: AttributionReport | str | None = found[0] if found else None
        if isinstance(report, str) or (report is None and not self.requires <= frame.lane.state.can):
            self._say(NO_PIXELS)
        elif report is not None and report is not self._report:
            self._show(report)

    def _say(self, sentence: str) -> None:
        self._report = None
        self._index, self._seek, self._of = 0, False, "predicted"
        self.pencil.setChecked(False)
        self._pages.say(sentence)
        self.header.hide()

    def _show(self, report: AttributionReport) -> None:
        before = self._report
        if before is not None and before.data is not report.data and before.data.shape != report.data.shape:
            self.pencil.setChecked(False)  # the sheet has another size
        if report.request in self.needs():
            self._index, self._seek = report.index, False
        self._report = report
        self._offer(report)
        if before is None:
            self._pages.show_content()
            self.header.show()
        self._draw()
        if before is None or len(before.maps) != len(report.maps) or len(before.redrawn) != len(report.redrawn):
            self._fit()

    def _offer(self, report: AttributionReport) -> None:
        """Offer the classes that there are."""
        names = [*CLASSES, *labels(report)]
        if names != [self.of.itemText(k) for k in range(self.of.count())]:
            self.of.clear()
            self.of.addItems(names)
        self.of.setCurrentIndex({"predicted": 0, "true": 1}.get(str(self._of), report.chosen + 2))

    def _draw(self) -> None:
        report = self._report
        if report is None:
            return
        image = _gray(report)
        self.sketch.show_answer(image, labels(report), report.shares, -1 if report.true is None else report.true)
        self.named.setText("\n".join(said(report)).replace(" %", "\u00a0%"))
        self.maps.show_cells(cells(report), image, report.mask, "ink" if report.box is None else "box")
        self.curve.draw(report)
        self.caption.show_facts(facts(report))

    def _fit(self) -> None:
        """Stand the picture beside its maps, or above; leave the deletion curve the room that maps do not need."""
        ways, line = QBoxLayout.Direction, self.caption.line()
        beside = self.width() >= BROAD * self.height()
        self._pair.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        self._side.setMaximumWidth(18 * line if beside else 16_777_215)
        wide = self.width() >= WIDE * line
        self.opacity.setFixedWidth(8 * line)
        self.header.set_texts(self.pencil, "Draw" if wide else "", "")
        self.header.set_present(self.opacity, wide)
        self.caption.setVisible(self.height() >= 14 * line)
        self.caption.setFixedHeight((2 if self.height() >= 24 * line else 1) * line)
        self.named.setVisible(self.height() >= 10 * line)
        for layout in (self.layout(), self._pair):
            if layout is not None:
                layout.activate()
        room, wide_maps = self._right.height(), self._right.width() >= BROAD_MAPS * self._right.height()
        self._halves.setDirection(ways.LeftToRight if wide_maps else ways.TopToBottom)
        if wide_maps:
            self._share_room(6, 5)
            self.curve.show()
            return
        wanted = max(LEAST * line, round(SHARE * room))
        found = self.maps.fitted(room - wanted - 4)
        fits = found.side >= SMALL and found.columns == self.maps.fitted(room).columns
        if fits and found.across:
            stacked = 1 if found.beside or self._report is None or not self._report.redrawn else 2
            wanted = max(wanted, room - 4 - round(self.maps.height_at(found.side, stacked)))
        self.curve.setVisible(fits)
        self._share_room(max(room - wanted, 1), wanted)

    def _share_room(self, maps: int, curve: int) -> None:
        self._halves.setStretch(0, maps)
        self._halves.setStretch(1, curve)

    def summary(self) -> str:
        if self._report is None:
            return f"{self.title}: {self.waiting.text()}"
        about = "; ".join(said(self._report))
        return f"{self.title} at update {self._report.step:,}. {about}. {described(self._report)}"


def _gray(report: AttributionReport) -> Array:
    image = pictures(report.data, report.x.reshape(1, -1))
    assert image is not None
    values: Array = image[0]
    return values


def _raw(report: AttributionReport, values: Array) -> tuple[float, ...]:
    """Return an image (height, width) from 0 to 1 as raw inputs (d,), the same in all channels."""
    low, high = (np.array(ends) for ends in zip(*report.data.domain, strict=True))
    spread = np.broadcast_to(values, report.data.shape).reshape(-1)
    return tuple((low + spread * (high - low)).tolist())
