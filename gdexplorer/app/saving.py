"""Which file the session is, if any: opening, saving and saving elsewhere, and the list of recent files."""

import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMainWindow

from gdexplorer.app.conductor import Conductor
from gdexplorer.app.export import completed
from gdexplorer.app.guard import guarded
from gdexplorer.app.recent import Recent
from gdexplorer.data.text_file import shown
from gdexplorer.lab import archive, experiments
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.files import write
from gdexplorer.lab.generations import Deeds, deeds
from gdexplorer.lab.session import Session

OPENED = "Sessions and experiments (*.gdx *.toml)"
Stamp = tuple[int, int, int]  # of a file: which one it is, how long, when it was written


class Saving(QObject):
    """Saves to the file that was opened or saved last, unless somebody else has written to it since."""

    said = Signal(str)

    def __init__(self, window: QMainWindow, conductor: Conductor, settings: QSettings) -> None:
        super().__init__(window)
        self._window, self._conductor = window, conductor
        self.recent = Recent(settings)
        self.path: Path | None = None  # a session's, never an experiment's: that has no place for a run
        self._stamp: Stamp | None = None  # of the file as this program knows it
        self._saved: Deeds | None = Deeds()  # what a file holds; None: there is no file and there should be
        conductor.opened.connect(self._on_opened)
        conductor.filed.connect(self._on_filed)
        conductor.saved.connect(self._on_saved)

    # ---- what is in a file ------------------------------------------------------------

    @guarded
    def _on_opened(self) -> None:
        if (begun := self._conductor.begun) is not None:
            self.path, self._stamp = None, None
            self._saved = begun if begun == Deeds() else None

    @guarded
    def _on_filed(self, path: Path) -> None:
        self.recent.add(path)
        if path.suffix.lower() == archive.SUFFIX and (begun := self._conductor.begun) is not None:
            self._remember(path, begun)

    @guarded
    def _on_saved(self, path: Path, deeds: Deeds) -> None:
        self.recent.add(path)
        self._remember(path, deeds)

    def _remember(self, path: Path, deeds: Deeds) -> None:
        self.path, self._stamp, self._saved = path, _stamp(path), deeds

    def holds_work(self, session: Session) -> bool:
        """Whether there are commands in no file: updates alone are made again by pressing play."""
        return self._saved is None or deeds(session).commands != self._saved.commands

    @property
    def modified(self) -> bool:
        """Whether the session that is shown holds work that is in no file."""
        trainer = self._conductor.trainer
        return trainer is not None and trainer.session is not None and self.holds_work(trainer.session)

    # ---- what a person wants ------------------------------------------------------------

    @guarded
    def open(self) -> None:
        """Ask for a session or an experiment, and open it."""
        dialog = self._dialog("Open", OPENED)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._on_file_chosen)
        dialog.open()

    @guarded
    def _on_file_chosen(self, name: str) -> None:
        self._conductor.open_path(name)

    def open_recent(self, path: str) -> None:
        """Open a file of the list; take it off if it is gone."""
        if os.path.isfile(path):
            self._conductor.open_path(path)
            return
        self.recent.drop(path)
        self.said.emit(f"'{shown(Path(path).name)}' is not there any more, so it was taken off the list.")

    @guarded
    def save(self) -> None:
        """Save to the same file, or ask for one."""
        if self.path is None:
            self.save_as()
            return
        if self._stamp is not None and (now := _stamp(self.path)) not in (None, self._stamp):
            self._stamp = now  # the warning is given once
            self.said.emit(f"'{shown(self.path.name)}' was changed elsewhere, perhaps in another window; save again to "
                           "replace it, or use Save as.")  # fmt: skip
            return
        self._conductor.save(str(self.path))

    @guarded
    def save_as(self) -> None:
        """Ask for a file, and save the session there."""
        self._ask("Save session", "Sessions", archive.SUFFIX, self._conductor.save)

    @guarded
    def save_experiment(self) -> None:
        """Ask for a file, and write the settings there as they are now, without weights."""
        self._ask("Save as TOML experiment", "Experiments", experiments.SUFFIX, self._write_experiment)

    def _write_experiment(self, name: str) -> None:
        if (frame := self._conductor.frame) is not None:
            write(Path(name), experiments.dump(frame.lane.state.experiment).encode())
            self.recent.add(name)
            self.said.emit(f"Saved {Path(name).name}.")

    @guarded
    def copy_settings(self) -> None:
        """Put the settings as they are now on the clipboard, as the text of an experiment."""
        if (frame := self._conductor.frame) is not None:
            try:
                QGuiApplication.clipboard().setText(experiments.dump(frame.lane.state.experiment))
                self.said.emit("Copied the settings as text; File › Open copied settings begins with them anywhere.")
            except Complaint as complaint:
                self.said.emit(str(complaint))

    @guarded
    def open_copied(self) -> None:
        """Begin the experiment whose text is on the clipboard."""
        text = QGuiApplication.clipboard().text()
        try:
            if not text.strip():
                raise Complaint("The clipboard holds no text; copy the text of an experiment first.")
            self._conductor.open(experiments.read(text, self._conductor.catalogue, "the clipboard's text"))
        except Complaint as complaint:
            self.said.emit(str(complaint))

    def _ask(self, title: str, kind: str, suffix: str, put: Callable[[str], None]) -> None:
        dialog = self._dialog(title, f"{kind} (*{suffix});;All files (*)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix[1:])
        frame = self._conductor.frame
        title = "experiment" if frame is None else frame.lane.state.experiment.title
        dialog.selectFile((re.sub(r"\W+", "-", title.lower()).strip("-")[:60] or "experiment") + suffix)
        dialog.fileSelected.connect(self._on_name_chosen)
        self._put = partial(_put, put, suffix)
        dialog.open()

    def _dialog(self, title: str, kinds: str) -> QFileDialog:
        folder = "" if self.path is None else str(self.path.parent)
        dialog = QFileDialog(self._window, title, folder, kinds)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    @guarded
    def _on_name_chosen(self, name: str) -> None:
        try:
            self._put(name)
        except Complaint as complaint:
            self.said.emit(str(complaint))


def _put(put: Callable[[str], None], suffix: str, name: str) -> None:
    put(completed(name, suffix))


def _stamp(path: Path) -> Stamp | None:
    """Return what changes when somebody else writes a file; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
