"""The dialog that offers what a crash left."""

import time
from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPlainTextEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gdexplorer.app.guard import guarded
from gdexplorer.data.text_file import shown
from gdexplorer.lab.generations import Headline
from gdexplorer.panels.text import label

MARGIN = 16  # px
COLUMNS = ("Session", "Update", "Saved", "Size")
NUMBERS = (1, 3)  # columns


class RecoveryDialog(QDialog):
    """One row for each session that was lost; rows keep their order, and those that are discarded go."""

    recover_requested = Signal(int)  # number of a row
    discard_requested = Signal(int)

    def __init__(self, headlines: Sequence[Headline | None], stack: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._behind = parent
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Recover")
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(8)
        several = len(headlines) > 1
        text = f"{'These sessions were' if several else 'This session was'} kept safe. What is recovered opens as a "
        text += "new session; none of your files is touched."
        words = label(text if headlines else "There is no session to recover. This is where it stopped:", "muted")
        words.setWordWrap(True)
        self.table = self._table(headlines)
        self.details = QPlainTextEdit(stack)
        self.details.setReadOnly(True)
        self.details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(0.8 * self.font().pointSizeF())
        self.details.setFont(font)
        self.details.setAccessibleName("Where the program stopped")
        column.addWidget(label("gdexplorer ended unexpectedly the last time", "title"))
        column.addWidget(words)
        column.addWidget(self.table, 2)
        column.addWidget(self.details, 3)
        column.addLayout(self._buttons(stack))
        self.table.setVisible(bool(headlines))
        self.details.setVisible(not headlines)
        self.more.setChecked(not headlines)
        if headlines:
            self.table.selectRow(0)
        self._on_selected()
        (self.recover if headlines else self.later).setFocus()
        self.resize(self.sizeHint())

    def _table(self, headlines: Sequence[Headline | None]) -> QTableWidget:
        table = QTableWidget(len(headlines), len(COLUMNS), self)
        table.setAccessibleName("Sessions that can be recovered")
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.setWordWrap(False)
        table.setShowGrid(False)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for at, headline in enumerate(headlines):
            for place, text in enumerate(_cells(headline)):
                table.setItem(at, place, _item(place, text))
        for place, name in enumerate(COLUMNS):
            table.setHorizontalHeaderItem(place, _item(place, name))
        table.itemSelectionChanged.connect(self._on_selected)
        return table

    def _buttons(self, stack: str) -> QHBoxLayout:
        self.more, self.copy = QPushButton("Details"), QPushButton("Copy details")
        self.more.setCheckable(True)
        self.discard, self.later, self.recover = QPushButton("Discard"), QPushButton("Later"), QPushButton("Recover")
        self.recover.setProperty("primary", True)
        row = QHBoxLayout()
        for button in (self.more, self.copy):
            button.setVisible(bool(stack) and (button is self.copy or self.table.rowCount() > 0))
            row.addWidget(button)
        row.addStretch(1)
        for button in (self.discard, self.later, self.recover):
            row.addWidget(button)
        self.more.toggled.connect(self._on_more_toggled)
        self.copy.clicked.connect(self._on_copy_clicked)
        self.discard.clicked.connect(self._on_discard_clicked)
        self.later.clicked.connect(self.reject)
        self.recover.clicked.connect(self._on_recover_clicked)
        return row

    @guarded(default=QSize(640, 320))
    def sizeHint(self) -> QSize:
        """As large as the text needs, and no larger than the window behind."""
        line, room = self.fontMetrics().height(), self._behind.size() - QSize(48, 48)
        lines = 11 + 2 * min(self.table.rowCount(), 5) + 14 * self.more.isChecked()
        return QSize(46 * line, lines * line).boundedTo(room)

    @property
    def number(self) -> int:
        """The row that is chosen; -1 if there is none."""
        return self.table.currentRow() if self.table.selectedItems() else -1

    def show_damaged(self, number: int) -> None:
        """Say that a session cannot be read."""
        for place, text in enumerate(_cells(None)):
            self.table.setItem(number, place, _item(place, text))
        self._on_selected()

    @guarded
    def _on_selected(self) -> None:
        update = self.table.item(self.number, 1)
        whole = update is not None and bool(update.text())
        rows = self.table.rowCount() > 0
        self.recover.setEnabled(whole)
        self.recover.setVisible(rows)
        self.discard.setEnabled(self.number >= 0)
        self.discard.setVisible(rows)
        self.later.setText("Later" if rows else "Close")
        (self.recover if whole else self.later).setDefault(True)

    @guarded
    def _on_recover_clicked(self) -> None:
        self.recover_requested.emit(self.number)

    @guarded
    def _on_discard_clicked(self) -> None:
        number = self.number
        self.discard_requested.emit(number)
        self.table.removeRow(number)
        if self.table.rowCount():
            self.table.selectRow(min(number, self.table.rowCount() - 1))
        else:
            self.accept()

    @guarded
    def _on_more_toggled(self, on: bool) -> None:
        self.details.setVisible(on)
        self.resize(self.width(), self.sizeHint().height())

    @guarded
    def _on_copy_clicked(self) -> None:
        QApplication.clipboard().setText(self.details.toPlainText())


def _item(place: int, text: str) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    side = Qt.AlignmentFlag.AlignRight if place in NUMBERS else Qt.AlignmentFlag.AlignLeft
    item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    return item


def _cells(headline: Headline | None) -> tuple[str, ...]:
    if headline is None:
        return ("A session whose autosaves are all damaged", "", "", "")
    return shown(headline.title), f"{headline.step:,}", moment(headline.seconds), bytes_text(headline.size)


def moment(seconds: float) -> str:
    """Return a time of day in the user's own way, with its date unless that is today."""
    when, locale = QDateTime.fromSecsSinceEpoch(int(seconds)), QLocale()
    time_of_day = locale.toString(when.time(), QLocale.FormatType.ShortFormat)
    if when.date() == QDateTime.fromSecsSinceEpoch(int(time.time())).date():
        return f"today, {time_of_day}"
    return f"{locale.toString(when.date(), QLocale.FormatType.ShortFormat)}, {time_of_day}"


def bytes_text(size: int) -> str:
    """Return a number of bytes as one reads it."""
    return QLocale().formattedDataSize(size, 0 if size < 2**20 else 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat)
