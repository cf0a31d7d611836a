"""The window: builds docks, connects commands, collects needs and runs the tick. Nothing else."""

import math
import time
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QMessageBox, QVBoxLayout, QWidget

from gdexplorer.app import theme
from gdexplorer.app.actions import Actions
from gdexplorer.app.controls import Controls
from gdexplorer.app.docks import Dock, side_dock
from gdexplorer.app.guard import Reporter, guarded
from gdexplorer.app.strips import Invitation, Narrator, StatusLine
from gdexplorer.app.ticker import Ticker
from gdexplorer.app.transport import SPEEDS, Transport, position_of
from gdexplorer.app.workspaces import WORKSPACES, arrange
from gdexplorer.lab import archive, experiments
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.commands import NETWORK, Change, Command, Reinitialize, Restart
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.panels.boundary import BoundaryPanel
from gdexplorer.panels.curves import CurvesPanel
from gdexplorer.panels.gradients import GradientsPanel
from gdexplorer.panels.landscape import LandscapePanel
from gdexplorer.panels.panel import Panel
from gdexplorer.runtime.jobs import Jobs
from gdexplorer.runtime.trainer import FLAT_OUT, Trainer

PANELS: tuple[tuple[str, type[Panel]], ...] = (
    ("landscape", LandscapePanel),
    ("boundary", BoundaryPanel),
    ("curves", CurvesPanel),
    ("gradients", GradientsPanel),
)
PROJECTOR_PANELS = 3


