"""When the window asks to change one thing: once, where an experiment pauses by itself."""

from PySide6.QtCore import QObject

from gdexplorer.app.conductor import Conductor
from gdexplorer.app.guard import guarded
from gdexplorer.app.strips import Invitation, offers
from gdexplorer.lab.frame import Frame


class Inviting(QObject):
    """Shows the experiment's invitation on its strip, and does what is chosen there."""

    def __init__(self, conductor: Conductor, strip: Invitation, parent: QObject) -> None:
        super().__init__(parent)
        self._conductor, self._strip = conductor, strip
        self._invited = False  # since the run played last
        conductor.moved.connect(self._on_moved)
        conductor.rested.connect(self._on_rested)
        strip.accepted.connect(self._on_accepted)

    @guarded
    def _on_moved(self) -> None:
        if self._conductor.playing:
            self._strip.hide()
            self._invited = False

    @guarded
    def _on_rested(self, frame: Frame) -> None:
        state = frame.lane.state
        show = state.experiment.show
        if state.step != show.pause_at:
            self._strip.hide()
        if show.invitation and state.step == show.pause_at and not self._invited:
            self._invited = True
            self._strip.invite(show.invitation, offers(state.experiment, self._conductor.catalogue))

    @guarded
    def _on_accepted(self, command: object) -> None:
        if command is not None:
            self._conductor.command(command)  # type: ignore[arg-type]
        self._conductor.play(True)
