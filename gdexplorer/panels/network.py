"""The network itself: units as maps of their activation, weights as edges; weights, units and layers can be edited."""

from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gdexplorer.lab.commands import Change, SetParameter
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.sheet import Sheet
from gdexplorer.panels import sheets
from gdexplorer.panels.facts import Fact, Facts
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.header import Header
from gdexplorer.panels.netdiagram import NetDiagram
from gdexplorer.panels.netedit import MOST_LAYERS, CountButtons, count_of, number_of, with_another, without
from gdexplorer.panels.netlayout import matrix
from gdexplorer.panels.networds import Unit, described
from gdexplorer.panels.pages import Pages
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.unitview import UnitView
from gdexplorer.panels.weighttable import incoming
from gdexplorer.probes.oneweight import Weight
from gdexplorer.probes.units import NO_UNITS, Units, UnitsReport

WAITING = "Looking at every unit…"


class NetworkPanel(Panel):
    """The diagram, and beside it the unit that is chosen."""

    title = "Network"
    requires = frozenset({"predict"})
    weight_chosen = Signal(object)  # a Weight, for whoever shows one
    weight_opened = Signal(object)  # a Weight, to be seen as a curve

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: UnitsReport | None = None
        self._paused = True
        self._unit: Unit = (0, 0)
        self._chosen: tuple[str, int] | None = None  # column id and unit, which stay when layers come and go
        self._weight: Weight | None = None
        self._example: int | None = None
        self._highest = 0
        self._layers: list[dict[str, Any]] = []
        self._refusal = ""
        self.header = Header()
        self.edges = self.header.add_choice("Edges", ["edges: weights", "edges: gradients"],
                                            "What edges show: weights, or ∂L/∂w of the latest batch.")  # fmt: skip
        self.colored = self.header.add_choice("Squares", ["mean over training set", "one example"],
                                              "What squares are colored by.")  # fmt: skip
        self.back = self.header.add_button("Previous example", "chevron-left", "Previous training example.")
        self.forth = self.header.add_button("Next example", "chevron-right", "Next training example.")
        self.add_layer = self.header.add_button("Add layer", "plus", "Add a dense layer behind the chosen one, or "
                                                "before the output. Weights that still fit are kept.")  # fmt: skip
        self.remove_layer = self.header.add_button("Remove layer", "minus", "Remove the chosen layer.")
        for button in (self.add_layer, self.remove_layer):
            button.setText("layer")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.diagram, self.view, self.caption = NetDiagram(), UnitView(), Facts()
        self.counts = CountButtons(self.diagram)
        self._build_pages()
        self._connect()
        self.show_palette(self.palette_now, True)

    def _build_pages(self) -> None:
        pair = QHBoxLayout()
        pair.setSpacing(8)
        pair.addWidget(self.diagram, 1)
        pair.addWidget(self.view)
        self._pages = Pages(self, WAITING, pair, self.caption, self.header)
        self.waiting = self._pages.waiting

    def _connect(self) -> None:
        self.edges.activated.connect(self._draw)
        self.colored.activated.connect(self._on_colored_activated)
        self.back.clicked.connect(lambda: self._step(-1))
        self.forth.clicked.connect(lambda: self._step(1))
        self.add_layer.clicked.connect(self._on_add_clicked)
        self.remove_layer.clicked.connect(self._on_remove_clicked)
        self.diagram.unit_chosen.connect(self._on_unit_chosen)
        self.diagram.edge_chosen.connect(self._on_edge_chosen)
        self.diagram.laid.connect(self._on_laid)
        self.counts.stepped.connect(self._on_stepped)
        self.view.weight_chosen.connect(self._on_weight_chosen)
        self.view.opened.connect(self.weight_opened)
        self.view.edited.connect(self._on_edited)
        self.view.refused.connect(self._on_refused)

    # ---- what is asked for ------------------------------------------------------------

    def needs(self) -> frozenset[Probe]:
        return frozenset({self._request()})

    def _request(self) -> Units:
        return Units(example=self._example, unit=self._chosen)

    # ---- what the user does -------------------------------------------------------------

    def show_weight(self, weight: Weight) -> None:
        """Show a weight that was chosen elsewhere, and its unit."""
        self._weight = weight
        if self._report is not None:
            for k, column in enumerate(self._report.columns):
                if weight.block in column.ids and weight.row < column.units:
                    self._choose((k, weight.row))
        self._draw()

    def _on_unit_chosen(self, unit: Unit) -> None:
        self._weight = None
        self._choose(unit)
        self._draw()

    def _choose(self, unit: Unit) -> None:
        assert self._report is not None
        chosen = (self._report.columns[unit[0]].id, unit[1])
        if chosen != self._chosen:
            self._unit, self._chosen, self._refusal = unit, chosen, ""
            self.needs_changed.emit()

    def _on_edge_chosen(self, weight: Weight) -> None:
        self.show_weight(weight)
        self.weight_chosen.emit(weight)
        self.weight_opened.emit(weight)

    def _on_weight_chosen(self, weight: Weight) -> None:
        self._weight, self._refusal = weight, ""
        self._draw()
        self.weight_chosen.emit(weight)

    def _on_edited(self, weight: Weight, value: float) -> None:
        if self._report is not None and (index := weight.index(self._report.layout)) is not None:
            self._refusal = ""
            self.commanded.emit(SetParameter(index, value))

    def _on_refused(self, sentence: str) -> None:
        self._refusal = sentence
        self._tell()

    def _on_colored_activated(self, index: int) -> None:
        self._example = 0 if index else None
        self.needs_changed.emit()

    def _step(self, by: int) -> None:
        if self._report is not None and self._example is not None:
            self._example = (self._example + by) % len(self._report.data.train.x)
            self.needs_changed.emit()

    # ---- layers and units -----------------------------------------------------------------

    def _members(self) -> list[str]:
        """Return which of the experiment's hidden layers the chosen column is made of."""
        ids = self._report.columns[self._unit[0]].ids if self._report is not None else ()
        return [layer["id"] for layer in self._layers if layer["id"] in ids]

    def _on_add_clicked(self) -> None:
        if len(self._layers) >= MOST_LAYERS:
            self._on_refused(f"{MOST_LAYERS} layers are the most; remove one first.")
            return
        self._highest += 1
        layers = with_another(self._layers, self._members(), f"h{self._highest}")
        self.commanded.emit(Change("network.layers", layers))

    def _on_remove_clicked(self) -> None:
        self.commanded.emit(Change("network.layers", without(self._layers, self._members())))

    def _on_stepped(self, id: str, by: int) -> None:
        layer = next(layer for layer in self._layers if layer["id"] == id)
        name = count_of(layer)
        if layer[name] + by >= 1:
            self.commanded.emit(Change(f"network.layers.{id}.{name}", layer[name] + by))

    def _on_laid(self, report: UnitsReport) -> None:
        self.counts.place(report, self._layers)  # the panel itself may have a newer one already

    # ---- what is drawn ------------------------------------------------------------------------

    def show_frame(self, frame: Frame) -> None:
        report: UnitsReport | str | None = frame.lane.views.get(self._request())
        if isinstance(report, str) or (report is None and not self.requires <= frame.lane.state.can):
            self._report = None
            self._pages.say(NO_UNITS if report is None else report)
            self.header.hide()
        elif report is not None and report is not self._report:
            layers = frame.lane.state.experiment.network.layers
            self._layers = [layer.model_dump() for layer in layers]
            self._highest = max([self._highest, *(number_of(layer["id"]) for layer in self._layers)])
            self._report = report
            self._find(report)
            self._draw()

    def _find(self, report: UnitsReport) -> None:
        """Find the chosen unit again; the first hidden one if it is gone, or nothing was chosen yet."""
        ids = [column.id for column in report.columns]
        if self._chosen is None or self._chosen[0] not in ids:
            self._unit, self._weight = (min(1, len(ids) - 1), 0), None
        else:
            column = ids.index(self._chosen[0])
            self._unit = (column, min(self._chosen[1], max(report.columns[column].units - 1, 0)))
        self._chosen = (ids[self._unit[0]], self._unit[1])
        rows = incoming(report, *self._unit)
        if self._weight is None or self._weight.index(report.layout) is None:
            self._weight = rows[0].weight if rows else None

    def _draw(self, _: int = 0) -> None:
        if (report := self._report) is None:
            return
        self._pages.show_content()
        self.header.show()
        self.header.set_present(self.colored, not report.plane)
        for button in (self.back, self.forth):
            self.header.set_present(button, not report.plane and self._example is not None)
        self.remove_layer.setEnabled(bool(self._members()))
        if self._weight is None and (rows := incoming(report, *self._unit)):
            self._weight = rows[0].weight
        self.diagram.show_report(report, self._unit, self._weight, self.edges.currentIndex() == 1)
        self.in_turn(partial(self._draw_unit, report))

    def _draw_unit(self, report: UnitsReport) -> None:
        self.view.show_unit(report, self._unit, self._weight, self.palette_now)
        self._tell()

    def _facts(self, report: UnitsReport) -> list[Fact]:
        facts: list[Fact] = [(f"at update {report.step:,}", "text")]
        units = sum(len(column.dead) for column in report.columns[1:])
        marks = [("⊗", "dead", sum(int(column.dead.sum()) for column in report.columns)),
                 ("⊖", "saturated", sum(int(column.saturated.sum()) for column in report.columns))]  # fmt: skip
        drawn, total = len(self.diagram.edges), 0
        for k in range(len(report.columns)):
            values = matrix(report, k, False)
            total += values.size if values is not None and report.columns[k - 1].drawn else 0
        if drawn < total:
            facts.append((f"{drawn} of {total:,} edges, the strongest", "text"))
        facts += [(f"{mark} {count} of {units:,} units {what}", "warning" if count else "muted")
                  for mark, what, count in marks]  # fmt: skip
        if report.example_words:
            facts.append((report.example_words, "text"))
        if any(column.dropped is not None for column in report.columns):
            facts.append(("hatched: dropped for the first example of the latest batch", "muted"))
        of = f"∂L/∂w of the latest batch ({report.batch:,} examples)" if self.edges.currentIndex() else "the weight"
        return [*facts, (f"edges: {of}, orange +, blue dashed −", "muted"),
                ("± below: a column's scale of color", "muted"), ("arrows: move between units", "muted"),
                ("⊗ dead: 0 on every training input", "muted"),
                ("⊖ saturated: |f′| < 1 % of its maximum on > 95 % of them", "muted")]  # fmt: skip

    def _tell(self) -> None:
        if self._report is not None:
            refusal: list[Fact] = [(self._refusal, "danger")] if self._refusal else []
            self.caption.show_facts((*refusal, *self._facts(self._report)))

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        for part in (self.header, self.caption, self.view):
            part.show_palette(palette)
        self.diagram.show_palette(palette, paused)
        self.counts.show_palette(palette)
        self._draw()
        self._fit()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give the chosen unit its share; leave it out where there is hardly room for the diagram."""
        line = self.caption.line()
        self.view.setVisible(self.width() > 34 * line and self.height() > 9 * line)
        self.view.setFixedWidth(round(min(max(0.27 * self.width(), 13 * line), 19 * line)))
        self.caption.setVisible(self.height() >= 12 * line)
        self.caption.setFixedHeight(line * (2 if self.height() >= 32 * line else 1))

    def sheets(self) -> tuple[Sheet, ...]:
        return () if self._report is None else sheets.network(self._report)

    def summary(self) -> str:
        if (report := self._report) is None:
            return f"{self.title}: {self.waiting.text()}"
        shape = " – ".join("×".join(map(str, column.shape)) for column in report.columns)
        facts = "; ".join(words for words, role in self._facts(report) if role != "muted")
        chosen = described(report, self._unit).replace("\n", ", ")
        return f"{self.title} {shape}: {facts}. Chosen: {chosen}."
