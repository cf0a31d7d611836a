"""A film of the real window, without a person in front of it."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QEventLoop, QSettings

from gdexplorer.app.film import Filming, Order, Take, panel_of, panels_of, whole
from gdexplorer.app.main import application, open_window
from gdexplorer.app.shot import wait
from gdexplorer.app.window import Window
from gdexplorer.app.workspaces import WORKSPACES
from gdexplorer.lab.complaints import Complaint, unknown
from gdexplorer.lab.session import Session
from gdexplorer.panels.palette import PALETTES

WINDOW, PANELS = "window", "panels"


def film(session: Session, out: Path, order: Order, subject: str, size: tuple[int, int], theme: str,
         workspace: str | None) -> None:  # fmt: skip
    """Film what the window shows of a session.

    Parameters
    ----------
    order
        Where its last update is beyond the record's end, that end is filmed last.
    subject
        "window", "panels", or the name of a panel, which is then maximized.

    Raises
    ------
    Complaint
        If there is no such panel, workspace or theme, or there is nothing to film.
    """
    for what, name, known in (("theme", theme, list(PALETTES)), ("workspace", workspace, list(WORKSPACES))):
        if name is not None and name not in known:
            raise Complaint(unknown(what, name, known))
    application(anywhere=True)
    with TemporaryDirectory() as folder:
        kept = QSettings(f"{folder}/window.ini", QSettings.Format.IniFormat)
        window, undo = open_window(None, kept)
        try:
            conductor = window.conductor
            conductor.open_session(session)
            window.resize(*size)
            window.show()
            window.set_theme(theme)
            if workspace is not None:
                window.host.show_workspace(workspace)
            take = _taken(window, subject)
            # a map keeps the colors of the one before where it can, so that what comes before must be the same too
            wait(lambda: conductor.ticker is not None and conductor.ticker.settled)
            assert conductor.frame is not None
            head = conductor.frame.head
            order = replace(order, last=min(order.last, head))
            if order.first >= order.last:
                raise Complaint(
                    f"The run has {head:,} updates, nothing to film from {order.first:,} on; begin earlier."
                )
            window.setFocus()
            window.export.films.quiet.begin()
            _wait_for(Filming(conductor, take, order, out, window))
        finally:
            window.close()
            undo()


def _taken(window: Window, subject: str) -> Take:
    """Return what takes pictures of a subject; a panel is maximized."""
    if subject == WINDOW:
        return whole(window)
    if subject == PANELS:
        return panels_of(window.host, window.docks)
    names = [dock.objectName() for dock in window.docks]
    if subject not in names:
        raise Complaint(unknown("panel", subject, [WINDOW, PANELS, *names]))
    window.host.show_panel(subject)
    window.host.maximize(window.dock(subject))
    return panel_of(window.dock(subject), window.conductor)


def _wait_for(filming: Filming) -> None:
    loop, told = QEventLoop(), list[str]()
    filming.ended.connect(told.append)
    filming.ended.connect(loop.quit)
    filming.start()
    loop.exec()
    if not filming.saved:
        raise Complaint(told[-1])
