"""The runs of a session side by side: the active one, and those that were left, which stay for comparison."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu, QToolButton, QVBoxLayout, QWidget

from gdexplorer.lab import sheet
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.sheet import Sheet
from gdexplorer.panels import sheets
from gdexplorer.panels.facts import Facts
from gdexplorer.panels.fittingpanel import FittingPanel
from gdexplorer.panels.guard import guarded
from gdexplorer.panels.header import Header
from gdexplorer.panels.lines import plays
from gdexplorer.panels.pages import Pages
from gdexplorer.panels.runtable import COLUMNS, NONE, RunTable

ALONE = "Press restart or change something in the past: the run before stays here for comparison."


class RunsPanel(FittingPanel):
    """A table of runs, and what can be done with the selected one; no command leaves it, for a run is no setting."""

    title = "Runs"
    run_activated = Signal(int)
    run_renamed = Signal(int, str)
    run_discarded = Signal(int)
    run_shown = Signal(int, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame: Frame | None = None
        self.table, self.caption = RunTable(), Facts()
        self._build_header()
        content = QVBoxLayout()
        content.addWidget(self.table)
        self._pages = Pages(self, ALONE, content, self.caption, self.header)
        self.waiting = self._pages.waiting
        self.waiting.setMargin(16)
        self.table.renamed.connect(self.run_renamed)
        self.table.shown_changed.connect(self.run_shown)
        self.table.removal_requested.connect(self.run_discarded)
        self.table.itemSelectionChanged.connect(self._offer)
        self.dressed = (self.header, self.table, self.caption)
        self.show_palette(self.palette_now, True)
        self._offer()

    def _build_header(self) -> None:
        self.header = Header()
        self.go_on = self._button("Go on with this run", "Go on", "Make the selected run the active one, where it was "
                                  "left; the run that is active now stays in the list.")  # fmt: skip
        self.remove = self._button("Remove", "Remove", "Remove the selected run from the list, for good (Delete).")
        self.copy = self._button("Copy table", "Copy", "Copy the table, to be pasted into a spreadsheet or a text.")
        self.go_on.clicked.connect(self._on_go_on_clicked)
        self.remove.clicked.connect(self._on_remove_clicked)
        self.copy.clicked.connect(self._on_copy_clicked)

    def _button(self, text: str, short: str, tip: str) -> QToolButton:
        made = self.header.add_switch(text, short, text, tip)
        made.setCheckable(False)
        return made

    # ---- what the user does ---------------------------------------------------------

    @guarded
    def _offer(self) -> None:
        """Enable what can be done with the selected run."""
        entry = self.table.run
        for button in (self.go_on, self.remove):
            button.setEnabled(entry is not None and not entry.active)

    @guarded
    def _on_go_on_clicked(self) -> None:
        if (entry := self.table.run) is not None and not entry.active:
            self.run_activated.emit(entry.id)

    @guarded
    def _on_remove_clicked(self) -> None:
        if (entry := self.table.run) is not None and not entry.active:
            self.run_discarded.emit(entry.id)

    @guarded
    def _on_copy_clicked(self) -> None:
        rows = self.table.listed()
        table = Sheet.of_rows("", list(rows[0]), [tuple(row.values()) for row in rows])
        QApplication.clipboard().setText(sheet.encoded(table, "\t").decode())

    @guarded
    def _on_shown_triggered(self, shown: bool) -> None:
        if (entry := self.table.run) is not None:
            self.run_shown.emit(entry.id, shown)

    @guarded
    def _on_sort_triggered(self, action: QAction) -> None:
        self.table.sort_by(action.data())

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer all of it for the run under the mouse, which is selected by now, or for the selected one."""
        entry = self.table.run
        if entry is None or self._pages.currentIndex() == 0:
            return
        menu = self.menu()
        keyed = event.reason() == QContextMenuEvent.Reason.Keyboard
        corner = self.table.visualItemRect(self.table.currentItem()).bottomLeft()
        menu.popup(self.table.viewport().mapToGlobal(corner) if keyed else QPoint(event.globalPos()))

    def menu(self) -> QMenu:
        """Return what can be done with the selected run, and with the table."""
        entry, menu = self.table.run, QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if entry is not None and not entry.active:
            menu.addAction("Go on with this run", self._on_go_on_clicked)
            shown = menu.addAction("Show as a ghost")
            shown.setCheckable(True)
            shown.setChecked(entry.shown)
            shown.toggled.connect(self._on_shown_triggered)
        menu.addAction("Rename", self.table.rename)
        if entry is not None and not entry.active:
            menu.addAction("Remove", self._on_remove_clicked)
        menu.addSeparator()
        menu.addAction("Copy table", self._on_copy_clicked)
        sorts = menu.addMenu("Sort by")
        for field, heading, *_ in COLUMNS:
            sorts.addAction(heading).setData(field)
        sorts.triggered.connect(self._on_sort_triggered)
        return menu

    # ---- what is shown --------------------------------------------------------------

    def show_frame(self, frame: Frame) -> None:
        self._frame = frame
        self.table.show_runs(frame.runs)
        self._offer()
        if len(frame.runs) < 2:
            self._pages.say(ALONE)
        else:
            self._pages.show_content()
        for button in (self.go_on, self.remove, self.copy):
            self.header.set_present(button, len(frame.runs) >= 2)
        self.caption.show_facts(tuple((fact, "muted") for fact in self._facts(frame)))

    def _facts(self, frame: Frame) -> list[str]:
        facts = ["loss: the generator’s, test loss: the discriminator’s"] if plays(frame.lane) else []
        facts += ["thin lines: runs that are checked", "double click or F2: rename"]
        return [*facts, "numbers of all curves: save as CSV above"]

    def _fit(self) -> None:
        line = max(self.caption.line(), 1)
        self.caption.setFixedHeight(line)
        self.caption.setVisible(self.height() >= 11 * line)

    def sheets(self) -> tuple[Sheet, ...]:
        frame = self._frame
        return () if frame is None or not frame.runs else sheets.runs(frame)

    def summary(self) -> str:
        rows = self.table.listed()
        if len(rows) < 2:
            return f"{self.title}: {ALONE}"
        said = []
        for row in rows:
            one = f"{row['run']}, {row['state']}, loss {row['loss']} after {row['updates']} updates"
            one += "" if row["branched from"] == NONE else f", branched from {row['branched from']}"
            said.append(one + ("" if row["differs in"] == NONE else f", differs in {row['differs in']}"))
        return f"{len(rows)} runs: {'; '.join(said)}."
