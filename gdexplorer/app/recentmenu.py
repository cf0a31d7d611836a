"""The menu of what was open before: recent files, and the last sessions that ended without being saved."""

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from gdexplorer.app.guard import guarded
from gdexplorer.app.recovery import Recovery
from gdexplorer.app.recoverydialog import moment
from gdexplorer.app.saving import Saving
from gdexplorer.data.text_file import shown

FILE, UNSAVED = "file", "unsaved"


class RecentMenu(QObject):
    """Filled each time that it is opened."""

    def __init__(self, menu: QMenu, saving: Saving, recovery: Recovery | None) -> None:
        super().__init__(menu)
        self._saving, self._recovery = saving, recovery
        self.menu = menu.addMenu("Open &recent")
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self.fill)

    @guarded
    def fill(self) -> None:
        """List what there is."""
        self.menu.clear()
        for path in self._saving.recent.paths():
            folder = Path(path).parent.name
            self._add(f"{Path(path).name} — {folder}" if folder else Path(path).name, FILE, path).setStatusTip(path)
        if not self.menu.actions():
            self.menu.addAction("No files yet").setEnabled(False)
        else:
            self.menu.addSeparator()
            self.menu.addAction("&Clear this list", self._on_clear)
        if self._recovery is not None and (unsaved := self._recovery.unsaved()):
            self.menu.addSection("Not saved")
            for key, line in unsaved:
                text = f"{line.title}, update {line.step:,}, {moment(line.seconds)}"
                self._add(text, UNSAVED, key)

    def _add(self, text: str, kind: str, what: str) -> QAction:
        action = self.menu.addAction(shown(text, 80).replace("&", "&&"), self._on_chosen)
        action.setData((kind, what))
        return action

    @guarded
    def _on_clear(self) -> None:
        self._saving.recent.clear()

    @guarded
    def _on_chosen(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        kind, what = action.data()
        if kind == FILE:
            self._saving.open_recent(what)
        elif self._recovery is not None:
            self._recovery.reopen(what)
