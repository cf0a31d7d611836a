"""The window: builds docks and strips, connects them, and gives them their looks. Nothing else."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gdexplorer.app.actions import Actions
from gdexplorer.app.arrangement import Arrangement
from gdexplorer.app.autosave import Autosave
from gdexplorer.app.conductor import Conductor
from gdexplorer.app.controls import Controls
from gdexplorer.app.docks import Dock, side_dock
from gdexplorer.app.export import Export
from gdexplorer.app.film import Quiet
from gdexplorer.app.garbage import Garbage
from gdexplorer.app.guard import Reporter, attempt, guarded
from gdexplorer.app.inviting import Inviting
from gdexplorer.app.looks import Looks
from gdexplorer.app.owndata import OwnData, dropped
from gdexplorer.app.panels import PANELS, Links
from gdexplorer.app.past import Past
from gdexplorer.app.recovery import Recovery
from gdexplorer.app.saving import Saving
from gdexplorer.app.strips import Invitation, Narrator, StatusLine
from gdexplorer.app.transport import Transport
from gdexplorer.app.trouble import Trouble
from gdexplorer.app.workspaces import WORKSPACES
from gdexplorer.data import Table
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import unknown
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Frame
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.panel import Panel

if TYPE_CHECKING:
    from gdexplorer.panels.rates import RatesPanel
    from gdexplorer.panels.stepbystep import StepByStepPanel

_LOG = logging.getLogger("gdexplorer")


class Window(Looks):
    """One experiment at work.

    Parameters
    ----------
    keep
        The folder in which what is done is kept safe from crashes; None: nowhere.
    """

    def __init__(self, catalogue: Catalogue, reporter: Reporter, settings: QSettings, keep: Path | None = None) -> None:
        super().__init__(settings)
        self.setWindowTitle("gdexplorer")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.garbage = Garbage(self)
        self.catalogue = catalogue
        self.docks = tuple(kind.dock() for kind in PANELS)
        self._worn: dict[Panel, tuple[Palette, bool]] = {}  # by each panel: its palette, and whether the run rests
        self.conductor = Conductor(catalogue, self._panels, self, lambda: self.narrator.needs())
        self.saving = Saving(self, self.conductor, settings)
        self.saving.said.connect(self.say)
        self.recovery: Recovery | None = None
        if keep is not None:
            self.recovery = Recovery(self.conductor, Autosave(self.conductor, keep, self.saving.holds_work, self), self)
            self.recovery.said.connect(self.say)
        self.own_data = OwnData(self.conductor, self)
        self.setAcceptDrops(True)
        self._build(reporter)
        quiet = Quiet(self.narrator, (self.past, self.invitation))
        self.export = Export(self, self.conductor, self.host, self.status, quiet)
        self.export.said.connect(self.say)
        self._connect()
        self.actions_now = Actions(self, self.conductor)
        reporter.reported.connect(self._show_sentence)
        self.host.reset()
        self.restore_layout()

    def _build(self, reporter: Reporter) -> None:
        self.transport, self.past, self.narrator = Transport(), Past(), Narrator()
        self.invitation, self.controls = Invitation(), Controls(self.catalogue)
        self.status = StatusLine(self.catalogue)
        self.trouble = Trouble(self.conductor, self.docks, self.status, reporter, self)
        self.trouble.said.connect(self.say)
        self.host = Arrangement(self.docks, side_dock(self.controls), self)
        center = QWidget()
        column = QVBoxLayout(center)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        strips = (self.transport, self.past, self.trouble.strip, self.invitation)
        for widget, stretch in (*((strip, 0) for strip in strips), (self.host, 1), (self.narrator, 0)):
            column.addWidget(widget, stretch)
        self.setCentralWidget(center)
        self.setStatusBar(self.status)

    def _connect(self) -> None:
        conductor, transport = self.conductor, self.transport
        for dock in self.docks:
            dock.made.connect(self._on_panel_made)
            dock.uncovered.connect(self._on_panel_made)
            dock.visibilityChanged.connect(conductor.refresh)
            dock.topLevelChanged.connect(self._on_dock_floated)
        self.controls.commanded.connect(conductor.command)
        self.controls.range_requested.connect(self.test_rates)
        Links(self.docks, conductor, self._bring, self)
        self.narrator.commanded.connect(conductor.command)
        self.narrator.show_requested.connect(self._on_panel_shown)
        Inviting(conductor, self.invitation, self)
        self.narrator.rewind_requested.connect(conductor.rewind)
        self.past.live_requested.connect(conductor.live)
        transport.timeline.travel_requested.connect(conductor.travel)
        transport.timeline.live_requested.connect(conductor.live)
        transport.start_requested.connect(self._on_start_requested)
        transport.back_requested.connect(conductor.step_back)
        transport.play_requested.connect(conductor.play)
        transport.update_requested.connect(conductor.one_update)
        transport.epoch_requested.connect(conductor.one_epoch)
        transport.restart_requested.connect(conductor.restart)
        transport.speed_requested.connect(conductor.set_speed)
        self.host.changed.connect(conductor.refresh)
        self.own_data.shown.connect(self._on_own_data_shown)
        conductor.closed.connect(self.narrator.pace.stop)  # the next run's first sentence need not wait
        conductor.opened.connect(self._on_opened)
        conductor.framed.connect(self.show_frame)
        conductor.moved.connect(self._on_moved)
        conductor.refused.connect(self._on_refused)
        conductor.said.connect(self.say)

    @guarded
    def _on_opened(self, experiment: Experiment) -> None:
        self.controls.begin(experiment)
        if (name := experiment.show.workspace) in WORKSPACES:
            self.host.show_workspace(name)
        elif name:
            self.say(f"{unknown('workspace', name, WORKSPACES)} The panels stay as they are.")

    # ---- frames -------------------------------------------------------------------

    @guarded
    def show_frame(self, frame: Frame) -> None:
        """Show what is not a panel's: controls, narrator, status and progress."""
        state = frame.lane.state
        self.controls.show_frame(frame)
        self.host.suit(state.can)
        self.narrator.show_sentence(state.narration)
        trainer = self.conductor.trainer
        self.status.show_frame(frame, trainer.speed if trainer else 0.0, self.conductor.playing, self.conductor.rate)
        markers = [(marker.step, marker.label) for marker in frame.lane.history.markers]
        self.transport.timeline.show_progress(
            state.step, markers, state.experiment.show.pause_at or None, frame.head, past=frame.past,
            arriving=frame.arriving,
        )  # fmt: skip
        self.past.show_moment(state.step, frame.head, frame.past)
        title = f"{state.experiment.title}[*] — gdexplorer"
        if title != self.windowTitle():
            self.setWindowTitle(title)
        self.setWindowModified(self.saving.modified)

    @guarded
    def _on_start_requested(self) -> None:
        self.conductor.travel(0)

    @guarded
    def _on_moved(self) -> None:
        trainer = self.conductor.trainer
        if trainer is not None:
            self.transport.show_state(trainer.playing, trainer.speed)
            for dock in self.docks:
                if dock.has_panel and dock.seen:  # the others when they are uncovered
                    self._on_panel_made(dock)

    @guarded
    def test_rates(self) -> None:
        """Show the range test of learning rates, and make one."""
        self._bring("rates")
        cast("RatesPanel", self.dock("rates").panel).start()

    def dock(self, name: str) -> Dock:
        """Return the dock of a name."""
        return next(dock for dock in self.docks if dock.objectName() == name)

    def _bring(self, name: str) -> None:
        self.host.show_panel(name, tabbed=True)

    @guarded
    def _on_panel_shown(self, name: str) -> None:
        """Bring a panel to the front that shows what the narrator speaks of, out of a maximized one if need be."""
        if (maximized := self.host.maximized) is not None and maximized.objectName() != name:
            self.host.restore_maximized()
        self._bring(name)

    def step(self, number: int) -> None:
        """Press one of the four buttons of "Step by step", if they can be seen."""
        if (dock := self.dock("stepbystep")).seen:
            cast("StepByStepPanel", dock.panel).press(number)

    @guarded
    def _on_own_data_shown(self, table: Table) -> None:
        if len(table.inputs) <= 2 and table.task != "classes":
            self._bring("boundary")

    @guarded
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file that can be opened."""
        event.setAccepted(dropped(event.mimeData()) is not None)

    @guarded
    def dropEvent(self, event: QDropEvent) -> None:
        """Open it."""
        if (path := dropped(event.mimeData())) is not None:
            event.acceptProposedAction()
            self.own_data.open(path)

    # ---- looks --------------------------------------------------------------------

    def show_palette(self) -> None:
        """Hand the palette to strips, docks and panels."""
        for dock in self.docks:
            if dock.has_panel:
                self._on_panel_made(dock)
        for part in (self.transport, self.narrator, self.invitation, self.trouble.strip, self.controls):
            part.show_palette(self.palette_now)
        self.host.show_palette(self.palette_now)
        self.actions_now.themes[self.theme].setChecked(True)
        self.conductor.refresh()

    @guarded
    def _on_panel_made(self, dock: Dock) -> None:
        looks = self.palette_now, not self.conductor.playing
        if self._worn.get(dock.panel) != looks:  # putting it on takes a tenth of a second for all of them
            dock.panel.show_palette(*looks)
            self._worn[dock.panel] = looks

    def _panels(self) -> tuple[Dock, ...]:
        return self.docks

    # ---- trouble and the end ----------------------------------------------------------

    @guarded
    def say(self, sentence: str) -> None:
        """Say in the status line, and in the log, what was done, or why something was not."""
        _LOG.info("%s", sentence)
        self._show_sentence(sentence)

    @guarded
    def _show_sentence(self, sentence: str) -> None:
        self.status.showMessage(sentence, 12000)

    @guarded
    def _on_refused(self, path: str, sentence: str) -> None:
        self.controls.complain(path, sentence)
        self.say(sentence)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc ends a maximized panel, then the full screen."""
        if event.key() == Qt.Key.Key_Escape and self.host.maximized is not None:
            self.host.restore_maximized()
        elif event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self.toggle_full_screen()
        else:
            super().keyPressEvent(event)

    @guarded
    def showEvent(self, event: QShowEvent) -> None:
        """There is a window of the screen now, to which keys come."""
        super().showEvent(event)
        self.actions_now.keys.watch(self.windowHandle())
        if self.focusWidget() is None:
            self.host.setFocus()  # and not the first button, which would wear a frame before anybody pressed a key

    @guarded
    def _on_dock_floated(self) -> None:
        for dock in self.docks:
            if dock.isFloating():
                self.actions_now.keys.watch(dock.windowHandle())

    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the arrangement, end the thread, then go."""
        event.ignore()
        steps = [self.keep_layout, self.own_data.close, self.export.close, self.trouble.stop, self.conductor.close]
        attempt(*steps, *([] if self.recovery is None else [self.recovery.close]), self.garbage.stop)
        event.accept()