class Window(QMainWindow):
    """One experiment at work."""

    def __init__(self, catalogue: Catalogue, reporter: Reporter, settings: QSettings) -> None:
        super().__init__()
        self.setWindowTitle("gdexplorer")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.catalogue, self.settings = catalogue, settings
        self.trainer: Trainer | None = None
        self.ticker: Ticker | None = None
        self.frame: Frame | None = None
        self.theme = "light"
        self.scale = 1.0
        self.palette_now = theme.apply(_app(), self.theme, self.scale)
        self._experiment: Experiment | None = None  # as it was opened
        self._sent: dict[int, str] = {}  # paths of changes that await their reply
        self._answered = 0
        self._failures: dict[Dock, int] = {}
        self._maximized: tuple[Dock, QByteArray] | None = None
        self._rate: tuple[float, int] = (time.perf_counter(), 0)
        self._measured_rate: float | None = None
        self._was_playing = False
        self._build()
        reporter.reported.connect(self._on_reported)

    def _build(self) -> None:
        self.transport, self.narrator = Transport(), Narrator()
        self.invitation, self.controls = Invitation(), Controls(self.catalogue)
        self.status = StatusLine(self.catalogue)
        self.docks = tuple(Dock(make(), name) for name, make in PANELS)
        self.host = QMainWindow(self, Qt.WindowType.Widget)  # holds the docks, between the strips
        self.host.setDockNestingEnabled(True)
        self.host.setDockOptions(self.host.dockOptions() & ~QMainWindow.DockOption.AnimatedDocks)
        self.side = side_dock(self.controls)
        self.host.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.side)
        center = QWidget()
        column = QVBoxLayout(center)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget, stretch in ((self.transport, 0), (self.invitation, 0), (self.host, 1), (self.narrator, 0)):
            column.addWidget(widget, stretch)
        self.setCentralWidget(center)
        self.setStatusBar(self.status)
        for dock in self.docks:
            dock.panel.commanded.connect(self._on_commanded)
            dock.panel.needs_changed.connect(self.refresh)
            dock.maximize_requested.connect(self._on_maximize_requested)
            dock.visibilityChanged.connect(self._on_visibility_changed)
        self.controls.commanded.connect(self._on_commanded)
        self.narrator.commanded.connect(self._on_commanded)
        self.narrator.show_requested.connect(self._on_show_requested)
        self.invitation.accepted.connect(self._on_invitation_accepted)
        self.transport.play_requested.connect(self.play)
        self.transport.update_requested.connect(self.one_update)
        self.transport.epoch_requested.connect(self.one_epoch)
        self.transport.restart_requested.connect(self.restart)
        self.transport.speed_requested.connect(self.set_speed)
        self.actions_now = Actions(self)
        self.show_workspace("Explore")

    # ---- experiments and sessions -------------------------------------------

    def open(self, experiment: Experiment, *, playing: bool = True) -> None:
        """Begin an experiment, in place of the present one."""
        show, self._experiment = experiment.show, experiment
        self._start(partial(_session, experiment, self.catalogue))
        assert self.trainer is not None
        self.trainer.pause_at(show.pause_at)
        self.set_speed(show.speed or FLAT_OUT)
        self.play(playing)

    def _start(self, make: "partial[Session]") -> None:
        self.close_trainer()
        self.invitation.hide()
        self.frame, self._sent, self._answered = None, {}, 0
        self.trainer = Trainer(make, self)
        self.trainer.failed.connect(self._on_trainer_failed)
        self.trainer.performed.connect(self.say)
        self.ticker = Ticker(self.trainer, self._panels, self)
        self.ticker.framed.connect(self.show_frame)
        self.ticker.panel_failed.connect(self._on_panel_failed)
        self.trainer.start()
        self.ticker.start()

    def open_path(self, path: str) -> None:
        """Open an experiment (.toml, or the name of one) or a saved session (.gdx)."""
        try:
            if Path(path).suffix == ".gdx":
                session = archive.load(Path(path), self.catalogue)
                self._start(partial(_loaded, session))
                self.set_speed(session.run.state.experiment.show.speed or FLAT_OUT)
                self.play(False)
            else:
                self.open(experiments.load(path, self.catalogue))
        except Complaint as complaint:
            self.say(str(complaint))

    def save(self, path: str) -> None:
        """Save the session, between two updates."""
        assert self.trainer is not None
        target = Path(path) if Path(path).suffix else Path(path + ".gdx")
        self.trainer.perform(partial(_save, target))

    def close_trainer(self) -> None:
        """End the present run's thread."""
        if self.ticker is not None:
            self.ticker.stop()
            self.ticker.deleteLater()
        if self.trainer is not None and self.trainer.stop():
            self.trainer.deleteLater()
        self.trainer = self.ticker = None

    # ---- transport ------------------------------------------------------------

    def play(self, playing: bool) -> None:
        """Play or pause."""
        if self.trainer is not None:
            self.trainer.play(playing)
            if playing:
                self.invitation.hide()
            self._show_transport()
            self.refresh()

    def toggle(self) -> None:
        """Play if paused, pause if playing."""
        self.play(not (self.trainer is not None and self.trainer.playing))

    def one_update(self) -> None:
        """Make one update and rest."""
        self._make_updates(1)

    def one_epoch(self) -> None:
        """Make as many updates as an epoch has and rest."""
        if self.frame is not None:
            state = self.frame.lane.state
            self._make_updates(math.ceil(state.train_examples / state.batch_size))

    def _make_updates(self, count: int) -> None:
        if self.trainer is not None:
            self.trainer.make_updates(count)
            self._show_transport()
            self.refresh()

    def restart(self) -> None:
        """Go back to the first update, with the settings as they are now."""
        self.command(Restart())

    def redraw_weights(self) -> None:
        """Draw all weights anew."""
        self.controls.redraw_button.click()

    def reset_all(self) -> None:
        """Open the experiment again as it was at first, settings included."""
        if self._experiment is not None:
            self.open(self._experiment)

    def slower(self) -> None:
        """Go one notch slower."""
        self._shift_speed(-1)

    def faster(self) -> None:
        """Go one notch faster."""
        self._shift_speed(1)

    def _shift_speed(self, notches: int) -> None:
        if self.trainer is not None:
            position = position_of(self.trainer.speed) + notches
            self.set_speed(SPEEDS[min(max(position, 0), len(SPEEDS) - 1)])

    def set_speed(self, speed: float) -> None:
        """Set the pace, in updates a second."""
        if self.trainer is not None:
            self.trainer.set_speed(speed)
            self._show_transport()

    def _show_transport(self) -> None:
        if self.trainer is not None:
            self.transport.show_state(self.trainer.playing, self.trainer.speed)

    def command(self, command: Command) -> None:
        """Send a command to the trainer."""
        if self.trainer is not None:
            id = self.trainer.send(command)
            if isinstance(command, Change):
                self._sent[id] = command.path
            self.refresh()

    @guarded
    def _on_commanded(self, command: object) -> None:
        self.command(command)  # type: ignore[arg-type]

    @guarded
    def _on_invitation_accepted(self, command: object) -> None:
        if command is not None:
            self.command(command)  # type: ignore[arg-type]
        self.play(True)

    # ---- frames -----------------------------------------------------------------

    @guarded
    def show_frame(self, frame: Frame) -> None:
        """Show what is not a panel's: controls, transport, narrator, status, and replies."""
        first, self.frame = self.frame is None, frame
        assert self.trainer is not None
        playing = self.trainer.playing
        state = frame.lane.state
        self._answer(frame)
        self.controls.show_frame(frame)
        self.narrator.show_sentence(state.narration)
        self._measure_rate(playing)
        self.status.show_frame(frame, self.trainer.speed, self._measured_rate)
        markers = [(marker.step, marker.label) for marker in frame.lane.history.markers]
        self.transport.timeline.show_progress(state.step, markers, state.experiment.show.pause_at or None)
        if first or self._was_playing != playing:
            self._show_transport()
            self._show_panel_palettes()
            self.setWindowTitle(f"{state.experiment.title} — gdexplorer")
        if self._was_playing and not playing:
            self._on_paused(frame)
        self._was_playing = playing
        if frame.busy:
            self.refresh()

    def _answer(self, frame: Frame) -> None:
        for reply in frame.replies:
            if reply.id > self._answered:
                self._answered = reply.id
                path = self._sent.pop(reply.id, "")
                if not reply.accepted:
                    self.controls.complain(path, reply.text)
                    self.say(reply.text)

    def _measure_rate(self, playing: bool) -> None:
        assert self.trainer is not None
        now, (since, made) = time.perf_counter(), self._rate
        if not playing:
            self._measured_rate, self._rate = None, (now, self.trainer.made)
        elif now - since > 0.5:
            self._measured_rate = (self.trainer.made - made) / (now - since)
            self._rate = (now, self.trainer.made)
        elif self._measured_rate is None:
            self._measured_rate = self.trainer.speed if self.trainer.speed != FLAT_OUT else 0.0

    def _on_paused(self, frame: Frame) -> None:
        state = frame.lane.state
        show = state.experiment.show
        if show.pause_at and state.step == show.pause_at and show.invitation:
            kinds = {getattr(layer.activation, "kind", "") for layer in state.experiment.network.layers}
            other = ("tanh → ReLU", "relu") if kinds == {"tanh"} else ("activation → tanh", "tanh")
            self.invitation.invite(
                show.invitation,
                [
                    (other[0], Change("network.activation", other[1])),
                    ("Draw new weights", Reinitialize(NETWORK, state.experiment.seed + 1)),
                    ("Go on as it is", None),
                ],
            )

    # ---- looks --------------------------------------------------------------------

    def set_theme(self, name: str, scale: float | None = None) -> None:
        """Put on a theme; projector shows at most three panels."""
        self.theme, self.scale = name, scale or self.scale
        self.palette_now = theme.apply(_app(), name, self.scale)
        self._show_panel_palettes()
        for part in (self.transport, self.narrator, self.invitation, self.controls):
            part.show_palette(self.palette_now)  # type: ignore[attr-defined]
        for dock in self.docks:
            dock.bar.show_palette(self.palette_now, self._maximized is not None)
        if name == "projector":
            for dock in [dock for dock in self.docks if not dock.isHidden()][PROJECTOR_PANELS:]:
                dock.hide()
        self.actions_now.themes[name].setChecked(True)
        self.refresh()

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
        paused = self.trainer is None or not self.trainer.playing
        for dock in self.docks:
            dock.panel.show_palette(self.palette_now, paused)

    def show_workspace(self, name: str) -> None:
        """Arrange the docks as one of the workspaces has them."""
        self.restore_maximized()
        arrange(self.host, self.side, {dock.objectName(): dock for dock in self.docks}, WORKSPACES[name])
        self.set_theme(self.theme)

    @guarded
    def _on_maximize_requested(self, dock: object) -> None:
        assert isinstance(dock, Dock)
        self.maximize(dock)

    def maximize(self, dock: Dock | None = None) -> None:
        """Give one panel all the room; again gives it back. Without one, the panel under focus or the first."""
        if self._maximized is not None:
            self.restore_maximized()
            return
        chosen = dock or next((d for d in self.docks if d.isAncestorOf(_app().focusWidget() or self)), self.docks[0])
        self._maximized = (chosen, self.host.saveState())
        for other in (*self.docks, self.side):
            other.setVisible(other is chosen)
        self.set_theme(self.theme)

    def restore_maximized(self) -> None:
        """Bring back the arrangement before a panel was maximized."""
        if self._maximized is not None:
            state, self._maximized = self._maximized[1], None
            self.host.restoreState(state)
            self.set_theme(self.theme)

    @guarded
    def _on_show_requested(self, panel: str) -> None:
        for dock in self.docks:
            if dock.objectName() == panel:
                dock.show()
                dock.raise_()

    def refresh(self) -> None:
        """See to it that everything visible is measured and drawn again, also at rest."""
        if self.ticker is not None:
            self.ticker.refresh()

    @guarded
    def _on_visibility_changed(self) -> None:
        self.refresh()

    def _panels(self) -> tuple[Dock, ...]:
        return self.docks

    # ---- trouble and the end ----------------------------------------------------------

    def say(self, sentence: str) -> None:
        """Say in the status line what was done, or why something was not."""
        self.status.showMessage(sentence, 12000)

    @guarded
    def _on_reported(self, sentence: str) -> None:
        self.say(sentence)

    @guarded
    def _on_trainer_failed(self, error: object) -> None:
        self._show_transport()
        self.say(str(error) if isinstance(error, Complaint | OSError) else f"The run was paused: {error}.")
        if not isinstance(error, Complaint | OSError) and isinstance(error, BaseException):
            raise error

    @guarded
    def _on_panel_failed(self, dock: object, error: object) -> None:
        assert isinstance(dock, Dock) and isinstance(error, BaseException)
        self._failures[dock] = self._failures.get(dock, 0) + 1
        if self._failures[dock] >= 3:
            dock.hide()
            self.say(f"The panel '{dock.panel.title}' failed three times and was hidden; View shows it again.")
            self._failures[dock] = 0
        raise error

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc ends a maximized panel or the full screen."""
        if event.key() == Qt.Key.Key_Escape and (self._maximized is not None or self.isFullScreen()):
            if self._maximized is not None:
                self.restore_maximized()
            else:
                self.showNormal()
            return
        super().keyPressEvent(event)

    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the arrangement, end the thread, then go."""
        event.ignore()
        try:
            self.restore_maximized()
            self.settings.setValue("window/geometry", self.saveGeometry())
            self.settings.setValue("window/docks", self.host.saveState())
            self.settings.setValue("window/theme", self.theme)
            self.settings.setValue("window/scale", self.scale)
            self.close_trainer()
        finally:
            event.accept()

    def restore_layout(self) -> None:
        """Return to the arrangement of the last time, if it was kept and lies on a screen."""
        self.scale = min(max(float(str(self.settings.value("window/scale", 1.0))), theme.SCALES[0]), theme.SCALES[1])
        name = str(self.settings.value("window/theme", "light"))
        geometry, docks = self.settings.value("window/geometry"), self.settings.value("window/docks")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        if isinstance(docks, QByteArray):
            self.host.restoreState(docks)
        self.set_theme(name if name in ("light", "dark", "projector") else "light")

    def reset_layout(self) -> None:
        """Return to the arrangement that the program came with."""
        self.show_workspace("Explore")

    def about(self) -> None:
        """Say what this is."""
        from gdexplorer import __version__

        box = QMessageBox(self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("About gdexplorer")
        box.setText(f"gdexplorer {__version__}\n\nSee gradient descent happen. Offline, no account, no GPU.\nMIT license.")
        box.open()


def _session(experiment: Experiment, catalogue: Catalogue, jobs: Jobs) -> Session:
    return Session(experiment, catalogue, jobs)


def _loaded(session: Session, jobs: Jobs) -> Session:
    session.measure_with(jobs)
    return session


def _save(path: Path, session: Session) -> str:
    archive.save(session, path)
    return f"Saved {path.name}."


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
