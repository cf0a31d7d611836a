"""Asks what to film and where to, watches the film being made, and says in one sentence what came of it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMainWindow

from gdexplorer.app.arrangement import Arrangement
from gdexplorer.app.conductor import Conductor
from gdexplorer.app.film import Filming, Order, Quiet, Take, panel_of, panels_of, whole
from gdexplorer.app.filmdialog import FilmDialog, FilmProgress, Subject
from gdexplorer.app.guard import guarded
from gdexplorer.app.strips import StatusLine

Ask = Callable[[str, str, str, str, Callable[[str], None]], None]  # title, what, suffix, kind, what writes it


class Films(QObject):
    """Films of the run, one at a time.

    Parameters
    ----------
    ask
        Asks for a file's name.
    """

    said = Signal(str)

    def __init__(self, window: QMainWindow, conductor: Conductor, host: Arrangement, status: StatusLine, quiet: Quiet,
                 ask: Ask) -> None:  # fmt: skip
        super().__init__(window)
        self._window, self._conductor, self._host, self._status = window, conductor, host, status
        self.quiet, self._ask = quiet, ask
        self._filming: Filming | None = None
        self._watching: FilmProgress | None = None

    def begin(self) -> None:
        """Ask what to film, and where to, and film it."""
        frame = self._conductor.frame
        if frame is None or self._filming is not None:
            return
        if not frame.head:
            self.said.emit("There is no update to film yet; let the run go on for a while.")
            return
        docks = [dock for dock in self._host.docks if dock.seen]
        subjects = [Subject("The whole window", whole(self._window)),
                    Subject("All panels", panels_of(self._host, self._host.docks)),
                    *(Subject(dock.panel.title, panel_of(dock, self._conductor)) for dock in docks)]  # fmt: skip
        dialog = FilmDialog(subjects, frame.head, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(self._on_film_ordered)
        dialog.open()

    @guarded
    def _on_film_ordered(self) -> None:
        dialog = cast(FilmDialog, self.sender())
        kind = f"{dialog.kind.currentText()} films"
        write = partial(self._film, dialog.take, dialog.order)
        self._ask("Save the film", "film", dialog.suffix.removeprefix("."), kind, write)

    def _film(self, take: Take, order: Order, name: str) -> None:
        self._filming = Filming(self._conductor, take, order, Path(name), self)
        self._filming.ended.connect(self._on_film_ended)
        self._watching = FilmProgress(self._filming, len(order.stops), self._window)
        self.quiet.begin()
        self._status.clearMessage()
        self._watching.open()
        self._filming.start()

    @guarded
    def _on_film_ended(self, sentence: str) -> None:
        filming, watching, self._filming, self._watching = self._filming, self._watching, None, None
        if filming is not None and watching is not None:
            watching.rejected.disconnect(filming.cancel)
            watching.close()
            watching.deleteLater()
            filming.deleteLater()
        self.quiet.end()
        self.said.emit(sentence)

    def close(self) -> None:
        """Give up what is under way."""
        if self._filming is not None:
            self._filming.cancel()
