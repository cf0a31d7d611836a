"""The dialog that turns a file into data; it reads and plans in threads, and harms nothing until they are taken."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from gdexplorer.app.datapage import DataPage, Wanted
from gdexplorer.app.guard import guarded
from gdexplorer.app.intake import Contents, Marks, Plan, plan, read
from gdexplorer.data import Table
from gdexplorer.data.text_file import shown
from gdexplorer.panels.text import label
from gdexplorer.runtime.chore import Chore

_LOG = logging.getLogger("gdexplorer")
LOOK_MS = 30  # between two looks at what a thread has done
SHORT = 0.2  # seconds of reading that need no bar
MARGIN = 16  # px


class DataDialog(QDialog):
    """The window behind it stays alive, and its run goes on.

    Parameters
    ----------
    check
        Raises ValueError, with a sentence, for a table that the present experiment cannot learn.
    """

    taken = Signal(object)  # a Table
    another = Signal()  # the user wants to choose another file

    def __init__(self, path: Path, check: Callable[[Table], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open data")
        self.setSizeGripEnabled(True)
        self._path, self._check, self._marks, self._behind = path, check, Marks(), parent
        self._reading: Chore[Contents] | None = None
        self._planning: Chore[Plan] | None = None
        self._focus: QWidget | None = None  # where it was before the file was read again
        self._size = ""  # of the file, in words
        self.contents: Contents | None = None
        self.plan: Plan | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._on_look)
        self._build()
        self.resize(self.sizeHint())
        self.page.show_contents(None)
        self._offer()
        self._read(Marks())

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(8)
        self.title = label(shown(self._path.name), "title")
        self.facts = label("", "muted")
        self.page = DataPage(self)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.page)
        self.pages.addWidget(self._progress_page())
        self.refusal = label("")
        self.refusal.setForegroundRole(QPalette.ColorRole.BrightText)  # the theme's color of danger
        self.refusal.setWordWrap(True)
        self.refusal.setAccessibleName("Why these data cannot be used")
        for widget, stretch in ((self.title, 0), (self.facts, 0), (self.pages, 1), (self.refusal, 0)):
            column.addWidget(widget, stretch)
        self.other, self.cancel, self.use = QPushButton("Another file…"), QPushButton("Cancel"), QPushButton()
        self.use.setProperty("primary", True)
        self.use.setDefault(True)
        row = QHBoxLayout()
        row.addWidget(self.other)
        row.addStretch(1)
        row.addWidget(self.cancel)
        row.addWidget(self.use)
        column.addLayout(row)
        self.page.marks_chosen.connect(self._on_marks_chosen)
        self.page.wanted.connect(self._on_wanted)
        self.other.clicked.connect(self._on_other_clicked)
        self.cancel.clicked.connect(self.reject)
        self.use.clicked.connect(self._on_use_clicked)

    def _progress_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Part of the file that is read")
        self.left = label("Reading…", "muted")
        column.addStretch(1)
        column.addWidget(self.bar)
        column.addWidget(self.left)
        column.addStretch(2)
        return page

    @guarded(default=QSize(900, 620))
    def sizeHint(self) -> QSize:
        """As large as the text needs, and no larger than the window behind."""
        line, room = self.fontMetrics().height(), self._behind.size() - QSize(48, 48)
        return QSize(56 * line, 34 * line).boundedTo(room)

    # ---- reading and planning, each in a thread ---------------------------------------------

    def _read(self, marks: Marks) -> None:
        self._forget()
        self._marks, self._focus = marks, self.focusWidget()
        self._reading = Chore(partial(read, self._path, marks))
        self.left.setText("Reading…")
        self.bar.setValue(0)
        self.use.setEnabled(False)
        self._timer.start()

    def _forget(self) -> None:
        """Call back what is under way."""
        for chore in (self._reading, self._planning):
            if chore is not None:
                chore.cancel()
        self._reading = self._planning = self.plan = None
        self._timer.stop()

    @guarded
    def _on_look(self) -> None:
        reading, planning = self._reading, self._planning
        if reading is not None and reading.done:
            self._reading = None
            self._show_reading(reading)
        elif reading is not None and reading.seconds > SHORT:
            self.pages.setCurrentIndex(1)
            self.bar.setValue(round(1000 * reading.share))
            seconds = reading.seconds_left
            self.left.setText("Reading…" if seconds is None else f"Reading… about {max(1, round(seconds))} s left")
        elif planning is not None and planning.done:
            self._planning, self.plan = None, planning.result()
            self._show_plan(self.plan)
        if self._reading is None and self._planning is None:
            self._timer.stop()

    # ---- what is shown ------------------------------------------------------------------------

    def _show_reading(self, reading: Chore[Contents]) -> None:
        self.pages.setCurrentIndex(0)
        self.contents, refusal = None, ""
        try:
            self.contents = reading.result()
        except ValueError as error:
            refusal = str(error)
        self._size = ""
        if self.contents is not None:
            rows, width = self.contents.preview.rows, len(self.contents.preview.columns)
            self._size = f"{rows:,} row{'s' * (rows != 1)}, {width:,} column{'s' * (width != 1)}"
        self.facts.setText(self._size)
        self.page.show_contents(self.contents)
        if self.contents is None:
            self.page.show_marks(self._marks)
        self._offer(refusal)
        (self._focus or (self.other if refusal else self.page.target)).setFocus()

    def _show_plan(self, plan: Plan) -> None:
        self.page.show_plan(plan)
        used = f"; {len(plan.chosen.table):,} examples to learn from" if plan.chosen else ""
        self.facts.setText(self._size + used)
        self._offer(plan.refusal)

    def _offer(self, refusal: str = "") -> None:
        """Say what is remarkable and what is wrong; let the data be used if they can be."""
        preview = None if self.contents is None else self.contents.preview
        chosen = None if self.plan is None else self.plan.chosen
        notes = [*(preview.warnings if preview else ()), *(chosen.notes if chosen else ())]
        sample = preview is not None and bool(preview.cut)
        if sample:
            notes[0] += " Use this sample?"
        self.page.show_notes(notes)
        if refusal:
            _LOG.info("%s: %s", self._path.name, refusal)
        self.refusal.setText(refusal)
        self.refusal.setVisible(bool(refusal))
        self.use.setText("Use this sample" if sample else "Use these data")
        self.use.setEnabled(chosen is not None)

    # ---- what the user does ---------------------------------------------------------------------

    @guarded
    def _on_marks_chosen(self, marks: Marks) -> None:
        self._read(marks)

    @guarded
    def _on_wanted(self, wanted: Wanted) -> None:
        """Make the table of a choice; one that is under way for another choice is forgotten."""
        assert self.contents is not None
        preview, check, self.plan = self.contents.preview, self._check, None
        self._planning = Chore(lambda tell, stop: plan(preview, *wanted, check))
        self.use.setEnabled(False)
        self._timer.start()

    @guarded
    def _on_other_clicked(self) -> None:
        self.another.emit()

    @guarded
    def _on_use_clicked(self) -> None:
        if self.plan is not None and self.plan.chosen is not None:
            self.taken.emit(self.plan.chosen.table)
            self.accept()

    @guarded
    def done(self, code: int) -> None:
        """Leave; what is under way is called back."""
        self._forget()
        super().done(code)
        self.deleteLater()
