"""Arrangements of the docks: which panels show, in which rows, and how much room each has."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow


@dataclass(frozen=True, slots=True)
class Workspace:
    """Rows of panels from top to bottom, and the share of height that each row has."""

    rows: tuple[tuple[str, ...], ...]
    heights: tuple[int, ...]


WORKSPACES: dict[str, Workspace] = {
    "Explore": Workspace((("landscape", "boundary"), ("curves", "gradients")), (63, 37)),
    "Landscape": Workspace((("landscape",), ("curves",)), (74, 26)),
    "Gradients": Workspace((("gradients",), ("curves", "boundary")), (56, 44)),
}


def arrange(host: QMainWindow, side: QDockWidget, docks: Mapping[str, QDockWidget], workspace: Workspace) -> None:
    """Put the docks where a workspace has them, and hide the others."""
    for dock in docks.values():
        dock.setFloating(False)
        host.removeDockWidget(dock)
    side.show()
    heads: list[QDockWidget] = []
    for row in workspace.rows:
        head = docks[row[0]]
        if heads:
            host.splitDockWidget(heads[-1], head, Qt.Orientation.Vertical)
        else:
            host.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, head)
        heads.append(head)
    for row in workspace.rows:
        for before, after in zip(row, row[1:], strict=False):
            host.splitDockWidget(docks[before], docks[after], Qt.Orientation.Horizontal)
    shown = [name for row in workspace.rows for name in row]
    for name in shown:
        docks[name].show()
    for row in workspace.rows:
        host.resizeDocks([docks[name] for name in row], [100] * len(row), Qt.Orientation.Horizontal)
    host.resizeDocks([docks[row[0]] for row in workspace.rows], [10 * h for h in workspace.heights],
                     Qt.Orientation.Vertical)  # fmt: skip
    host.resizeDocks([side], [300], Qt.Orientation.Horizontal)
