"""What one takes away: a panel as a picture or as numbers, and the run as files for other programs."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QMainWindow, QMenu, QProgressDialog

from gdexplorer.app.arrangement import Arrangement
from gdexplorer.app.conductor import Conductor
from gdexplorer.app.docks import Dock
from gdexplorer.app.film import Quiet
from gdexplorer.app.films import Films
from gdexplorer.app.guard import guarded
from gdexplorer.app.picture import Picture
from gdexplorer.app.strips import StatusLine
from gdexplorer.lab import archive, onnx, pytorch, sheet, takeaway
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.commands import Command
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.retrace import retrace
from gdexplorer.lab.session import Session
from gdexplorer.panels import sheets
from gdexplorer.panels.landscape import LandscapePanel
from gdexplorer.runtime.chore import Chore

PNG, SVG, CSV, COPY, SURFACE = "png", "svg", "csv", "copy", "npz"
KINDS = {
    PNG: ("Save as &PNG…", "PNG pictures"), SVG: ("Save as S&VG…", "SVG pictures"),
    CSV: ("Save numbers as &CSV…", "Tables"), COPY: ("&Copy picture", ""),
    SURFACE: ("Save the surface as .&npz…", "NumPy arrays"),
}  # fmt: skip
LOOK_MS = 50
PATIENCE_MS = 500  # before a progress dialog is worth the trouble
Files = dict[Path, bytes]


def offered(dock: Dock) -> list[str]:
    """Return the ways in which a panel can be taken away now."""
    panel = dock.panel
    kinds = [PNG, SVG] + ([CSV] if panel.sheets() else [])
    return [*kinds, *([SURFACE] if isinstance(panel, LandscapePanel) and panel.report is not None else []), COPY]


class Export(QObject):
    """Asks where to, and writes; says in one sentence what came of it."""

    said = Signal(str)

    def __init__(self, window: QMainWindow, conductor: Conductor, host: Arrangement, status: StatusLine,
                 quiet: Quiet) -> None:  # fmt: skip
        super().__init__(window)
        self._window, self._conductor, self._host, self._status = window, conductor, host, status
        self.films = Films(window, conductor, host, status, quiet, self._ask)
        self.films.said.connect(self.said)
        self._chore: Chore[Files] | None = None
        self._progress: QProgressDialog | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._on_look)
        self._write: Callable[[str], None] | None = None
        self._asked: tuple[Dock, str] | None = None
        for dock in host.docks:
            dock.bar.menu.aboutToShow.connect(self._fill_menu)

    # ---- panels ---------------------------------------------------------------------

    def panel(self, kind: str) -> None:
        """Take away the panel that is maximized, alone or has the focus; let the person choose where there is none."""
        seen = [dock for dock in self._host.docks if dock.seen]
        focus = QApplication.focusWidget()
        focused = [dock for dock in seen if focus is not None and dock.isAncestorOf(focus)]
        if (maximized := self._host.maximized) is not None:
            focused = [maximized]
        if focused or len(seen) == 1:
            self.take((focused or seen)[0], kind)
            return
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Which panel?").setEnabled(False)
        menu.addSeparator()
        for dock in seen:
            action = menu.addAction(dock.panel.title.replace("&", "&&"), self._on_chosen)
            action.setData((dock, kind))
            action.setEnabled(kind in offered(dock))
        menu.popup(self._window.mapToGlobal(QPoint(self._window.width() // 3, self._window.height() // 3)))
        menu.setActiveAction(next((action for action in menu.actions() if action.isEnabled()), menu.actions()[0]))

    @guarded
    def _on_chosen(self) -> None:
        dock, kind = self.sender().data()  # type: ignore[attr-defined]
        self.take(dock, kind)

    @guarded
    def _fill_menu(self) -> None:
        menu = cast(QMenu, self.sender())
        menu.clear()
        dock = next(dock for dock in self._host.docks if dock.bar.menu is menu)
        for kind in offered(dock):
            menu.addAction(KINDS[kind][0], self._on_chosen).setData((dock, kind))

    def take(self, dock: Dock, kind: str) -> None:
        """Take away one panel."""
        if kind not in offered(dock):
            none = f"The panel '{dock.panel.title}' has no numbers to save now; save it as a picture."
            self.said.emit(none if kind == CSV else "There is no surface yet; show the landscape and wait for it.")
        elif kind == COPY:
            QApplication.clipboard().setImage(self._picture(dock).image())
            self.said.emit(f"Copied a picture of '{dock.panel.title}'.")
        else:
            write = partial(self._panel, dock, kind)
            self._ask(f"Save {dock.panel.title}", dock.objectName(), kind, KINDS[kind][1], write)

    def _panel(self, dock: Dock, kind: str, name: str) -> None:
        """Write a panel, as it is by now."""
        path = Path(name)
        if kind == SURFACE and isinstance(dock.panel, LandscapePanel) and dock.panel.report is not None:
            frame = self._conductor.frame
            assert frame is not None
            report, histories = dock.panel.taken(frame)
            files = {path: takeaway.surface(report, histories, frame.lane.state.experiment)}
        elif kind == CSV:
            files = sheet.files(path, dock.panel.sheets())
        else:
            picture = self._picture(dock)
            files = {path: picture.png() if kind == PNG else picture.svg()}
        self._put(files)

    def _picture(self, dock: Dock) -> Picture:
        palette = dock.panel.palette_now
        return Picture(dock.panel, palette, f"{dock.panel.title} — {self._title}", self._status.settings)

    # ---- the run --------------------------------------------------------------------

    def weights(self) -> None:
        """Write the weights, between two updates."""
        self._ask("Save weights", "weights", "safetensors", "Weights", self._weights)

    def _weights(self, name: str) -> None:
        if self._conductor.trainer is not None:
            self._conductor.trainer.perform(partial(_save_weights, Path(name)))

    def curves(self) -> None:
        """Write losses and accuracies."""
        self._ask("Save curves", "curves", "csv", "Tables", self._curves)

    def _curves(self, name: str) -> None:
        if (frame := self._conductor.frame) is not None:
            self._put(sheet.files(Path(name), sheets.curves(frame)))

    def onnx(self) -> None:
        """Write the network as an ONNX model, between two updates."""
        try:
            onnx.require()
        except Complaint as complaint:
            self.said.emit(str(complaint))
            return
        self._ask("Save an ONNX model", "network", "onnx", "ONNX models", self._onnx)

    def _onnx(self, name: str) -> None:
        if self._conductor.trainer is not None:
            self._conductor.trainer.perform(partial(_save_onnx, Path(name)))

    def script(self) -> None:
        """Write a PyTorch script; the run is done again for it, in a thread."""
        self._ask("Save a PyTorch script", "run", "py", "Python scripts", self._script)

    def _script(self, name: str) -> None:
        trainer = self._conductor.trainer
        if trainer is None or (session := trainer.session) is None or self._chore is not None:
            return
        updates = session.updates  # before the log, which may grow meanwhile
        log = tuple(entry for entry in list(session.log) if entry[0] <= updates)
        work = partial(_scripted, session.start, log, updates, self._conductor.catalogue, Path(name))
        self._chore = Chore(work)
        self._progress = QProgressDialog("Doing the run again …", "Cancel", 0, 100, self._window)
        self._progress.setWindowTitle("PyTorch script")
        self._progress.setMinimumDuration(PATIENCE_MS)
        self._progress.setAutoClose(False)
        self._progress.canceled.connect(self._on_canceled)
        self._timer.start()

    @guarded
    def _on_canceled(self) -> None:
        if self._chore is not None:
            self._chore.cancel()

    @guarded
    def _on_look(self) -> None:
        chore, progress = self._chore, self._progress
        if chore is None or progress is None:
            return
        if not chore.done:
            left = chore.seconds_left
            progress.setLabelText("Doing the run again" + (" …" if left is None else f", {left:.0f} s left"))
            progress.setValue(min(round(100 * chore.share), 99))
            return
        self._end()
        try:
            self._put(chore.result())
        except Complaint as complaint:
            self.said.emit(str(complaint))

    def _end(self) -> None:
        self._timer.stop()
        if self._progress is not None:
            self._progress.canceled.disconnect(self._on_canceled)
            self._progress.close()
            self._progress.deleteLater()
        self._chore = self._progress = None

    def close(self) -> None:
        """Give up what is under way."""
        self.films.close()
        if self._chore is not None:
            self._chore.cancel()
            self._end()

    # ---- where to -------------------------------------------------------------------

    @property
    def _title(self) -> str:
        frame = self._conductor.frame
        return "gdexplorer" if frame is None else frame.lane.state.experiment.title

    def _ask(self, title: str, what: str, suffix: str, kind: str, write: Callable[[str], None]) -> None:
        """Ask for a file's name, with one made of the experiment's title and the update to begin with."""
        frame = self._conductor.frame
        update = 0 if frame is None else frame.lane.state.step
        slug = re.sub(r"\W+", "-", self._title.lower()).strip("-")[:40] or "experiment"
        dialog = QFileDialog(self._window, title, "", f"{kind} (*.{suffix});;All files (*)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(f"{slug}-{what}-{update}.{suffix}")
        dialog.setProperty("suffix", f".{suffix}")
        self._write = write
        dialog.fileSelected.connect(self._on_file_selected)
        dialog.open()

    @guarded
    def _on_file_selected(self, name: str) -> None:
        suffix = str(self.sender().property("suffix"))
        try:
            if self._write is not None:
                self._write(completed(name, suffix))
        except Complaint as complaint:
            self.said.emit(str(complaint))

    def _put(self, files: Files) -> None:
        """Write files, and say so."""
        for path, content in files.items():
            archive.write(path, content)
        names = [path.name for path in files]
        self.said.emit(f"Saved {' and '.join(names)}.")


def completed(name: str, suffix: str) -> str:
    """Return a file's name with its extension.

    Raises
    ------
    Complaint
        If the dialog, which knew another name, has not asked whether to replace the file of this one.
    """
    if Path(name).suffix.lower() == suffix:
        return name
    if Path(name + suffix).exists():
        raise Complaint(f"'{Path(name).name}{suffix}' exists already; choose another name.")
    return name + suffix


def _save_weights(path: Path, session: Session) -> str:
    archive.write(path, takeaway.weights(session.run))
    return f"Saved {path.name}."


def _save_onnx(path: Path, session: Session) -> str:
    archive.write(path, onnx.model(session.run))
    return f"Saved {path.name}."


def _scripted(start: Experiment, log: tuple[tuple[int, Command], ...], updates: int, catalogue: Catalogue, path: Path,
              tell: Callable[[float], None], stop: Callable[[], bool]) -> Files:  # fmt: skip
    leg = retrace(start, log, updates, catalogue, pytorch.MOST, tell, stop)
    return pytorch.script(leg, catalogue).files(path)
