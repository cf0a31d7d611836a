"""The planes that can be chosen, what each is called, and the choice of two parameters."""

from collections.abc import Set

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QWidget

from gdexplorer.panels.guard import guarded
from gdexplorer.panels.text import set_tooltip
from gdexplorer.probes.landscape import PlaneKind

KINDS: tuple[tuple[PlaneKind, str], ...] = (
    ("weights", "the two parameters"),
    ("pca", "PCA of the rehearsed path"),
    ("random", "random, filter-normalized"),
    ("layer", "random, layer-normalized"),
    ("plain", "random, not normalized"),
    ("hessian", "top Hessian eigenvectors"),
    ("gradient", "gradient and velocity"),
    ("points", "through three points"),
    ("pair", "two chosen parameters"),
)
SHORT_NAMES: dict[PlaneKind, str] = {
    "weights": "2 parameters", "pca": "PCA of path", "random": "random", "layer": "random, layer",
    "plain": "random, plain", "hessian": "Hessian", "gradient": "gradient", "points": "three points",
    "pair": "two chosen",
}  # fmt: skip
ROOM = 3.0  # lines of text: the width of a box beyond its number
_OF_TWO = ("weights", "pca", "hessian", "gradient")  # the other planes of two parameters are these again, or lines
RANDOM = ("random", "layer", "plain")
HIDES = "A random plane shows about 1 % of a descent: the path hardly moves in it."
_RANDOM = ("redraw", "Draw two other random directions, at the present point.")
AGAIN: dict[PlaneKind, tuple[str, str]] = {
    "weights": ("refit", "Choose the window again, around the path so far and the path ahead."),
    "pca": ("refit", "Rehearse the run from here and fit the plane to its path again."),
    "random": _RANDOM,
    "layer": _RANDOM,
    "plain": _RANDOM,
    "hessian": ("refit", "Find the eigenvectors again, at the present point."),
    "gradient": ("refit", "Take gradient and velocity again, at the present point."),
    "points": ("refit", "Lay the plane through the path as it is now: its start, its middle and its end, or the "
               "ends of three lanes."),
    "pair": ("refit", "Hold all other parameters where they are now."),
}  # fmt: skip


def offered(parameters: int, can: Set[str]) -> list[PlaneKind]:
    """Return the planes that there are for so many parameters of an objective with these abilities."""
    kinds = [kind for kind, _ in KINDS if (kind in _OF_TWO if parameters == 2 else kind != "weights")]
    return [kind for kind in kinds if kind != "hessian" or "hvp" in can]


class _Box(QSpinBox):
    """Turns by the wheel with the focus only."""

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class PairChoice(QWidget):
    """Two indices into θ, never the same."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self.boxes = (_Box(), _Box())
        for k, (box, name) in enumerate(zip(self.boxes, ("First parameter", "Second parameter"), strict=True)):
            box.setAccessibleName(name)
            set_tooltip(box, f"{name}, by its index in θ; the axes tell which weight it is.")
            box.setPrefix("θ")
            box.setKeyboardTracking(False)
            box.lineEdit().setTextMargins(4, 0, 0, 0)
            box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            box.setValue(k)
            box.valueChanged.connect(self._on_value_changed)
            row.addWidget(box)
        self._pair = (0, 1)

    @property
    def pair(self) -> tuple[int, int]:
        """The two indices."""
        return self._pair

    def fit(self) -> None:
        """Be wide enough for every index, in the present type."""
        for box in self.boxes:
            metrics = box.fontMetrics()
            box.setFixedWidth(metrics.horizontalAdvance(f"θ{box.maximum()}") + round(ROOM * metrics.height()))

    def set_size(self, parameters: int) -> None:
        """Offer indices below this, at least 2; the choice becomes the first two where it does not fit."""
        if max(self._pair) >= parameters:
            self._show((0, 1))
        for box in self.boxes:
            box.setMaximum(max(parameters - 1, 1))
        self.fit()

    def _show(self, pair: tuple[int, int]) -> None:
        self._pair = pair
        for box, value in zip(self.boxes, pair, strict=True):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)

    def _on_value_changed(self) -> None:
        first, second = (box.value() for box in self.boxes)
        if first == second:  # what was turned goes one on in its direction, or stays
            other = self._pair
            turned = 0 if first != other[0] else 1
            onward = first + (1 if first > other[turned] else -1)
            pair = [first, second]
            pair[turned] = onward if 0 <= onward <= self.boxes[0].maximum() else other[turned]
            first, second = pair
        changed = (first, second) != self._pair
        self._show((first, second))
        if changed:
            self.changed.emit()
