"""The window: builds docks and strips, connects them, and gives them their looks. Nothing else."""

from collections.abc import Mapping
from typing import Any, TypeVar

from PySide6.QtCore import QByteArray, QSettings, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QMessageBox, QVBoxLayout, QWidget

from gdexplorer import __version__
from gdexplorer.app import theme
from gdexplorer.app.actions import Actions
from gdexplorer.app.arrangement import Arrangement
from gdexplorer.app.conductor import Conductor
from gdexplorer.app.controls import Controls
from gdexplorer.app.docks import Dock, side_dock
from gdexplorer.app.export import Export
from gdexplorer.app.garbage import Garbage
from gdexplorer.app.guard import Reporter, guarded
from gdexplorer.app.owndata import OwnData, dropped
from gdexplorer.app.strips import Invitation, Narrator, StatusLine, offers
from gdexplorer.app.transport import Transport
from gdexplorer.app.workspaces import WORKSPACES
from gdexplorer.data import Table
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import unknown
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Frame
from gdexplorer.panels.activations import ActivationsPanel
from gdexplorer.panels.basins import BasinsPanel
from gdexplorer.panels.boundary import BoundaryPanel
from gdexplorer.panels.confusion import ConfusionPanel
from gdexplorer.panels.curvature import CurvaturePanel
from gdexplorer.panels.curves import CurvesPanel
from gdexplorer.panels.filters import FiltersPanel
from gdexplorer.panels.gradientcheck import GradientCheckPanel
from gdexplorer.panels.gradients import GradientsPanel
from gdexplorer.panels.landscape import LandscapePanel
from gdexplorer.panels.lanestrip import Offer
from gdexplorer.panels.learning import LearningPanel
from gdexplorer.panels.modes import ModesPanel
from gdexplorer.panels.network import NetworkPanel
from gdexplorer.panels.noise import NoisePanel
from gdexplorer.panels.oneweight import OneWeightPanel
from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.race import RacePanel
from gdexplorer.panels.rates import RatesPanel
from gdexplorer.panels.reconstruction import ReconstructionPanel
from gdexplorer.panels.saliency import SaliencyPanel
from gdexplorer.panels.sequences import SequencesPanel
from gdexplorer.panels.stepbystep import StepByStepPanel
from gdexplorer.probes.oneweight import Weight

PANELS: tuple[tuple[str, type[Panel]], ...] = (
    ("landscape", LandscapePanel),
    ("boundary", BoundaryPanel),
    ("curves", CurvesPanel),
    ("gradients", GradientsPanel),
    ("activations", ActivationsPanel),
    ("gradientcheck", GradientCheckPanel),
    ("curvature", CurvaturePanel),
    ("noise", NoisePanel),
    ("race", RacePanel),
    ("basins", BasinsPanel),
    ("rates", RatesPanel),
    ("learning", LearningPanel),
    ("confusion", ConfusionPanel),
    ("filters", FiltersPanel),
    ("saliency", SaliencyPanel),
    ("sequences", SequencesPanel),
    ("reconstruction", ReconstructionPanel),
    ("modes", ModesPanel),
    ("network", NetworkPanel),
    ("oneweight", OneWeightPanel),
    ("stepbystep", StepByStepPanel),
)
P = TypeVar("P", bound=Panel)
FAILURES = 3  # of one panel before it is hidden


