"""Ctrl+K: whatever the menus and the side panel hold, found by typing a part of its name."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QHeaderView, QLineEdit, QMenu, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from gdexplorer.app.guard import guarded
from gdexplorer.panels.text import label

WIDTH, HEIGHT = 110, 24  # of the dialog, in letters and lines
_MOVING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


@dataclass(frozen=True, slots=True)
class Entry:
    """What can be found, and what choosing it does."""

    name: str
    within: str  # the way there: File › Export
    shortcut: str
    choose: Callable[[], object]


def entries(actions: Iterable[QAction], within: str = "") -> Iterator[Entry]:
    """Yield what is in menus and can be chosen now, each with the way to it."""
    for action in actions:
        text, _, plain = action.text().replace("&", "").partition("\t")
        menu = action.menu()
        if isinstance(menu, QMenu):
            yield from entries(menu.actions(), f"{within} › {text}" if within else text)
        elif text and action.isEnabled() and action.isVisible():
            shortcut = plain or action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            yield Entry(text, within, shortcut, action.trigger)


class Finder(QDialog):
    """A field, and below it what has all the words that are typed there; Enter chooses."""

    def __init__(self, found: Iterable[Entry], parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Find an action, an experiment or a setting")
        self.field = QLineEdit()
        self.field.setPlaceholderText("Type a part of its name")
        self.field.setAccessibleName("Part of the name")
        self.field.installEventFilter(self)
        self.list = QTreeWidget()
        self.list.setColumnCount(3)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName("What was found")
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        muted = self.palette().placeholderText()
        self._found: list[tuple[Entry, QTreeWidgetItem]] = []
        for entry in found:
            item = QTreeWidgetItem(self.list, [entry.name, entry.within, entry.shortcut])
            item.setForeground(1, muted)
            self._found.append((entry, item))
        self.nothing = label("Nothing has all these words; type fewer of them.", "muted")
        column = QVBoxLayout(self)
        for widget in (self.field, self.list, self.nothing):
            column.addWidget(widget)
        self.field.textChanged.connect(self._on_typed)
        self.field.returnPressed.connect(self._on_chosen)
        self.list.itemClicked.connect(self._on_chosen)
        letters = self.list.fontMetrics()
        size = QSize(WIDTH * letters.averageCharWidth(), HEIGHT * letters.lineSpacing())
        self.resize(size.boundedTo(parent.screen().availableSize() * 0.9))
        self._on_typed("")

    @guarded
    def _on_typed(self, text: str) -> None:
        words, best = text.casefold().split(), None
        for entry, item in self._found:
            name = entry.name.casefold()
            fits = all(word in f"{entry.within.casefold()} {name}" for word in words)
            item.setHidden(not fits)
            begins = bool(words) and name.startswith(words[0])
            if fits and (best is None or begins > best[0]):
                best = begins, item
        self.nothing.setVisible(best is None)
        self.list.setCurrentItem(best[1] if best else None)  # type: ignore[arg-type]

    @guarded
    def _on_chosen(self) -> None:
        chosen = [entry for entry, item in self._found if item is self.list.currentItem()]
        for entry in chosen:
            self.accept()
            self._window.activateWindow()  # the focus may go to a control there
            entry.choose()

    @guarded(default=False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hand the keys that move up and down to the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _MOVING:
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)
