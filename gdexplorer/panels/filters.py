"""What a network that looks at images makes of one example, layer by layer, and the filters it does that with."""

import numpy as np
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from gdexplorer.arrays import Array
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.objectives.objective import Split
from gdexplorer.panels.answer import Answer
from gdexplorer.panels.facts import Fact, Facts
from gdexplorer.panels.fittingpanel import FittingPanel
from gdexplorer.panels.header import Choice, Header
from gdexplorer.panels.pages import Pages
from gdexplorer.panels.text import label
from gdexplorer.panels.thumbnails import pictures
from gdexplorer.panels.ticks import number
from gdexplorer.panels.tiles import Section, Tiles
from gdexplorer.probes.maps import NO_MAPS, Filters, Maps, MapsReport

WAITING = "Sending an example through the network…"
SPLITS: tuple[Split, ...] = ("test", "train")
NAMES = {"test": "test example", "train": "training example"}
BROAD = 1.15  # width over height from which on the example stands beside its maps
RMS = "RMS of channels"


class FiltersPanel(FittingPanel):
    """An example and the answer, and beside them filters and maps in the order of the layers."""

    title = "Filters and feature maps"
    requires = frozenset({"maps"})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: MapsReport | None = None
        self._index, self._seek, self._layer = 0, False, ""
        self._build_header()
        self.answer, self.tiles, self.caption = Answer(), Tiles("Filters and feature maps"), Facts()
        self.named = label("", "small")
        self.named.setWordWrap(True)
        self._build_pages()
        self.tiles.stepped.connect(self._step)
        self.dressed = (self.header, self.answer, self.tiles, self.caption)
        self.show_palette(self.palette_now, True)

    def _build_header(self) -> None:
        self.header = Header()
        add = self.header.add_button
        self.back = add("Previous example", "chevron-left", "Previous example (←, with the maps in focus).")
        self.forth = add("Next example", "chevron-right", "Next example (→, with the maps in focus).")
        self.mistake = add("Next mistake", "next-mistake", "Next example whose class is not recognized.")
        self.split = self.header.add_choice("Examples", ["test examples", "training examples"],
                                            "Which examples there are to see.")  # fmt: skip
        self.layer = self.header.add_choice("Convolution", [], "The convolution whose filters are shown.")
        self.channel = self.header.add_choice(
            "Input channel", [RMS], "Which input channel's weights are shown of each filter; the root of the mean "
            "square over all channels says how strong a place is, but not its sign.")  # fmt: skip
        self.back.clicked.connect(lambda: self._step(-1))
        self.forth.clicked.connect(lambda: self._step(1))
        self.mistake.clicked.connect(self._on_mistake_clicked)
        self.split.activated.connect(self._on_split_activated)
        self.layer.activated.connect(self._on_layer_activated)
        self.channel.activated.connect(self._draw)

    def _build_pages(self) -> None:
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(4)
        side.addWidget(self.named)
        side.addWidget(self.answer, 1)
        self._pair = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._pair.setSpacing(16)
        self._pair.addWidget(self._side, 2)
        self._pair.addWidget(self.tiles, 5)
        self._pages = Pages(self, WAITING, self._pair, self.caption, self.header)
        self.waiting = self._pages.waiting

    def needs(self) -> frozenset[Probe]:
        return frozenset({self._request()})

    def _request(self) -> Maps:
        return Maps(SPLITS[self.split.currentIndex()], self._index, self._seek, self._layer)

    # ---- what the user does ---------------------------------------------------------

    def _step(self, by: int) -> None:
        if self._report is not None:
            self._look(self._report.index + by)

    def _on_mistake_clicked(self) -> None:
        if self._report is not None:
            self._look(self._report.index, seek=True)

    def _on_split_activated(self, _: int) -> None:
        self._look(0)

    def _on_layer_activated(self, index: int) -> None:
        if self._report is not None:
            self._layer = self._report.convolutions[index]
        self.channel.setCurrentIndex(0)
        self.needs_changed.emit()

    def _look(self, index: int, seek: bool = False) -> None:
        count = 1 if self._report is None else len(self._report.examples.x)
        self._index, self._seek = index % count, seek
        self.needs_changed.emit()

    # ---- what is drawn --------------------------------------------------------------

    def show_frame(self, frame: Frame) -> None:
        report: MapsReport | str | None = frame.lane.views.get(self._request())
        if isinstance(report, str) or (report is None and not self.requires <= frame.lane.state.can):
            self._say(NO_MAPS if report is None else report)
        elif report is not None and report is not self._report:
            if report.request == self._request():
                self._index, self._seek = report.index, False
            self._report = report
            self._draw()

    def _say(self, sentence: str) -> None:
        self._report = None
        self._pages.say(sentence)
        self.header.hide()

    def _draw(self) -> None:
        report = self._report
        if report is None:
            return
        self._pages.show_content()
        self._offer(report)
        image = pictures(report.data, report.x.reshape(1, -1))
        assert image is not None
        self.answer.show_answer(image[0], _labels(report), report.shares,
                                -1 if report.predicted is None else int(report.true))  # fmt: skip
        self.named.setText("\n".join(_said(report)).replace(" %", "\u00a0%"))
        self.tiles.show_sections(tuple(self._sections(report)))
        self._tell()

    def _offer(self, report: MapsReport) -> None:
        """Offer what there is to choose from."""
        self.header.show()
        self.header.set_present(self.mistake, report.predicted is not None)
        _fill(self.layer, [f"filters of {id}" for id in report.convolutions])
        self.header.set_present(self.layer, len(report.convolutions) > 1)
        if report.filters is None:
            self.header.set_present(self.channel, False)
            return
        self.layer.setCurrentIndex(report.convolutions.index(report.filters.id))
        channels = report.filters.weights.shape[1]
        _fill(self.channel, [RMS, *(f"channel {k + 1}" for k in range(channels))])
        self.header.set_present(self.channel, channels > 1)

    def _sections(self, report: MapsReport) -> list[Section]:
        """Return the channels of the input if there are several, and each layer's maps, filters before their own."""
        sections = []
        if len(report.x) > 1:
            sections.append(Section("input", f"input {_shape(report.x)}", "channel", report.x))
        for layer in report.layers:
            if report.filters is not None and report.filters.id == layer.id:
                title, values = _weights(report.filters, self.channel.currentIndex())
                sections.append(Section(layer.id, title, "filter", values))
            sections.append(Section(layer.id, f"{layer.id} {layer.kind} {_shape(layer.values)}", "map", layer.values))
        return sections

    def _tell(self) -> None:
        """Write the caption, which says what has no room."""
        if self._report is None:
            return
        facts: list[Fact] = [(f"at update {self._report.step:,}", "text")]
        pictures_gone, rows_gone = self.tiles.hidden
        if pictures_gone:
            facts.append((f"{pictures_gone:,} pictures have no room", "warning"))
        if rows_gone:
            facts.append((f"{rows_gone} rows have no room", "warning"))
        facts += [("maps as they leave their layer, in evaluation", "muted"),
                  ("one scale for each row: paper is 0", "muted"), ("hover: value and place", "muted"),
                  ("← →: examples", "muted")]  # fmt: skip
        self.caption.show_facts(tuple(facts))

    def _fit(self) -> None:
        """Stand the example beside its maps, or above where that leaves them more room."""
        ways, line = QBoxLayout.Direction, self.caption.line()
        beside = self.width() >= BROAD * self.height()
        self._pair.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        self._side.setMaximumWidth(18 * line if beside else 16_777_215)
        self.caption.setVisible(self.height() >= 14 * line)
        self.caption.setFixedHeight(line)
        self.named.setVisible(self.height() >= 10 * line)
        self._tell()

    def summary(self) -> str:
        report = self._report
        if report is None:
            return f"{self.title}: {self.waiting.text()}"
        layers = [f"{layer.id} {layer.kind} {_shape(layer.values)}, {_strongest(layer.values)}"
                  for layer in report.layers]  # fmt: skip
        return f"{self.title} at update {report.step:,}. {'; '.join(_said(report))}. {'; '.join(layers)}."


