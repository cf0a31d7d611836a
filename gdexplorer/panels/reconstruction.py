"""What an autoencoder gives back of its inputs, and the plane of codes through which one can drag."""

from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.sheet import Sheet
from gdexplorer.objectives.objective import Split
from gdexplorer.panels import sheets
from gdexplorer.panels.codes import Codes, axes_of
from gdexplorer.panels.facts import Fact, Facts
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.header import Header
from gdexplorer.panels.pages import Pages
from gdexplorer.panels.pairs import LARGEST, Pair, Pairs
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.putback import PutBack
from gdexplorer.panels.text import label
from gdexplorer.panels.ticks import number
from gdexplorer.probes.latent import NO_CODES, CodesReport, Decoded, Latent, LatentReport

WAITING = "Encoding and decoding examples…"
NO_LAYER = "There is no layer between input and output that could hold a code; add one of few units."
SPLITS: tuple[Split, ...] = ("test", "train")
NAMES = {"test": "test", "train": "training"}
MOST = 60  # pairs at a time
LOW = 2.2  # width over height from which on examples of any kind stand beside their codes
BROAD = 1.5  # width over height from which on points stand beside their codes


class ReconstructionPanel(Panel):
    """Inputs above what is given back; below, the codes, and what the layers behind them make of the handle's place."""

    title = "Reconstruction and codes"
    requires = frozenset({"reconstruct"})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: LatentReport | None = None
        self._drawn: CodesReport | None = None
        self._first = 0  # of the examples shown
        self._point: tuple[float, float] | None = None  # None: wherever the mean of the codes is
        self._build_header()
        self.pairs, self.back = Pairs("Inputs and what is given back"), PutBack()
        self.codes, self.decoded = Codes(), Pairs("Decoded")
        self.decoded.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.caption = Facts()
        self.place, self.without = label("", "small"), label(NO_LAYER, "muted")
        for words in (self.place, self.without):
            words.setWordWrap(True)
        self._build_pages()
        self.pairs.stepped.connect(self._step)
        self.codes.moved.connect(self._on_moved)
        self.show_palette(self.palette_now, True)

    def _build_header(self) -> None:
        self.header = Header()
        add = self.header.add_button
        self.previous = add("Previous examples", "chevron-left", "Previous examples (←, with the examples in focus).")
        self.next = add("Next examples", "chevron-right", "Next examples (→, with the examples in focus).")
        self.split = self.header.add_choice("Examples", ["test examples", "training examples"],
                                            "Which examples are encoded.")  # fmt: skip
        self.middle = add("Back to the mean", "restore", "Put the handle back to the mean of all codes.")
        self.previous.clicked.connect(lambda: self._step(-1))
        self.next.clicked.connect(lambda: self._step(1))
        self.split.activated.connect(self._on_split_activated)
        self.middle.clicked.connect(self._on_middle_clicked)

    def _build_pages(self) -> None:
        self._given = QWidget()
        self._kinds = QStackedLayout(self._given)
        self._kinds.addWidget(self.pairs)
        self._kinds.addWidget(self.back)
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(4)
        side.addWidget(self.place)
        side.addWidget(self.decoded, 1)
        self._latent = QWidget()
        below = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._latent)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(12)
        below.addWidget(self.codes, 5)
        below.addWidget(self._side, 2)
        below.addWidget(self.without)
        self._halves = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._halves.setSpacing(8)
        self._halves.addWidget(self._given, 2)
        self._halves.addWidget(self._latent, 3)
        self._pages = Pages(self, WAITING, self._halves, self.caption, self.header)
        self.waiting = self._pages.waiting

    def needs(self) -> frozenset[Probe]:
        return frozenset({Latent(SPLITS[self.split.currentIndex()], self._point)})

    # ---- what the user does ---------------------------------------------------------

    def _step(self, by: int) -> None:
        """Show the next or previous examples, as many as have room."""
        if self._drawn is not None:
            self._first = (self._first + by * self.pairs.room) % len(self._drawn.examples.x)
            self._draw_pairs(self._drawn)

    def _on_split_activated(self, _: int) -> None:
        self._first = 0
        self.needs_changed.emit()

    def _on_moved(self, place: QPointF) -> None:
        self._point = (place.x(), place.y())
        self.needs_changed.emit()

    def _on_middle_clicked(self) -> None:
        self._point = None
        if self._drawn is not None:
            self.codes.put(QPointF(*self._drawn.mean))
        self.needs_changed.emit()

    # ---- what is drawn --------------------------------------------------------------

    def show_frame(self, frame: Frame) -> None:
        # whatever its point: while the handle is dragged, every report is of a place where it was
        split = SPLITS[self.split.currentIndex()]
        found = [view for request, view in frame.lane.views.items()
                 if isinstance(request, Latent) and request.split == split]  # fmt: skip
        report: LatentReport | str | None = found[0] if found else None
        if isinstance(report, str) or (report is None and not self.requires <= frame.lane.state.can):
            self._say(NO_CODES)
        elif report is not None and report != self._report:
            self._show(report)

    def _say(self, sentence: str) -> None:
        self._report = self._drawn = None
        self._first, self._point = 0, None
        self._pages.say(sentence)
        self.header.hide()

    def _show(self, report: LatentReport) -> None:
        before, self._report = self._drawn, report
        codes = report.codes
        if before is not None and (before.layer, before.width) != (codes.layer, codes.width):
            self._point = None
        if before is None or before.data is not codes.data:
            self._first = 0
        self._pages.show_content()
        self.header.show()
        if codes is not before:
            self._drawn = codes
            self._draw_codes(codes)
        self._draw_decoded(codes, report.decoded)
        self.caption.show_facts(tuple(self._facts(codes)))

    def _draw_codes(self, codes: CodesReport) -> None:
        points = _in_plane(codes)
        self._kinds.setCurrentWidget(self.back if points else self.pairs)
        for control in (self.previous, self.next):
            self.header.set_present(control, not points)
        self.header.set_present(self.middle, codes.width > 0)
        self.codes.setVisible(codes.width > 0)
        self._side.setVisible(codes.width > 0)
        self.without.setVisible(codes.width == 0)
        self._fit()
        if not points:
            self.in_turn(partial(self._draw_pairs, codes))
        if codes.width:
            self.in_turn(partial(self._draw_plane, codes))

    def _draw_plane(self, codes: CodesReport) -> None:
        self.codes.show_codes(codes, self.palette_now)
        self.codes.put(QPointF(*(self._point or codes.mean)))

    def _draw_pairs(self, codes: CodesReport) -> None:
        count = len(codes.examples.x)
        chosen = (self._first + np.arange(min(MOST, count))) % count
        seen = codes.outputs.shape[1] == codes.examples.x.shape[1]
        self.pairs.show_pairs(codes.data, tuple(
            Pair(codes.examples.x[k], codes.outputs[k] if seen else codes.examples.x[k] * np.nan,
                 number(float(codes.errors[k]), 2, True)) for k in chosen))  # fmt: skip
        self._fit()

    def _draw_decoded(self, codes: CodesReport, decoded: Decoded | None) -> None:
        if _in_plane(codes):
            self.back.show_points(codes, None if decoded is None else decoded.output, self.palette_now)
        if decoded is None or not len(decoded.output):
            self.place.setText("")
            return
        numbers = ", ".join(number(float(value)) for value in decoded.code[:4])
        more = ", …" if codes.width > 4 else ""
        self.place.setText(f"decoded from ({numbers}{more})")
        if not _in_plane(codes):
            self.decoded.show_pairs(codes.data, (Pair(None, decoded.output, ""),))
        else:
            place = ", ".join(number(float(value)) for value in decoded.output)
            self.place.setText(f"{self.place.text()}: ({place})")

    def _facts(self, codes: CodesReport) -> list[Fact]:
        error = number(float(codes.errors.mean()))
        count = f"{len(codes.errors):,}" + (f" of {codes.total:,}" if len(codes.errors) < codes.total else "")
        facts: list[Fact] = [
            (f"at update {codes.step:,}", "text"),
            (f"mean squared error {error} over {count} {NAMES[codes.split]} examples", "text"),
        ]
        if _in_plane(codes):
            facts.append(("circles: where points are put back", "muted"))
        elif len(codes.data.shape) != 3:
            facts.append(("solid: input, dashed: given back", "muted"))
        if not codes.width:
            return facts
        if codes.explained is None:
            unit = "one unit, hence a line" if codes.width == 1 else "its two units are the axes"
            facts.append((f"codes: layer {codes.layer}, {unit}", "text"))
        else:
            facts.append((f"codes: layer {codes.layer}, {codes.width:,} units", "text"))
            facts.append((f"plane of two principal axes (PC) through the mean: {100 * codes.explained:.0f} % of the "
                          "variance", "text"))  # fmt: skip
        if codes.data.classes and codes.width > 1:
            facts.append(("names of classes at their median", "muted"))
        return [*facts, ("drag the handle, or arrow keys: what is decoded there", "muted")]

    def show_palette(self, palette: Palette, paused: bool) -> None:
        changed = palette is not self.palette_now
        super().show_palette(palette, paused)
        for part in (self.header, self.pairs, self.decoded, self.caption):
            part.show_palette(palette)
        for plot in (self.codes, self.back):
            plot.show_palette(palette, paused)
        if changed and self._report is not None:
            self._draw_codes(self._report.codes)
            self._draw_decoded(self._report.codes, self._report.decoded)
        self._fit()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Stand points beside their codes, images above them; leave axes out where there is little room."""
        ways, line = QBoxLayout.Direction, self.caption.line()
        points = self._drawn is not None and _in_plane(self._drawn)
        low = self.height() < 20 * line or self.width() >= LOW * self.height()
        beside = self.width() >= (1.0 if points else BROAD) * self.height() and (points or low)
        self._halves.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        strip = 0 if beside or points else self.pairs.fitting(min(0.3 * self.height(), 2 * LARGEST + 4 * line))
        self._given.setMinimumHeight(strip)
        self._given.setMaximumHeight(strip or 16_777_215)
        self.caption.setVisible(self.height() >= 14 * line)
        self.caption.setFixedHeight(line * (2 if self.height() >= 26 * line else 1))
        self._side.setMaximumWidth(14 * line)
        narrow = self.width() < (40 if beside else 24) * line
        self._side.setVisible(self._drawn is not None and self._drawn.width > 0 and not (points and narrow))
        for plot in (self.codes, self.back):
            plot.show_axes(self.height() >= 12 * line)

    def sheets(self) -> tuple[Sheet, ...]:
        return () if self._drawn is None else sheets.codes(self._drawn)

    def summary(self) -> str:
        if self._report is None:
            return f"{self.title}: {self.waiting.text()}"
        codes, decoded = self._report.codes, self._report.decoded
        words = "; ".join(words for words, role in self._facts(codes) if role == "text")
        if decoded is not None:
            axes = axes_of(codes)[: 1 if codes.width == 1 else 2]
            places = zip(axes, decoded.point, strict=False)
            words += "; decoded at " + ", ".join(f"{axis} {number(value)}" for axis, value in places)
        return f"{self.title} {words}."


def _in_plane(codes: CodesReport) -> bool:
    """Whether inputs and what is given back of them are points of the plane."""
    return len(codes.data.inputs) == 2 and not codes.data.shape and codes.outputs.shape[1] == 2
