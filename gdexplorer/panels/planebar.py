"""The row above the landscape: which plane is drawn, and what of it."""

from collections.abc import Set

from PySide6.QtCore import Qt, Signal

from gdexplorer.landscape.surface import Window
from gdexplorer.panels.header import SHORT, Header
from gdexplorer.panels.palette import Palette
from gdexplorer.panels.planechoice import AGAIN, HIDES, KINDS, RANDOM, SHORT_NAMES, PairChoice, offered
from gdexplorer.panels.text import tooltip
from gdexplorer.probes.landscape import Landscape, PlaneKind

FINE, USUAL = 97, 49  # grid points a side
_SWITCHES = (
    ("solid", "3-D", "3-D view", "See the surface from the side; key 3."),
    ("follow", "follow", "Follow the point", "Move the plane along with the point, so that the point is always in it; "
     "the surface is evaluated anew each time."),
    ("arrows", "arrows", "Arrows at the point", "Downhill (−gradient), the next update and the optimizer’s velocity; "
     "of two parameters, also the learning rate that each of them effectively has."),
    ("profile", "profile", "Profile along the path", "The true loss along the path beside what the plane shows at its "
     "foot: they agree only where the path lies in the plane."),
    ("line", "line", "Line from the start", "The loss on the straight line from the start to the present point: one "
     "dimension, beyond both ends."),
    ("field", "field", "Streamlines", "Where descent within the plane would run; in a game, each side down its own "
     "loss."),
    ("model", "quadratic", "Quadratic model", "Contours of the quadratic model of the loss at the point, dashed: "
     "gradient and curvature there, and nothing else."),
    ("fine", "fine", "Fine grid", "Evaluate 97 × 97 points instead of 49 × 49."),
)  # fmt: skip


class PlaneBar(Header):
    """Makes the request from what is chosen in it."""

    plane_changed = Signal()  # another plane is wanted
    changed = Signal()  # more or less of the same plane is wanted

    def __init__(self) -> None:
        super().__init__()
        self._chosen: PlaneKind | None = None  # by the user; None: what suits the number of parameters
        self._serial = 0
        self._parameters, self._can = 0, frozenset[str]()
        tip = "Which two directions of parameter space are drawn; all others are left out."
        self.plane = self.add_choice("Plane", [], tip)
        self.pair = PairChoice()
        self.add(self.pair)
        self.again = self.add_button("Refit", "refit", "")
        self.switches = {
            key: self.add_switch(text, text, name, tip, folds=key != "solid") for key, text, name, tip in _SWITCHES
        }
        self._offer()
        self.plane.activated.connect(self._on_plane_activated)
        self.pair.changed.connect(self.plane_changed)
        self.again.clicked.connect(self._on_again_clicked)
        for key in ("follow", "arrows", "profile", "line", "model", "fine"):
            self.switches[key].toggled.connect(self.changed)

    @property
    def kind(self) -> PlaneKind:
        """The plane that is asked for."""
        kinds = offered(self._parameters, self._can)
        return self._chosen if self._chosen in kinds else kinds[0]

    def request(self, window: Window | None) -> Landscape:
        """Return what is to be measured."""
        kind, on = self.kind, {key: switch.isChecked() for key, switch in self.switches.items()}
        return Landscape(
            kind, self._serial, on["follow"], self.pair.pair if kind == "pair" else (0, 1), window,
            FINE if on["fine"] else USUAL, on["profile"], on["arrows"], on["model"] and "hvp" in self._can,
        )  # fmt: skip

    def offer(self, parameters: int, can: Set[str]) -> None:
        """List the planes and the switches that there are."""
        if (self._parameters, self._can) != (parameters, can):
            if ("game" in can) != ("game" in self._can):  # its field is what is to be seen of it
                self.switches["field"].setChecked("game" in can and parameters == 2)
            self._parameters, self._can = parameters, frozenset(can)
            self._offer()

    def show_palette(self, palette: Palette) -> None:
        self.pair.fit()
        super().show_palette(palette)

    def _offer(self) -> None:
        kinds = offered(self._parameters, self._can)
        labels = [text for kind, text in KINDS if kind in kinds]
        if [self.plane.itemText(k) for k in range(self.plane.count())] != labels:
            self.plane.clear()
            self.plane.addItems(labels)
            for k, kind in enumerate(kinds):
                self.plane.setItemData(k, SHORT_NAMES[kind], SHORT)
                if kind in RANDOM:
                    self.plane.setItemData(k, tooltip(HIDES), Qt.ItemDataRole.ToolTipRole)
        self.plane.setCurrentIndex(kinds.index(self.kind))
        self.pair.set_size(self._parameters)
        self.set_present(self.pair, self.kind == "pair")
        self.set_present(self.switches["model"], "hvp" in self._can)
        self.set_button(self.again, *AGAIN[self.kind])

    def _on_plane_activated(self, index: int) -> None:
        self.choose(offered(self._parameters, self._can)[index])

    def choose(self, kind: PlaneKind) -> None:
        """Ask for a plane, if it is another one."""
        if kind != self.kind:
            self._chosen = kind
            self._offer()
            self.plane_changed.emit()

    def _on_again_clicked(self) -> None:
        self._serial += 1
        self.plane_changed.emit()