def _fill(choice: Choice, labels: list[str]) -> None:
    if labels != [choice.itemText(k) for k in range(choice.count())]:
        choice.clear()
        choice.addItems(labels)


def _shape(values: Array) -> str:
    return "×".join(map(str, values.shape))


def _labels(report: MapsReport) -> tuple[str, ...]:
    return report.data.labels or tuple(str(k) for k in range(report.data.classes))


def _said(report: MapsReport) -> list[str]:
    """Say which example it is, what it is and what it is taken for."""
    words = [f"{NAMES[report.request.split]} {report.index + 1:,} of {len(report.examples.x):,}"]
    if report.reconstructs:
        return words
    if report.predicted is None:
        return [*words, f"output {number(float(report.outputs[0]))}, target {number(report.true)}"]
    labels = _labels(report)
    if not np.isfinite(report.outputs).all():
        return [*words, f"is {labels[int(report.true)]}; the output is not finite"]
    share = "" if report.shares is None else f" ({100 * float(report.shares[report.predicted]):.0f} %)"
    verb = "recognized" if report.right else f"taken for {labels[report.predicted]}"
    return [*words, f"is {labels[int(report.true)]}, {verb}{share}"]


def _weights(filters: Filters, chosen: int) -> tuple[str, Array]:
    """Return what is shown of filters, in words, and their weights (filters, k, k)."""
    count, channels, height, width = filters.weights.shape
    title = f"{filters.id} filters {count}×{height}×{width}"
    if channels == 1:
        return title, filters.weights[:, 0]
    if not 0 < chosen <= channels:
        return f"{title}, RMS of {channels} channels", np.sqrt((filters.weights**2).mean(axis=1))
    return f"{title}, input channel {chosen} of {channels}", filters.weights[:, chosen - 1]


def _strongest(values: Array) -> str:
    """Say where the largest number is."""
    if not np.isfinite(values).all():
        return "not finite"
    channel, row, column = np.unravel_index(np.abs(values).argmax(), values.shape)
    return f"strongest {number(float(values[channel, row, column]))} in map {channel + 1}"
