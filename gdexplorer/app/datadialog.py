"""The dialog that turns a file into data: how to read it, what to learn from what, and what is wrong with it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gdexplorer.app.choice import Choice, fill_combo, select_choice
from gdexplorer.app.columntable import ColumnTable
from gdexplorer.app.editor import name_widget
from gdexplorer.app.guard import guarded
from gdexplorer.app.inputs import Combo
from gdexplorer.app.intake import Contents, Marks, Plan, plan, read
from gdexplorer.data import Table, Task
from gdexplorer.data.csv_format import DELIMITERS, NAMES
from gdexplorer.data.text_file import shown
from gdexplorer.panels.text import label, set_tooltip
from gdexplorer.runtime.chore import Chore

LOOK_MS = 30  # between two looks at what a thread has done
SHORT = 0.2  # seconds of reading that need no bar
NOTES = 4.5  # lines that are seen at once
MARGIN = 16  # px
DELIMITER = [Choice(mark, NAMES[mark]) for mark in reversed(DELIMITERS)]
DECIMAL = [Choice(".", "point"), Choice(",", "comma")]
HEADER = [Choice(True, "names the columns"), Choice(False, "is an example")]
TASK = [
    Choice("regression", "a number", "Regression: the network's output is the value itself."),
    Choice("binary", "one of two classes", "One output, the confidence in the second class."),
    Choice("classes", "a class", "One output a class, up to 100."),
]


class DataDialog(QDialog):
    """Reads in a thread of its own; the window behind it goes on, and nothing happens to it until `taken`.

    Parameters
    ----------
    check
        Raises ValueError, with a sentence, for a table that the present experiment cannot learn.
    """

    taken = Signal(object)  # a Table
    another = Signal()  # the user wants to choose another file

    def __init__(self, path: Path, check: Callable[[Table], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Open data")
        self.setSizeGripEnabled(True)
        self._path, self._check, self._marks = path, check, Marks()
        self._reading: Chore[Contents] | None = None
        self._planning: Chore[Plan] | None = None
        self._wanted: tuple[str, tuple[str, ...] | None, Task | None] = ("", None, None)
        self._focus: QWidget | None = None  # where it was before the file was read again
        self._size = ""  # of the file, in words
        self.contents: Contents | None = None
        self.plan: Plan | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._on_look)
        self._build()
        self.resize(self.sizeHint())
        self._offer()
        self._read(Marks())

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(8)
        self.title = label(shown(self._path.name), "title")
        self.title.setWordWrap(True)
        self.facts = label("", "muted")
        self.pages = QStackedWidget()
        self.pages.addWidget(self._progress_page())
        self.pages.addWidget(self._contents_page())
        self.refusal = label("")
        self.refusal.setForegroundRole(QPalette.ColorRole.BrightText)  # the theme's color of danger
        self.refusal.setWordWrap(True)
        self.refusal.setAccessibleName("Why these data cannot be used")
        for widget, stretch in ((self.title, 0), (self.facts, 0), (self.pages, 1), (self.refusal, 0)):
            column.addWidget(widget, stretch)
        column.addLayout(self._buttons())

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

    def _contents_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.delimiter = self._combo("Between cells", DELIMITER, "What separates the cells of a row.")
        self.decimal = self._combo("Decimal mark", DECIMAL, "What separates a number from its decimals.")
        self.header = self._combo("First row", HEADER, "Whether the first row holds names or an example.")
        self.columns = ColumnTable(self)
        self.target = self._combo("Learn", [], "The column that the network is to learn.")
        self.task = self._combo("as", TASK, "What kind of thing is learned.")
        self.all, self.none = QPushButton("All"), QPushButton("None")
        name_widget(self.all, "Tick all inputs", "")
        name_widget(self.none, "Tick no input", "")
        self.count = label("", "muted")
        self.notes = QPlainTextEdit()
        self.notes.setReadOnly(True)
        self.notes.setTabChangesFocus(True)
        self.notes.setAccessibleName("What is remarkable about the file")
        form = _row("Between cells", self.delimiter, "Decimal mark", self.decimal, "First row", self.header, None)
        column.addLayout(form)
        column.addWidget(self.columns, 1)
        column.addLayout(_row("Learn", self.target, "as", self.task, "from", self.count, None, self.all, self.none))
        column.addWidget(self.notes)
        for combo in (self.delimiter, self.decimal, self.header):
            combo.activated.connect(self._on_marks_chosen)
        self.target.activated.connect(self._on_target_chosen)
        self.task.activated.connect(self._on_task_chosen)
        self.columns.chosen.connect(self._on_inputs_chosen)
        self.all.clicked.connect(self._on_all_clicked)
        self.none.clicked.connect(self._on_none_clicked)
        return page

    def _combo(self, name: str, choices: list[Choice], tip: str) -> Combo:
        made = Combo(self)
        made.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToContents)
        fill_combo(made, choices)
        name_widget(made, name, tip)
        set_tooltip(made, tip)
        return made

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.other, self.cancel, self.use = QPushButton("Another file…"), QPushButton("Cancel"), QPushButton()
        self.use.setProperty("primary", True)
        self.use.setDefault(True)
        row.addWidget(self.other)
        row.addStretch(1)
        row.addWidget(self.cancel)
        row.addWidget(self.use)
        self.other.clicked.connect(self._on_other_clicked)
        self.cancel.clicked.connect(self.reject)
        self.use.clicked.connect(self._on_use_clicked)
        return row

    @guarded(default=QSize(900, 620))
    def sizeHint(self) -> QSize:
        """As large as the text needs, and no larger than the window behind."""
        line, room = self.fontMetrics().height(), self.parentWidget().size() - QSize(48, 48)
        return QSize(56 * line, 40 * line).boundedTo(room)

    # ---- reading and planning, each in a thread -----------------------------------------

    def _read(self, marks: Marks) -> None:
        self._forget()
        self._marks, self._focus = marks, self.focusWidget()
        self._reading = Chore(partial(read, self._path, marks))
        self.left.setText("Reading…")
        self.bar.setValue(0)
        self.use.setEnabled(False)
        self._timer.start()

    def _plan(self, target: str, inputs: tuple[str, ...] | None, task: Task | None) -> None:
        """Make the table of a choice; a choice made meanwhile takes its place."""
        assert self.contents is not None
        self._wanted = (target, inputs, task)
        preview, check, self.plan = self.contents.preview, self._check, None
        self._planning = Chore(lambda tell, stop: plan(preview, target, inputs, task, check))
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
            self._on_read(reading)
        elif reading is not None and reading.seconds > SHORT:
            self.pages.setCurrentIndex(0)
            self.bar.setValue(round(1000 * reading.share))
            seconds = reading.seconds_left
            self.left.setText("Reading…" if seconds is None else f"Reading… about {max(1, round(seconds))} s left")
        elif planning is not None and planning.done:
            self._planning = None
            self.plan = planning.result()
            self._show_plan(self.plan)
        if self._reading is None and self._planning is None:
            self._timer.stop()

    def _on_read(self, reading: Chore[Contents]) -> None:
        self.pages.setCurrentIndex(1)
        try:
            self.contents = reading.result()
        except ValueError as error:
            self.contents = None
            self.facts.clear()
            self.columns.setColumnCount(0)
            self._show_marks(self._marks)
            self._offer(str(error))
            return
        preview = self.contents.preview
        rows, width = preview.rows, len(preview.columns)
        self._size = f"{rows:,} {'row' if rows == 1 else 'rows'}, {width:,} {'column' if width == 1 else 'columns'}"
        self.facts.setText(self._size)
        self._show_marks(Marks(preview.format.delimiter, preview.format.decimal, preview.format.header))
        self.columns.show_contents(self.contents)
        fill_combo(self.target, [Choice(column.name, shown(column.name, 24)) for column in preview.columns])
        self.target.setCurrentIndex([column.name for column in preview.columns].index(self.contents.target))
        self._offer()
        (self._focus or self.target).setFocus()
        self._plan(self.contents.target, None, None)

    # ---- what is shown --------------------------------------------------------------------

    def _show_marks(self, marks: Marks) -> None:
        select_choice(self.delimiter, DELIMITER, marks.delimiter or "")
        select_choice(self.decimal, DECIMAL, marks.decimal or "")
        select_choice(self.header, HEADER, "" if marks.header is None else marks.header)

    def _show_plan(self, plan: Plan) -> None:
        assert self.contents is not None
        self.columns.show_choice(plan.target, plan.inputs)
        select_choice(self.task, TASK, plan.task)
        count = len(plan.inputs)
        self.count.setText("1 input, ticked above" if count == 1 else f"{count:,} inputs, ticked above")
        used = f"; {len(plan.chosen.table):,} examples to learn from" if plan.chosen else ""
        self.facts.setText(self._size + used)
        self._offer(plan.refusal)

    def _offer(self, refusal: str = "") -> None:
        """Say what is remarkable and what is wrong; let the data be used if they can be."""
        preview = None if self.contents is None else self.contents.preview
        chosen = None if self.plan is None else self.plan.chosen
        notes = [*(preview.warnings if preview else ()), *(chosen.notes if chosen else ())]
        if preview is not None and preview.cut:
            notes[0] += " Use this sample?"
        text = "\n".join(f"•  {note}" for note in notes)
        if text != self.notes.toPlainText():
            self.notes.setPlainText(text)
        lines = min(NOTES, 1.5 + len(notes))
        self.notes.setFixedHeight(round(lines * self.notes.fontMetrics().lineSpacing()) + MARGIN)
        self.notes.setVisible(bool(notes))
        for part in (self.columns, self.target, self.task, self.all, self.none):
            part.setEnabled(preview is not None)
        self.refusal.setText(refusal)
        self.refusal.setVisible(bool(refusal))
        self.use.setText("Use this sample" if preview is not None and preview.cut else "Use these data")
        self.use.setEnabled(chosen is not None)

    # ---- what the user does ----------------------------------------------------------------

    @guarded
    def _on_marks_chosen(self) -> None:
        combos = (self.delimiter, DELIMITER), (self.decimal, DECIMAL), (self.header, HEADER)
        delimiter, decimal, header = (
            choices[combo.currentIndex()].value if combo.currentIndex() >= 0 else None for combo, choices in combos
        )
        if self.sender() is self.delimiter:
            decimal = header = None  # other cells
        self._read(Marks(delimiter, decimal, header))

    @guarded
    def _on_target_chosen(self, index: int) -> None:
        assert self.contents is not None
        self._plan(self.contents.preview.columns[index].name, None, None)

    @guarded
    def _on_task_chosen(self, index: int) -> None:
        target, inputs, _ = self._wanted
        self._plan(target, inputs, TASK[index].value)

    @guarded
    def _on_inputs_chosen(self, inputs: tuple[str, ...]) -> None:
        target, _, task = self._wanted
        self._plan(target, inputs, task)

    @guarded
    def _on_all_clicked(self) -> None:
        self.columns.tick_all(True)

    @guarded
    def _on_none_clicked(self) -> None:
        self.columns.tick_all(False)

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


def _row(*parts: str | QWidget | None) -> QHBoxLayout:
    """Return words and controls side by side; None is room between them. A word belongs to the control after it."""
    row = QHBoxLayout()
    words: QLabel | None = None
    for part in parts:
        if part is None:
            row.addStretch(1)
        elif isinstance(part, str):
            words = label(part)
            row.addWidget(words)
        else:
            row.addWidget(part)
            if words is not None:
                words.setBuddy(part)
                words = None
    return row
