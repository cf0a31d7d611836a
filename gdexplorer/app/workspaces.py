"""Arrangements of the docks: which panels show, in which rows, and how much room each has."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QHoverEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow


@dataclass(frozen=True, slots=True)
class Workspace:
    """Rows of panels from top to bottom, and the share of height that each row has.

    `narrow` is the one row of a projector's large type in a low window, and `few` its rows in a high one. Of `tabs`,
    the first is one of the rows' panels, and the others lie behind it. `first` is the share of width in percent of the
    first panel; None: as much as the others.
    """

    rows: tuple[tuple[str, ...], ...]
    heights: tuple[int, ...]
    few: tuple[tuple[str, ...], ...]
    narrow: tuple[str, ...]
    tabs: tuple[str, ...] = ()
    first: int | None = None

    def fitting(self, large_type: bool, height: int, unfit: Set[str]) -> tuple[tuple[str, ...], ...]:
        """Return the rows for a window of this height without what is unfit, at most three panels with large type."""
        rows = self.rows if not large_type else self.few if height >= LOW else (self.narrow,)
        return _fitting(rows, unfit) or _fitting(self.few, unfit)[:1] or _fitting(self.rows, unfit)[:1]


def _fitting(rows: tuple[tuple[str, ...], ...], unfit: Set[str]) -> tuple[tuple[str, ...], ...]:
    """Return the rows without what is unfit, others in its place where there are."""
    shown = {name for row in rows for name in row}

    def fit(name: str) -> str:
        others = (other for other in INSTEAD.get(name, ()) if other not in shown | unfit)
        return next(others, name) if name in unfit else name

    left = (tuple(name for name in map(fit, row) if name not in unfit) for row in rows)
    return tuple(row for row in left if row)


# panels that stand in for one that has nothing to show, the first that has something
INSTEAD = {"boundary": ("modes", "sequences", "reconstruction", "confusion")}
# what an objective can that a panel cannot show
BEYOND = {"boundary": frozenset({"pixels", "sequences", "reconstruct"})}
LOW = 900  # px of window height below which large type leaves room for one row only

WORKSPACES: dict[str, Workspace] = {
    "Explore": Workspace(
        (("landscape", "boundary"), ("curves", "gradients")), (63, 37),
        (("landscape", "boundary"), ("curves",)), ("landscape", "boundary"),
    ),
    "Landscape": Workspace(
        (("landscape", "curves"),), (100,), (("landscape", "curves"),), ("landscape", "curves"), first=64,
    ),
    "Gradients": Workspace(
        (("gradients",), ("curves", "boundary")), (60, 40),
        (("gradients",), ("curves", "boundary")), ("gradients",),
        ("gradients", "activations", "gradientcheck"),
    ),
    "Step by step": Workspace(
        (("stepbystep",), ("curves",)), (76, 24), (("stepbystep",), ("curves",)), ("stepbystep",),
    ),
    "Curvature": Workspace(
        (("landscape", "curvature"), ("curves",)), (68, 32),
        (("landscape", "curvature"), ("curves",)), ("landscape", "curvature"),
    ),
    "Race": Workspace(
        (("landscape", "race"), ("curves", "basins")), (58, 42),
        (("landscape", "race"), ("curves",)), ("landscape", "race"),
    ),
    "Data": Workspace(
        (("learning", "confusion"), ("curves", "boundary")), (62, 38),
        (("learning", "confusion"), ("curves",)), ("learning", "confusion"),
    ),
    "Images": Workspace(
        (("saliency", "reconstruction", "filters"), ("curves", "confusion")), (62, 38),
        (("saliency", "reconstruction", "filters"), ("curves",)), ("saliency", "reconstruction"),
    ),
    "Sequences": Workspace(
        (("sequences",), ("curves", "gradients")), (68, 32),
        (("sequences",), ("curves",)), ("sequences",),
    ),
    "Game": Workspace(
        (("modes", "landscape"), ("curves", "gradients")), (63, 37),
        (("modes", "landscape"), ("curves",)), ("modes",),
    ),
    "Noise": Workspace(
        (("noise",), ("curves", "gradients")), (68, 32), (("noise",), ("curves",)), ("noise",),
    ),
    "Network": Workspace(
        (("network",), ("oneweight", "curves")), (66, 34),
        (("network", "oneweight"),), ("network",),
    ),
    "Gradient check": Workspace(
        (("gradientcheck",), ("curves", "gradients")), (62, 38),
        (("gradientcheck",), ("curves",)), ("gradientcheck",),
    ),
    "Runs": Workspace(
        (("landscape", "curves"), ("runs",)), (62, 38),
        (("landscape", "curves"), ("runs",)), ("curves", "runs"),
    ),
}  # fmt: skip


def leave_separator(host: QMainWindow) -> None:
    """Tell the host that the mouse left what lies between the docks, before these change places.

    Qt keeps the path to the separator under the mouse, and crashes at the next key or move if it leads nowhere by then.
    """
    QApplication.sendEvent(host, QHoverEvent(QEvent.Type.HoverLeave, QPointF(), QPointF(), QPointF()))


def arrange(host: QMainWindow, side: QDockWidget, docks: Mapping[str, QDockWidget],
            rows: tuple[tuple[str, ...], ...], heights: tuple[int, ...],
            tabs: tuple[str, ...] = (), first: int | None = None) -> None:  # fmt: skip
    """Put the docks into rows, and hide the others."""
    leave_separator(host)
    for dock in docks.values():
        dock.setFloating(False)
        host.removeDockWidget(dock)
    side.show()
    heads: list[QDockWidget] = []
    for row in rows:
        head = docks[row[0]]
        if heads:
            host.splitDockWidget(heads[-1], head, Qt.Orientation.Vertical)
        else:
            host.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, head)
        heads.append(head)
    for row in rows:
        for before, after in pairwise(row):
            host.splitDockWidget(docks[before], docks[after], Qt.Orientation.Horizontal)
    for name in tabs[1:]:
        host.tabifyDockWidget(docks[tabs[0]], docks[name])
    shown = [name for row in rows for name in row] + [*tabs]
    for name, dock in docks.items():
        if name not in shown:  # in its place all the same, for when it is shown, and for what is kept of the layout
            host.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        dock.setVisible(name in shown)
    if tabs:
        docks[tabs[0]].raise_()
    for row in rows:
        shares = [100] * len(row) if first is None or len(row) < 2 else [first, *[100 - first] * (len(row) - 1)]
        host.resizeDocks([docks[name] for name in row], [10 * share for share in shares], Qt.Orientation.Horizontal)
    host.resizeDocks([docks[row[0]] for row in rows], [10 * h for h in heights[: len(rows)]], Qt.Orientation.Vertical)
