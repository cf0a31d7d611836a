"""Which classes are taken for which, and the examples with which that happens."""

from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.sheet import Sheet
from gdexplorer.objectives.objective import Split
from gdexplorer.panels import sheets
from gdexplorer.panels.facts import Fact, Facts
from gdexplorer.panels.fittingpanel import FittingPanel
from gdexplorer.panels.header import Header
from gdexplorer.panels.matrix import Cell, Matrix, described
from gdexplorer.panels.pages import Pages
from gdexplorer.panels.text import label
from gdexplorer.panels.thumbnails import MOST, Thumbnails, pictures
from gdexplorer.probes.confusion import NO_CLASSES, Confusion, ConfusionReport

WAITING = "Classifying all examples…"
SPLITS: tuple[tuple[Split, str], ...] = (("test", "test examples"), ("train", "training examples"))
BROAD = 1.15  # width over height from which on examples stand beside the matrix
HIGH = 24  # lines of text from which on there is room for examples below the matrix


class ConfusionPanel(FittingPanel):
    """A matrix, and examples of one of its cells: of the largest confusion until a click chooses another."""

    title = "Confusion matrix"
    requires = frozenset({"answer"})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: ConfusionReport | None = None
        self._chosen: Cell | None = None
        self._pictured = False  # whether the examples of the cell can be shown
        self.header = Header()
        self.split = self.header.add_choice("Examples", [name for _, name in SPLITS],
                                            "Which examples are counted.")  # fmt: skip
        self.matrix, self.thumbnails, self.caption = Matrix(), Thumbnails(), Facts()
        self.named = label("", "small")
        self.named.setWordWrap(True)
        self._build_pages()
        self.split.activated.connect(self._on_split_activated)
        self.matrix.chosen.connect(self._on_cell_chosen)
        self.dressed = (self.header, self.matrix, self.thumbnails, self.caption)
        self.show_palette(self.palette_now, True)

    def _build_pages(self) -> None:
        self._examples = QWidget()
        beside = QVBoxLayout(self._examples)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(4)
        beside.addWidget(self.named)
        beside.addWidget(self.thumbnails, 1)
        self._pair = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._pair.setSpacing(12)
        self._pair.addWidget(self.matrix, 5)
        self._pair.addWidget(self._examples, 2)
        self._pages = Pages(self, WAITING, self._pair, self.caption, self.header)
        self.waiting = self._pages.waiting

    def _request(self) -> Confusion:
        return Confusion(SPLITS[self.split.currentIndex()][0])

    def needs(self) -> frozenset[Probe]:
        return frozenset({self._request()})

    # ---- what the user does ---------------------------------------------------------

    def _on_split_activated(self, _: int) -> None:
        self.needs_changed.emit()

    def _on_cell_chosen(self, cell: Cell) -> None:
        """Show a cell's examples; the same cell again lets the largest confusion come back."""
        self._chosen = None if cell == self._chosen else cell
        self._draw()

    @property
    def cell(self) -> Cell | None:
        """The cell whose examples are shown."""
        return self._chosen or (None if self._report is None else self._report.largest)

    # ---- what is drawn --------------------------------------------------------------

    def show_frame(self, frame: Frame) -> None:
        report: ConfusionReport | str | None = frame.lane.views.get(self._request())
        if report is None or isinstance(report, str):
            self._report = None
            self._pages.say(report or (WAITING if self.requires <= frame.lane.state.can else NO_CLASSES))
        elif report is not self._report:
            if self._report is None or self._report.labels != report.labels:
                self._chosen = None
            self._report = report
            self._draw()

    def _draw(self) -> None:
        report, cell = self._report, self.cell
        if report is None:
            return
        self._pages.show_content()
        self.matrix.show_report(report, cell)
        self.caption.show_facts(tuple(self._facts(report)))
        shown = None
        if cell is not None:
            members = report.members(*cell)
            shown = pictures(report.data, report.examples.x[members[:MOST]])
            more = f" (the first {MOST})" if shown is not None and len(members) > MOST else ""
            self.named.setText(described(report, cell) + more)
        self._pictured = shown is not None
        self._fit()
        if shown is not None:
            self.thumbnails.show_pictures(shown)

    def _facts(self, report: ConfusionReport) -> list[Fact]:
        right, total = int(report.counts.trace()), int(report.counts.sum())
        facts: list[Fact] = [(f"accuracy {100 * report.accuracy:.1f} % ({right:,} of {total:,})", "text")]
        if report.largest is None:
            facts.append(("no confusion", "text"))
        else:
            facts.append((f"largest confusion: {described(report, report.largest)}", "text"))
        if self._chosen is not None and self._chosen != report.largest:
            facts.insert(0, (described(report, self._chosen), "accent"))
        return [*facts, ("margins in %: recall at the right, precision below", "muted"),
                ("strength of color: share of the row, red is wrong", "muted"),
                ("click: show a cell's examples", "muted")]  # fmt: skip

    def _fit(self) -> None:
        """Stand the examples beside the matrix, or below where that leaves it more room; fit the caption."""
        beside = self.width() >= BROAD * self.height()
        ways = QBoxLayout.Direction
        self._pair.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        line = self.caption.line()
        lines = self.height() / max(line, 1)
        self.caption.setVisible(lines >= 12)
        self.caption.setFixedHeight(line * (2 if lines >= 20 else 1))
        self._examples.setVisible(self._pictured and (beside or lines >= HIGH))

    def sheets(self) -> tuple[Sheet, ...]:
        return () if self._report is None else sheets.confusion(self._report)

    def summary(self) -> str:
        if self._report is None:
            return f"{self.title}: {self.waiting.text()}"
        report = self._report
        words = "; ".join(words for words, role in self._facts(report) if role != "muted")
        return f"{self.title} of {len(report.labels)} classes on {dict(SPLITS)[report.split]}: {words}."
