"""Ways through a run's record: to its start, back, to changes and spikes, to an update by its number."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QInputDialog, QWidget

from gdexplorer.app.conductor import Conductor
from gdexplorer.app.guard import guarded
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.jumps import lowest, next_change, next_spike, previous_change, updates_of_epoch


class Jumps(QObject):
    """Slots of the transport and the Run menu. Where there is no such place, the status line says so."""

    def __init__(self, conductor: Conductor, parent: QWidget) -> None:
        super().__init__(parent)
        self._conductor, self._window = conductor, parent

    @guarded
    def to_start(self) -> None:
        """Show the first update."""
        self._conductor.travel(0)

    @guarded
    def epoch_back(self) -> None:
        """Show where the run was an epoch before, or a round of a game."""
        if (frame := self._conductor.frame) is not None:
            state = frame.lane.state
            self._conductor.travel(max(state.step - updates_of_epoch(state), 0))

    @guarded
    def to_next_change(self) -> None:
        """Show the next update at which something was changed."""
        if (frame := self._conductor.frame) is not None:
            found = next_change(frame.lane.history, frame.lane.state.step)
            self._go(frame, found, "There is no change after this update.")

    @guarded
    def to_previous_change(self) -> None:
        """Show the update before at which something was changed."""
        if (frame := self._conductor.frame) is not None:
            found = previous_change(frame.lane.history, frame.lane.state.step)
            self._go(frame, found, "There is no change before this update.")

    @guarded
    def to_next_spike(self) -> None:
        """Show the top of the next spike of the training loss."""
        if (frame := self._conductor.frame) is not None:
            found = next_spike(frame.lane.history, frame.lane.state.step)
            self._go(frame, found, "There is no spike of the training loss after this update.")

    @guarded
    def to_lowest(self) -> None:
        """Show the update of the lowest test loss."""
        if (frame := self._conductor.frame) is not None:
            found = lowest(frame.lane.history, frame.lane.state.step)
            self._go(frame, found, "There is no finite loss to go to.")

    def _go(self, frame: Frame, step: int | None, missing: str) -> None:
        if step is None:
            self._conductor.said.emit(missing)
        elif step >= frame.head:
            self._conductor.live()
        else:
            self._conductor.travel(step)

    @guarded
    def ask(self) -> None:
        """Ask for the number of an update, and show it."""
        if (frame := self._conductor.frame) is None:
            return
        dialog = QInputDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Go to update")
        dialog.setInputMode(QInputDialog.InputMode.IntInput)
        dialog.setIntRange(0, frame.head)
        dialog.setIntValue(frame.lane.state.step)
        dialog.setLabelText(f"Update, from 0 to {frame.head:,}:")
        dialog.setOkButtonText("Go")
        dialog.intValueSelected.connect(self._on_asked)
        dialog.open()

    @guarded
    def _on_asked(self, step: int) -> None:
        if (frame := self._conductor.frame) is not None:
            self._go(frame, step, "")
