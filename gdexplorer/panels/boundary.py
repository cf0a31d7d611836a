"""What the network says over its input space, with the data it learns from and is tested on, and a pencil for more."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from gdexplorer.data import Table
from gdexplorer.data.source import SMALLEST
from gdexplorer.data.text_file import shown
from gdexplorer.lab.commands import Change
from gdexplorer.lab.frame import Frame, Lane, Probe
from gdexplorer.lab.sheet import Sheet
from gdexplorer.panels import sheets
from gdexplorer.panels.decision import Decision
from gdexplorer.panels.drawing import Drawing
from gdexplorer.panels.facts import Fact
from gdexplorer.panels.fitted import Fitted
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.header import Header
from gdexplorer.panels.icons import icon
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.samples import MOST, VALUES
from gdexplorer.panels.stage import Stage
from gdexplorer.panels.text import set_tooltip
from gdexplorer.probes.boundary import Boundary, BoundaryReport

NOTHING = "A function of x and y predicts nothing: there are no examples and no boundary."
WAITING = "Evaluating the network over its inputs…"
REQUEST = Boundary()
LONGEST = 10  # letters of a class's name
HOW = "click or drag: add; right click or Shift+click: remove the nearest"
KEYS = {Qt.Key.Key_1: 0, Qt.Key.Key_2: 1}


class BoundaryPanel(Panel):
    """A map for two inputs, a curve for one, a sentence otherwise."""

    title = "Decision boundary"
    requires = frozenset({"predict"})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: BoundaryReport | None = None
        self._paused = True
        self._sentence = WAITING
        self.header = Header()
        add = self.header.add_switch
        self.train = add("● train", "●", "Training examples", "Show the examples that the network learns from.", True)
        self.test = add("○ test", "○", "Test examples", "Show the examples that it is only tested on.", True)
        self.mistakes = add("◎ mistakes", "◎", "Mistakes",
                            "Ring the examples on the wrong side of the line, as read off the map.", False)  # fmt: skip
        self.residuals = add("│ residuals", "│", "Residuals",
                             "Draw a stem from each training example to the curve.", False)  # fmt: skip
        self.draw = add("draw", "", "Draw points", "Draw points, which the network learns at once, on top of the "
                        f"examples that are there; {HOW}.", icon_name="pencil")  # fmt: skip
        self.kinds = [add("", str(k), f"Points of kind {k}", "") for k in (1, 2)]
        self.clear = QToolButton()
        self.clear.setText("clear")
        self.clear.setAutoRaise(True)
        self.clear.setAccessibleName("Clear")
        set_tooltip(self.clear, f"Begin with an empty sheet. The network learns it from {SMALLEST} points on.")
        self.header.add(self.clear)
        self.stage = Stage("Decision boundary", self._read, WAITING)
        self.plot = self.stage.plot
        self.drawing = Drawing(self.plot)
        self._frame: Frame | None = None
        self._decision, self._fitted = Decision(self.stage), Fitted(self.stage)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.header)
        column.addWidget(self.stage, 1)
        for switch in (self.train, self.test, self.mistakes, self.residuals):
            switch.toggled.connect(self._on_switch_toggled)
        self.draw.toggled.connect(self._on_draw_toggled)
        for button in (*self.kinds, self.clear):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the picture
        for kind in self.kinds:
            kind.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            kind.clicked.connect(self._on_kind_clicked)
        self.clear.clicked.connect(self.drawing.clear)
        self.drawing.changed.connect(self._on_drawing_changed)
        self.drawing.drawn.connect(self._on_drawn)
        self._show_switches(None)
        self.show_palette(self.palette_now, True)

    def needs(self) -> frozenset[Probe]:
        return frozenset({REQUEST})

    def show_frame(self, frame: Frame) -> None:
        self._frame = frame
        if "predict" not in frame.lane.state.can:
            self._report = None
            self.draw.setChecked(False)
            self._show_switches(None)
            self._say(NOTHING)
            return
        report = frame.lane.views.get(REQUEST)
        if report is None:
            return
        if report.kind == "none" and self.drawing.table is None:
            self._say(_why_not(report, frame.lane))
        if report is not self._report:
            if self._report is None or self._report.data is not report.data:
                self.stage.reader.unpin()
            self._report = report
            if self.drawing.table is not None:
                self.drawing.follow(frame.lane.state.experiment.data, report.data)
            self._draw()

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        self._paused = paused
        self.header.show_palette(palette)
        self.stage.show_palette(palette, paused)
        self._dress_kinds()
        self._draw()

    def sheets(self) -> tuple[Sheet, ...]:
        return () if self._report is None else sheets.boundary(self._report)

    def summary(self) -> str:
        if self._report is not None and self.drawing.table is not None:
            return f"Drawing points: {'; '.join(text for text, _ in self._sheet_facts())}."
        if self._report is None or self._report.kind == "none":
            return self._sentence
        words = "; ".join(text for text, _ in self._facts(self._report))
        return f"{'Fitted curve' if self._report.kind == 'curve' else 'Decision boundary'} {words}."

    def _on_switch_toggled(self, on: bool) -> None:
        self._draw()

    def _splits(self) -> tuple[str, ...]:
        return tuple(name for name, switch in (("train", self.train), ("test", self.test)) if switch.isChecked())

    def _say(self, sentence: str) -> None:
        if sentence != self._sentence or self._report is None:
            self._sentence = sentence
            self.stage.say(sentence)

    def _draw(self) -> None:
        report, sheet = self._report, self.drawing.table
        if report is None:
            return
        self._show_switches(report)
        if sheet is not None:
            self._draw_sheet(report)
            return
        (self._fitted if report.kind == "map" else self._decision).hide()
        if report.kind == "map":
            self._decision.show(report, self.palette_now, self._paused, self._splits(), self.mistakes.isChecked())
        elif report.kind == "curve":
            self._fitted.show(report, self.palette_now, self._paused, self._splits(), self.residuals.isChecked())
        else:
            self._fitted.hide()
            self.stage.say(self._sentence)
            return
        self.stage.show_facts(self._facts(report))
        self.stage.reader.refresh()

    def _draw_sheet(self, report: BoundaryReport) -> None:
        """Show the points as they are drawn; whether the network has them already is told in words."""
        made = self.drawing.shown(report)
        both = ("train", "test")
        if made.kind == "map":
            self._fitted.hide()
            self._decision.show(made, self.palette_now, self._paused, both, False)
        else:
            self._decision.hide()
            self._fitted.show(made, self.palette_now, self._paused, both, False, hold=True)
        self.stage.show_facts(self._sheet_facts())
        self.stage.show_note(self.drawing.refusal or (self._short() if self.drawing.missing else ""))
        self.stage.reader.refresh()

    def _sheet_facts(self) -> list[Fact]:
        sheet, report = self.drawing.table, self._report
        assert sheet is not None
        assert report is not None
        count: Fact = (f"{len(sheet):,} points", "text")
        if self.drawing.missing:
            count = (f"{self._short()}: the network goes on with the data before", "warning")
        keys = [] if self.drawing.by_height else [("keys 1, 2 or X: which kind", "muted")]
        return [count, (f"at update {report.step:,}", "text"), (HOW, "muted"), *keys]

    def _short(self) -> str:
        return f"{SMALLEST - self.drawing.missing} of {SMALLEST} points"

    def _show_switches(self, report: BoundaryReport | None) -> None:
        kind = "none" if report is None else report.kind
        drawing = self.drawing.table is not None
        self.header.setVisible(report is not None)
        two = report is not None and kind == "map" and report.data.task == "binary"
        for switch, present in ((self.train, kind != "none"), (self.test, kind != "none"), (self.mistakes, two),
                                (self.residuals, kind == "curve")):  # fmt: skip
            self.header.set_present(switch, present and not drawing)
        for button in self.kinds:
            self.header.set_present(button, drawing and not self.drawing.by_height)
        self.header.set_present(self.clear, drawing)

    def _dress_kinds(self) -> None:
        """Name the two kinds of points, in their colors."""
        sheet, size = self.drawing.table, self.palette_now.icon_size
        values = sheet is not None and sheet.task == "regression"
        pairs = zip(self.kinds, self.drawing.kinds, VALUES if values else self.palette_now.data, strict=True)
        for number, (button, name, color) in enumerate(pairs):
            self.header.set_texts(button, shown(name, LONGEST).replace("&", "&&"), str(number + 1))
            button.setIcon(icon("disc", color, size))
            button.setIconSize(QSize(size, size))
            button.setChecked(number == self.drawing.chosen)
            what = "of the value" if values else "of the class"
            button.setAccessibleName(f"Points {what} {name}")
            set_tooltip(button, f"Draw points {what} '{name}' ({number + 1}; X for the other one)")

    def _on_draw_toggled(self, on: bool) -> None:
        if on and self._report is not None and self._frame is not None:
            self.stage.reader.unpin()
            self.drawing.begin(self._frame.lane.state.experiment.data, self._report.data)
            self.plot.setFocus()
        else:
            self.draw.setChecked(False)
            self.drawing.end()
            self.stage.show_note("")
            if self._report is not None and self._report.kind == "none" and self._frame is not None:
                self._say(_why_not(self._report, self._frame.lane))

    def _on_kind_clicked(self) -> None:
        self.drawing.choose(next(k for k, button in enumerate(self.kinds) if button is self.sender()))

    def _on_drawing_changed(self) -> None:
        self._dress_kinds()
        self._draw()

    def _on_drawn(self, table: Table) -> None:
        self.commanded.emit(Change("data.table", table))

    @guarded(default=False)
    def event(self, event: QEvent) -> bool:
        """Keep the window's shortcuts from taking the keys of drawing."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._chooses(event):
            event.accept()
            return True
        return bool(super().event(event))

    def _chooses(self, event: QKeyEvent) -> bool:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return self.drawing.table is not None and plain and event.key() in (*KEYS, Qt.Key.Key_X)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the kind of points by its number, or the other one."""
        if self._chooses(event):
            self.drawing.choose(KEYS.get(Qt.Key(event.key()), 1 - self.drawing.chosen))
        else:
            super().keyPressEvent(event)

    def _facts(self, report: BoundaryReport) -> list[Fact]:
        counts = [
            f"{mark} {_count(len(getattr(report.data, name).x))} {name}"
            for name, mark in (("train", "●"), ("test", "○"))
            if name in self._splits()
        ]
        picture = self._decision if report.kind == "map" else self._fitted
        shown = [(", ".join(counts), "muted")] if counts else []
        return [(f"at update {report.step:,}", "text"), *shown, *picture.facts()]

    def _read(self, x: float, y: float) -> str:
        if self._report is None or self._report.kind == "none":
            return ""
        return (self._decision if self._report.kind == "map" else self._fitted).read(x, y)


def _count(size: int) -> str:
    """Return how many examples of a split are drawn."""
    return f"{size:,}" if size <= MOST else f"{MOST:,} of {size:,}"


def _why_not(report: BoundaryReport, lane: Lane) -> str:
    data = report.data
    count = len(data.inputs)
    why = f"{count:,} inputs" if count > 2 else f"{data.classes} classes"
    sentence = f"{why}: a boundary in the plane cannot be drawn."
    rows = lane.history.curves[-1]
    if len(rows) and rows[-1, 4] == rows[-1, 4]:
        sentence += f"\nTest accuracy {100 * rows[-1, 4]:.1f} % at update {int(rows[-1, 0]):,}."
    return sentence
