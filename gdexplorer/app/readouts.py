"""Muted lines under controls of the side panel: what came of a setting, as the newest frame has it."""

from collections.abc import Callable

from PySide6.QtWidgets import QLabel

from gdexplorer.lab.frame import Snapshot
from gdexplorer.panels.ticks import number


def _zeros(state: Snapshot) -> str:
    return "" if state.zeros is None else f"{state.zeros[0]:,} of {state.zeros[1]:,} weights are exactly 0."


def _buffer(state: Snapshot) -> str:
    if state.buffer is None:
        return ""
    fresh, whole = state.buffer
    return f"Norm of the sum {number(whole)}, of the latest gradient alone {number(fresh)}."


READOUTS: dict[str, Callable[[Snapshot], str]] = {"penalty.l1_form": _zeros, "training.zero_gradient": _buffer}


class Readout(QLabel):
    """The line under a control that has one; hidden while there is nothing to say."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._say = READOUTS[path]
        self.setProperty("role", "muted")
        self.setWordWrap(True)
        self.hide()

    def show_state(self, state: Snapshot) -> None:
        """Say what there is to say of this state."""
        text = self._say(state)
        if text != self.text():
            self.setText(text)
            self.setVisible(bool(text))