class Window(QMainWindow):
    """One experiment at work."""

    def __init__(self, catalogue: Catalogue, reporter: Reporter, settings: QSettings) -> None:
        super().__init__()
        self.setWindowTitle("gdexplorer")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.garbage = Garbage(self)
        self.catalogue, self.settings = catalogue, settings
        self.theme, self.scale = "light", 1.0
        self.palette_now = theme.apply(_app(), self.theme, self.scale)
        self._invited = False  # since the run played last
        self._failures: dict[Dock, int] = {}
        self.docks = tuple(Dock(make(), name) for name, make in PANELS)
        for panel in (dock.panel for dock in self.docks):
            if isinstance(panel, RacePanel):
                panel.offer(_offers(catalogue.optimizers), _offers(catalogue.initializers))
        self.conductor = Conductor(catalogue, self._panels, self, lambda: self.narrator.needs())
        self.own_data = OwnData(self.conductor, self)
        self.setAcceptDrops(True)
        self._build()
        self.export = Export(self, self.conductor, self.host, self.status)
        self.export.said.connect(self.say)
        self._connect()
        self.actions_now = Actions(self, self.conductor)
        reporter.reported.connect(self.say)
        self.host.reset()
        self.set_theme(self.theme)

    def _build(self) -> None:
        self.transport, self.narrator = Transport(), Narrator()
        self.invitation, self.controls = Invitation(), Controls(self.catalogue)
        self.status = StatusLine(self.catalogue)
        self.host = Arrangement(self.docks, side_dock(self.controls), self)
        center = QWidget()
        column = QVBoxLayout(center)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget, stretch in ((self.transport, 0), (self.invitation, 0), (self.host, 1), (self.narrator, 0)):
            column.addWidget(widget, stretch)
        self.setCentralWidget(center)
        self.setStatusBar(self.status)

    def _connect(self) -> None:
        conductor, transport = self.conductor, self.transport
        for dock in self.docks:
            dock.panel.commanded.connect(conductor.command)
            dock.panel.needs_changed.connect(conductor.refresh)
            dock.visibilityChanged.connect(conductor.refresh)
            dock.topLevelChanged.connect(self._on_dock_floated)
        self.controls.commanded.connect(conductor.command)
        self.controls.range_requested.connect(self.test_rates)
        network, weight = self._panel(NetworkPanel), self._panel(OneWeightPanel)
        network.weight_chosen.connect(weight.choose)
        network.weight_opened.connect(self._on_weight_opened)
        weight.weight_chosen.connect(network.show_weight)
        steps = self._panel(StepByStepPanel)
        steps.pause_requested.connect(conductor.pause)
        steps.update_requested.connect(conductor.one_update)
        conductor.opened.connect(steps.reset)
        self.narrator.commanded.connect(conductor.command)
        self.narrator.show_requested.connect(self._on_panel_shown)
        self.invitation.accepted.connect(self._on_invitation_accepted)
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
        conductor.rested.connect(self._on_rested)
        conductor.refused.connect(self._on_refused)
        conductor.said.connect(self.say)
        conductor.panel_failed.connect(self._on_panel_failed)

    @guarded
    def _on_opened(self, experiment: Experiment) -> None:
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
        self.transport.timeline.show_progress(state.step, markers, state.experiment.show.pause_at or None)
        title = f"{state.experiment.title} — gdexplorer"
        if title != self.windowTitle():
            self.setWindowTitle(title)

    @guarded
    def _on_moved(self) -> None:
        trainer = self.conductor.trainer
        if trainer is not None:
            self.transport.show_state(trainer.playing, trainer.speed)
            self._show_panel_palettes()
            if trainer.playing:
                self.invitation.hide()
                self._invited = False

    @guarded
    def _on_rested(self, frame: Frame) -> None:
        """Invite, once, to change one thing where the experiment pauses by itself."""
        state = frame.lane.state
        show = state.experiment.show
        if state.step != show.pause_at:
            self.invitation.hide()
        if show.invitation and state.step == show.pause_at and not self._invited:
            self._invited = True
            self.invitation.invite(show.invitation, offers(state.experiment, self.catalogue))

    @guarded
    def _on_invitation_accepted(self, command: object) -> None:
        if command is not None:
            self.conductor.command(command)  # type: ignore[arg-type]
        self.conductor.play(True)

    @guarded
    def test_rates(self) -> None:
        """Show the range test of learning rates, and make one."""
        self.host.show_panel("rates", tabbed=True)
        next(dock.panel for dock in self.docks if isinstance(dock.panel, RatesPanel)).start()

    def _panel(self, kind: type[P]) -> P:
        return next(dock.panel for dock in self.docks if isinstance(dock.panel, kind))

    @guarded
    def _on_panel_shown(self, name: str) -> None:
        """Bring a panel to the front that shows what the narrator speaks of, out of a maximized one if need be."""
        if (maximized := self.host.maximized) is not None and maximized.objectName() != name:
            self.host.restore_maximized()
        self.host.show_panel(name, tabbed=True)

    def step(self, number: int) -> None:
        """Press one of the four buttons of "Step by step", if they can be seen."""
        if any(dock.seen for dock in self.docks if isinstance(dock.panel, StepByStepPanel)):
            self._panel(StepByStepPanel).press(number)

    @guarded
    def _on_weight_opened(self, weight: Weight) -> None:
        self._panel(OneWeightPanel).choose(weight)
        self.host.show_panel("oneweight", tabbed=True)

    @guarded
    def _on_own_data_shown(self, table: Table) -> None:
        if len(table.inputs) <= 2 and table.task != "classes":
            self.host.show_panel("boundary", tabbed=True)

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

    def set_theme(self, name: str, scale: float | None = None) -> None:
        """Put on a theme."""
        self.theme, self.scale, size = name, scale or self.scale, self.size()
        self.palette_now = theme.apply(_app(), name, self.scale)
        self._show_panel_palettes()
        for part in (self.transport, self.narrator, self.invitation, self.controls):
            part.show_palette(self.palette_now)
        self.host.show_palette(self.palette_now)
        if not self.isMaximized() and not self.isFullScreen():
            self.resize(size)  # large type made it wider before the arrangement had fewer panels
        self.actions_now.themes[name].setChecked(True)
        self.conductor.refresh()

    def toggle_projector(self) -> None:
        """Put on the projector theme, or take it off again."""
        self.set_theme("light" if self.theme == "projector" else "projector")

    def toggle_full_screen(self) -> None:
        """Fill the screen, or stop filling it."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def larger(self) -> None:
        """Make text larger."""
        self.set_theme(self.theme, min(self.scale * 1.1, theme.SCALES[1]))

    def smaller(self) -> None:
        """Make text smaller."""
        self.set_theme(self.theme, max(self.scale / 1.1, theme.SCALES[0]))

    def normal_size(self) -> None:
        """Return to the theme's own text size."""
        self.set_theme(self.theme, 1.0)

    def _show_panel_palettes(self) -> None:
        for dock in self.docks:
            dock.panel.show_palette(self.palette_now, not self.conductor.playing)

    def _panels(self) -> tuple[Dock, ...]:
        return self.docks

    def restore_layout(self) -> None:
        """Return to the arrangement of the last time, if one was kept; Qt keeps it on a visible screen."""
        kept = self.settings
        scale = float(str(kept.value("window/scale", 1.0, type=float))) or 1.0  # 0.0 for what is no number
        name = str(kept.value("window/theme", "light"))
        self.set_theme(name if name in PALETTES else "light", max(theme.SCALES[0], min(scale, theme.SCALES[1])))
        for key, restore in (("geometry", self.restoreGeometry), ("docks", self.host.restoreState)):
            if isinstance(value := kept.value(f"window/{key}"), QByteArray):
                restore(value)

    def _keep_layout(self) -> None:
        self.host.restore_maximized()
        self.settings.setValue("window/geometry", self.saveGeometry())
        self.settings.setValue("window/docks", self.host.saveState())
        self.settings.setValue("window/theme", self.theme)
        self.settings.setValue("window/scale", self.scale)

    # ---- trouble and the end ----------------------------------------------------------

    @guarded
    def say(self, sentence: str) -> None:
        """Say in the status line what was done, or why something was not."""
        self.status.showMessage(sentence, 12000)

    @guarded
    def _on_refused(self, path: str, sentence: str) -> None:
        self.controls.complain(path, sentence)
        self.say(sentence)

    @guarded
    def _on_panel_failed(self, dock: Dock, error: BaseException) -> None:
        self._failures[dock] = self._failures.get(dock, 0) + 1
        if self._failures[dock] == FAILURES:
            self._failures[dock] = 0
            dock.hide()
            self.say(f"The panel '{dock.panel.title}' failed {FAILURES} times and was hidden; View shows it again.")
        raise error

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
        self.actions_now.watch(self.windowHandle())

    @guarded
    def _on_dock_floated(self) -> None:
        for dock in self.docks:
            if dock.isFloating():
                self.actions_now.watch(dock.windowHandle())

    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the arrangement, end the thread, then go."""
        event.ignore()
        try:
            self._keep_layout()
            self.own_data.close()
            self.export.close()
        finally:
            self.conductor.close()
            self.garbage.stop()
            event.accept()

    def about(self) -> None:
        """Say what this is."""
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("About gdexplorer")
        box.setText(
            f"gdexplorer {__version__}\n\nSee gradient descent happen.\nOffline, no account, no GPU. MIT license."
        )
        box.open()


def _offers(records: Mapping[str, Any]) -> list[Offer]:
    return [Offer(record.name, record.label, record.help) for record in records.values()]


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
