"""Data of one's own in the window: files that are chosen or dropped, the dialog, and the commands that follow."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from gdexplorer.app.conductor import Conductor
from gdexplorer.app.datadialog import DataDialog
from gdexplorer.app.guard import guarded
from gdexplorer.app.intake import FILES, check, commands
from gdexplorer.data import Table

OTHERS = (".gdx", ".toml")  # sessions and experiments


def dropped(mime: QMimeData) -> Path | None:
    """Return the one file of this machine that was dropped, if it is of a kind that can be opened."""
    urls = mime.urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.suffix.lower() in (*FILES, *OTHERS) else None


class OwnData(QObject):
    """Opens at most one dialog, and sends what was chosen there."""

    shown = Signal(object)  # the Table that the experiment learns from now

    def __init__(self, conductor: Conductor, window: QWidget) -> None:
        super().__init__(window)
        self._conductor, self._window = conductor, window
        self.dialog: DataDialog | None = None

    @guarded
    def choose_file(self) -> None:
        """Ask for a file, and open it."""
        kinds = " ".join(f"*{suffix}" for suffix in FILES)
        path, _ = QFileDialog.getOpenFileName(
            self.dialog or self._window, "Open data", "", f"Tables ({kinds});;All files (*)"
        )
        if path:
            self.open(Path(path))

    def open(self, path: Path) -> None:
        """Show what is in a file; a session or an experiment is opened at once."""
        if path.suffix.lower() in OTHERS:
            self._conductor.open_path(str(path))
            return
        self.close()
        if (frame := self._conductor.frame) is None:
            return
        suits = partial(check, frame.lane.state.experiment, self._conductor.catalogue)
        self.dialog = DataDialog(path, suits, self._window)
        self.dialog.taken.connect(self._on_taken)
        self.dialog.another.connect(self.choose_file)
        self.dialog.finished.connect(self._on_finished)
        self.dialog.open()

    def close(self) -> None:
        """Leave the dialog, if there is one."""
        if self.dialog is not None:
            self.dialog.reject()

    @guarded
    def _on_taken(self, table: Table) -> None:
        if (frame := self._conductor.frame) is not None:
            for command in commands(frame.lane.state.experiment, table):
                self._conductor.command(command)
            self.shown.emit(table)

    @guarded
    def _on_finished(self) -> None:
        self.dialog = None
