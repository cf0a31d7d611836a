"""What is in a file and what to do with it: how it was read, its first rows, what to learn from what, what is wrong."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from gdexplorer.app.choice import Choice, fill_combo, select_choice
from gdexplorer.app.columntable import ColumnTable
from gdexplorer.app.editor import name_widget
from gdexplorer.app.guard import guarded
from gdexplorer.app.inputs import Combo
from gdexplorer.app.intake import Contents, Marks, Plan
from gdexplorer.data import Task
from gdexplorer.data.csv_format import DELIMITERS, NAMES
from gdexplorer.data.text_file import shown
from gdexplorer.panels.text import label, set_tooltip

LINES = 4  # of notes that are seen at once
LONGEST = 24  # letters of a column's name
DELIMITER = [Choice(mark, NAMES[mark]) for mark in reversed(DELIMITERS)]
DECIMAL = [Choice(".", "point"), Choice(",", "comma")]
HEADER = [Choice(True, "names the columns"), Choice(False, "is an example")]
TASK = [
    Choice("regression", "a number", "Regression: the network's output is the value itself."),
    Choice("binary", "one of two classes", "One output, the confidence in the second class."),
    Choice("classes", "a class", "One output a class, up to 100."),
]
Wanted = tuple[str, tuple[str, ...] | None, Task | None]  # target, inputs, task; None: as suggested


class DataPage(QWidget):
    """Shows a file and a plan for it; tells what the user wants instead."""

    marks_chosen = Signal(object)  # Marks: read it so
    wanted = Signal(object)  # Wanted

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._contents: Contents | None = None
        self._wanted: Wanted = ("", None, None)
        self.delimiter = self._combo("Between cells", DELIMITER, "What separates the cells of a row.")
        self.decimal = self._combo("Decimal mark", DECIMAL, "What separates a number from its decimals.")
        self.header = self._combo("First row", HEADER, "Whether the first row holds names or an example.")
        self.columns = ColumnTable(self)
        self.target = self._combo("Learn", [], "The column that the network is to learn.")
        self.task = self._combo("as", TASK, "What kind of thing is learned.")
        self.count = label("", "muted")
        self.all, self.none = QPushButton("All"), QPushButton("None")
        name_widget(self.all, "Tick all inputs", "")
        name_widget(self.none, "Tick no input", "")
        for button in (self.all, self.none):
            button.setAutoDefault(False)
        self.notes = QPlainTextEdit()
        self.notes.setReadOnly(True)
        self.notes.setTabChangesFocus(True)
        self.notes.setAccessibleName("What is remarkable about the file")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(_row("Between cells", self.delimiter, "Decimal mark", self.decimal, "First row", self.header,
                              None))  # fmt: skip
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

    def _combo(self, name: str, choices: list[Choice], tip: str) -> Combo:
        made = Combo(self)
        made.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToContents)
        fill_combo(made, choices)
        name_widget(made, name, tip)
        set_tooltip(made, tip)
        return made

    # ---- what is shown ----------------------------------------------------------------

    def show_marks(self, marks: Marks) -> None:
        """Show how the file is read; nothing where that is not known."""
        select_choice(self.delimiter, DELIMITER, marks.delimiter or "")
        select_choice(self.decimal, DECIMAL, marks.decimal or "")
        select_choice(self.header, HEADER, "" if marks.header is None else marks.header)

    def show_contents(self, contents: Contents | None) -> None:
        """Show a file, or that there is none."""
        self._contents = contents
        for part in (self.columns, self.target, self.task, self.all, self.none):
            part.setEnabled(contents is not None)
        if contents is None:
            self.columns.show_nothing()
            self.target.clear()
            self.count.clear()
            return
        names = [column.name for column in contents.preview.columns]
        found = contents.preview.format
        self.show_marks(Marks(found.delimiter, found.decimal, found.header))
        self.columns.show_contents(contents)
        fill_combo(self.target, [Choice(name, shown(name, LONGEST)) for name in names])
        self.target.setCurrentIndex(names.index(contents.target))
        self._want((contents.target, None, None))

    def show_plan(self, plan: Plan) -> None:
        """Show what is to be learned from what."""
        self.columns.show_choice(plan.target, plan.inputs)
        select_choice(self.task, TASK, plan.task)
        count = len(plan.inputs)
        self.count.setText("1 input, ticked above" if count == 1 else f"{count:,} inputs, ticked above")

    def show_notes(self, notes: Sequence[str]) -> None:
        """Say what is remarkable, a line each."""
        text = "\n".join(f"•  {note}" for note in notes)
        if text != self.notes.toPlainText():
            self.notes.setPlainText(text)
        margin = round(self.notes.document().documentMargin())
        around = self.notes.height() - self.notes.viewport().height() + 2 * margin
        self.notes.setFixedHeight(min(LINES, len(notes)) * self.notes.fontMetrics().lineSpacing() + around)
        self.notes.setVisible(bool(notes))

    # ---- what the user does -------------------------------------------------------------

    def _want(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self.wanted.emit(wanted)

    @guarded
    def _on_marks_chosen(self) -> None:
        combos = (self.delimiter, DELIMITER), (self.decimal, DECIMAL), (self.header, HEADER)
        delimiter, decimal, header = (
            choices[combo.currentIndex()].value if combo.currentIndex() >= 0 else None for combo, choices in combos
        )
        if self.sender() is self.delimiter:
            decimal = header = None  # for the cells are other ones
        self.marks_chosen.emit(Marks(delimiter, decimal, header))

    @guarded
    def _on_target_chosen(self, index: int) -> None:
        assert self._contents is not None
        self._want((self._contents.preview.columns[index].name, None, None))

    @guarded
    def _on_task_chosen(self, index: int) -> None:
        target, inputs, _ = self._wanted
        self._want((target, inputs, TASK[index].value))

    @guarded
    def _on_inputs_chosen(self, inputs: tuple[str, ...]) -> None:
        target, _, task = self._wanted
        self._want((target, inputs, task))

    @guarded
    def _on_all_clicked(self) -> None:
        self.columns.tick_all(True)

    @guarded
    def _on_none_clicked(self) -> None:
        self.columns.tick_all(False)


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
