"""The race: who is where, and which optimizers take part under which conditions."""

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from gdexplorer.lab.commands import Change
from gdexplorer.lab.experiment import MOST_RIVALS, Experiment
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.sheet import Sheet
from gdexplorer.optim import DESCENTS
from gdexplorer.panels import sheets, text
from gdexplorer.panels.facts import Facts
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.header import Header
from gdexplorer.panels.lanestrip import RESTARTS, LaneStrip, Offer, fill
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.racetable import RaceTable
from gdexplorer.panels.standings import NONE, default_target, standings
from gdexplorer.panels.ticks import number
from gdexplorer.probes.cost import Cost


class RacePanel(Panel):
    """A table of the lanes, above it the target and rivals to add, below it the selected lane's conditions."""

    title = "Race"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame: Frame | None = None
        self._target: float | None = None  # as typed
        self._said = ""
        self._optimizers: tuple[Offer, ...] = ()
        self._paused = True
        self._build_header()
        self.table, self.strip, self.caption = RaceTable(), LaneStrip(), Facts()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(4)
        column.addWidget(self.header)
        column.addWidget(self.table, 1)
        column.addWidget(self.strip)
        below = QVBoxLayout()
        below.setContentsMargins(8, 0, 8, 0)
        below.addWidget(self.caption)
        column.addLayout(below)
        self.table.rate_edited.connect(self._on_rate_edited)
        self.table.removal_requested.connect(self._remove)
        self.table.currentCellChanged.connect(self._on_lane_selected)
        later = Qt.ConnectionType.QueuedConnection  # it tells in the midst of the layout
        self.table.columns_changed.connect(self._show_caption, later)
        self.strip.kind_chosen.connect(self._on_kind_chosen)
        self.strip.start_chosen.connect(self._on_start_chosen)
        self.strip.batch_chosen.connect(self._on_batch_chosen)
        self.strip.double_wanted.connect(self._on_double_wanted)
        self.strip.removal_wanted.connect(self._on_removal_wanted)
        self.strip.complained.connect(self._say)
        self.show_palette(self.palette_now, True)

    def _build_header(self) -> None:
        self.header = Header()
        self.target_label = text.label("reached at loss", "small")
        self.header.add(self.target_label)
        self.target = QLineEdit()
        self.target.setAccessibleName("Target loss")
        text.set_tooltip(self.target, "The training loss that counts as reached; empty for a tenth of that at the "
                         "start.")  # fmt: skip
        self.target.editingFinished.connect(self._on_target_edited)
        self.header.add(self.target)
        self.add = self.header.add_choice("Add a rival", ["add a rival…"],
                                          f"Another optimizer from the same start, in the same order of batches; "
                                          f"{RESTARTS}.")  # fmt: skip
        self.add.activated.connect(self._on_rival_chosen)

    def offer(self, optimizers: Sequence[Offer], initializers: Sequence[Offer]) -> None:
        """Say what rivals there are, and what starts."""
        self._optimizers = tuple(optimizers)
        fill(self.add, optimizers, 1)
        self.strip.offer(optimizers, initializers)

    def needs(self) -> frozenset[Probe]:
        return frozenset({Cost()})

    # ---- what the user does ---------------------------------------------------------

    @property
    def _experiment(self) -> Experiment | None:
        return None if self._frame is None else self._frame.lane.state.experiment

    def _rivals(self) -> list[dict[str, Any]]:
        return [] if self._experiment is None else [rival.model_dump() for rival in self._experiment.rivals]

    def _optimizer(self, lane: int) -> dict[str, Any]:
        assert self._frame is not None
        return self._frame.racers[lane].state.experiment.optimizer.model_dump()

    def _path(self, lane: int) -> str:
        rivals = self._rivals()
        return f"rivals.{rivals[lane - 1]['id']}.optimizer" if lane else "optimizer"

    def _add(self, optimizer: dict[str, Any], **own: Any) -> None:
        rivals = self._rivals()
        taken = {rival["id"] for rival in rivals}
        id = next(name for k in range(1, MOST_RIVALS + 2) if (name := f"r{k}") not in taken)
        self.commanded.emit(Change("rivals", [*rivals, {"id": id, "optimizer": optimizer, **own}]))

    def _on_rival_chosen(self, index: int) -> None:
        self.add.setCurrentIndex(0)
        if index and self._frame is not None:
            kind, knobs = self._optimizers[index - 1].name, dict[str, Any]()
            lanes = [self._optimizer(lane) for lane in range(len(self._frame.racers))]
            rates = [one["learning_rate"] for one in lanes if one["kind"] in DESCENTS]
            if kind in DESCENTS and rates:
                knobs["learning_rate"] = rates[0]
            self._add({"kind": kind, **knobs})

    def _on_kind_chosen(self, kind: str) -> None:
        self.commanded.emit(Change(f"{self._path(self.table.lane)}.kind", kind))

    def _on_start_chosen(self, initializer: str | None) -> None:
        self._change_own("initializer", None if initializer is None else {"kind": initializer})

    def _on_batch_chosen(self, size: int | None) -> None:
        self._change_own("batch_size", size)

    def _change_own(self, name: str, value: Any) -> None:
        rivals, lane = self._rivals(), self.table.lane
        if lane and rivals[lane - 1][name] != value:
            rivals[lane - 1][name] = value
            self.commanded.emit(Change("rivals", rivals))

    def _on_rate_edited(self, lane: int, typed: str) -> None:
        try:
            rate = float(typed.replace(",", "."))
        except ValueError:
            self._say(f"'{typed}' is no number; type a learning rate such as 0.01.")
        else:
            self._say("")
            self.commanded.emit(Change(f"{self._path(lane)}.learning_rate", rate))

    def _on_double_wanted(self, factor: float) -> None:
        lane = self.table.lane
        optimizer = self._optimizer(lane)
        optimizer["learning_rate"] = float(f"{factor * optimizer['learning_rate']:.3g}")
        own = self._rivals()[lane - 1] if lane else {"initializer": None, "batch_size": None}
        self._add(optimizer, initializer=own["initializer"], batch_size=own["batch_size"])

    def _on_removal_wanted(self) -> None:
        self._remove(self.table.lane)

    def _remove(self, lane: int) -> None:
        if lane:
            rivals = self._rivals()
            self.commanded.emit(Change("rivals", rivals[: lane - 1] + rivals[lane:]))

    def _on_target_edited(self) -> None:
        typed = self.target.text().strip()
        if not self.target.isModified():
            return
        self.target.setModified(False)
        try:
            self._target = float(typed.replace(",", ".")) if typed else None
        except ValueError:
            self._say(f"'{typed}' is no number; type a loss such as 0.1.")
            self.target.setText("" if self._target is None else f"{self._target:g}")
        else:
            self._say("")
        if self._frame is not None:
            self.show_frame(self._frame)

    def _on_lane_selected(self, row: int, _: int, before: int, __: int) -> None:
        if row != before:
            self._show_lane()

    # ---- what is shown -------------------------------------------------------------

    def show_frame(self, frame: Frame) -> None:
        before, self._frame = self._frame, frame
        self.table.show_standings(standings(frame, self._goal(), self._paused))
        if (goal := default_target(frame)) is not None:
            self.target.setPlaceholderText(f"{goal:g}")
        if before is None or _conditions(before) != _conditions(frame):
            self._say("")
            self._show_lane()

    def _goal(self) -> float | None:
        if self._target is not None and math.isfinite(self._target):
            return self._target
        return None if self._frame is None else default_target(self._frame)

    def _say(self, sentence: str) -> None:
        self._said = sentence
        self._show_caption()

    def _show_lane(self) -> None:
        """Show the selected lane's conditions below the table."""
        frame, lane = self._frame, self.table.lane
        self.add.setEnabled(frame is not None and len(frame.racers) <= MOST_RIVALS)
        if frame is not None:
            state = frame.racers[lane].state
            rival = frame.lane.state.experiment.rivals[lane - 1] if lane else None
            self.strip.show_lane(state.experiment.optimizer, rival, "examples" in state.can, self.add.isEnabled())

    def _show_caption(self) -> None:
        facts = [(self._said, "danger")] if self._said else []
        if self.table.shows("seconds"):
            facts += [("seconds: calibrated, the cost of an update alone on one core × updates", "muted")]
        self.caption.show_facts(tuple(facts))
        self.caption.setVisible(bool(facts) and self.height() >= 16 * max(self.caption.line(), 1))

    def show_palette(self, palette: Palette, paused: bool) -> None:
        super().show_palette(palette, paused)
        self._paused = paused
        self.header.show_palette(palette)
        self.strip.show_palette(palette)
        self.table.show_palette(palette)
        self.caption.show_palette(palette)
        self.target.setFixedWidth(round(6.5 * palette.body))
        self._arrange()
        if self._frame is not None:
            self.show_frame(self._frame)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Leave out what has no room: the table comes first."""
        line = max(self.caption.line(), 1)
        self.caption.setFixedHeight(line)
        self._show_caption()
        self.strip.setVisible(self.height() >= 11 * line)
        self.header.set_present(self.target_label, self.width() >= 30 * self.palette_now.body)

    def sheets(self) -> tuple[Sheet, ...]:
        return () if self._frame is None else sheets.race(self._frame)

    def summary(self) -> str:
        if self._frame is None:
            return "Race: nothing has run yet."
        goal = self._goal()
        rows = standings(self._frame, goal, self._paused)
        said = []
        for one in rows:
            words = f"{one.name}, {one.state}, loss {one.train} after {one.updates} updates"
            if goal is not None:
                words += (
                    f", {number(goal)} not reached" if one.reached == NONE else f", {number(goal)} at {one.reached}"
                )
            said.append(words)
        return f"Race of {len(rows)}: {'; '.join(said)}." if len(rows) > 1 else f"No rivals yet: {said[0]}."


def _conditions(frame: Frame) -> tuple[Any, ...]:
    return tuple(lane.state.experiment for lane in frame.racers)
