"""What the window does when part of it fails: a panel that cannot be drawn, a trainer that does not answer."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from gdexplorer.app.conductor import Conductor
from gdexplorer.app.docks import Dock
from gdexplorer.app.guard import Reporter, guarded
from gdexplorer.app.strips import Invitation, StatusLine
from gdexplorer.app.watchdog import STUCK, Watchdog
from gdexplorer.runtime.trainer import Trainer

FAILURES = 3  # of one panel before it is hidden


class Trouble(QObject):
    """Hides what fails again and again, says so, and offers the way back on a strip."""

    said = Signal(str)

    def __init__(self, conductor: Conductor, docks: Sequence[Dock], status: StatusLine, reporter: Reporter,
                 parent: QObject) -> None:  # fmt: skip
        super().__init__(parent)
        self._conductor, self._docks, self._status = conductor, docks, status
        self._failures: dict[Dock, int] = {}
        self.strip = Invitation()
        self.strip.accepted.connect(self._on_accepted)
        self.watchdog = Watchdog(self._trainer, self)
        self.watchdog.busy.connect(self._on_busy)
        self.watchdog.stuck.connect(self._on_stuck)
        conductor.panel_failed.connect(self._on_panel_failed)
        reporter.paint_failed.connect(self._on_paint_failed)

    def _trainer(self) -> Trainer | None:
        return self._conductor.trainer

    def stop(self) -> None:
        """Watch no more: the window closes."""
        self.watchdog.stop()

    # ---- panels ---------------------------------------------------------------------

    @guarded
    def _on_panel_failed(self, dock: Dock, error: BaseException) -> None:
        self._count(dock)
        raise error

    @guarded
    def _on_paint_failed(self, widget: QWidget) -> None:
        for dock in self._docks:
            if dock.isAncestorOf(widget):
                self._count(dock)

    def _count(self, dock: Dock) -> None:
        self._failures[dock] = self._failures.get(dock, 0) + 1
        if self._failures[dock] == FAILURES:
            self._failures[dock] = 0
            dock.hide()
            text = f"The panel '{dock.windowTitle()}' failed {FAILURES} times and was hidden."
            self._offer(text, [("Show it again", dock.show), ("Leave it", None)])

    # ---- the trainer ------------------------------------------------------------------

    @guarded
    def _on_busy(self, seconds: int) -> None:
        self._status.show_busy(seconds)
        if seconds < STUCK:
            self.strip.hide()

    @guarded
    def _on_stuck(self) -> None:
        text = "The trainer does not answer. Everything up to its last update is kept."
        self._offer(text, [("Go on from there", self._conductor.start_over), ("Wait", None)])

    # ---- offers -----------------------------------------------------------------------

    def _offer(self, text: str, offers: list[tuple[str, Callable[[], object] | None]]) -> None:
        self.said.emit(text)
        self.strip.invite(text, list(offers))

    @guarded
    def _on_accepted(self, action: Callable[[], object] | None) -> None:
        if action is not None:
            action()
