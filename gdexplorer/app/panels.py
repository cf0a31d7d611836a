"""The panels of the window: what each is called and is for, and how they come to know of each other.

No panel's module is imported before its panel is to be seen: the window opens in half the time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject

from gdexplorer.app.conductor import Conductor
from gdexplorer.app.docks import Dock
from gdexplorer.app.guard import guarded
from gdexplorer.panels.panel import Panel

if TYPE_CHECKING:
    from gdexplorer.panels.lanestrip import Offer
    from gdexplorer.panels.network import NetworkPanel
    from gdexplorer.panels.oneweight import OneWeightPanel
    from gdexplorer.panels.race import RacePanel
    from gdexplorer.panels.runs import RunsPanel
    from gdexplorer.panels.stepbystep import StepByStepPanel
    from gdexplorer.probes.oneweight import Weight


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of panel, as its class describes itself, known without importing it."""

    name: str  # of its module in `gdexplorer.panels`, and of its dock
    cls: str  # of the class
    title: str
    requires: frozenset[str]

    def load(self) -> type[Panel]:
        """Return the class."""
        return cast(type[Panel], getattr(import_module(f"gdexplorer.panels.{self.name}"), self.cls))

    def dock(self) -> Dock:
        """Return a dock whose panel is made when it is first to be seen."""
        return Dock(self.name, self.title, lambda: self.load()(), self.requires)


def _kind(name: str, cls: str, title: str, *requires: str) -> Kind:
    return Kind(name, cls, title, frozenset(requires))


PANELS = (
    _kind("landscape", "LandscapePanel", "Loss landscape"),
    _kind("boundary", "BoundaryPanel", "Decision boundary", "predict"),
    _kind("curves", "CurvesPanel", "Loss and accuracy"),
    _kind("gradients", "GradientsPanel", "Gradients", "layers"),
    _kind("activations", "ActivationsPanel", "Activations", "examples", "layers"),
    _kind("gradientcheck", "GradientCheckPanel", "Gradient check"),
    _kind("curvature", "CurvaturePanel", "Curvature", "hvp"),
    _kind("noise", "NoisePanel", "Gradient noise", "examples"),
    _kind("race", "RacePanel", "Race"),
    _kind("runs", "RunsPanel", "Runs"),
    _kind("basins", "BasinsPanel", "Basins of attraction", "basins"),
    _kind("rates", "RatesPanel", "Learning-rate range test"),
    _kind("learning", "LearningPanel", "Learning curves", "examples", "predict"),
    _kind("confusion", "ConfusionPanel", "Confusion matrix", "answer"),
    _kind("filters", "FiltersPanel", "Filters and feature maps", "maps"),
    _kind("saliency", "SaliencyPanel", "Saliency", "pixels"),
    _kind("sequences", "SequencesPanel", "Sequences", "sequences"),
    _kind("reconstruction", "ReconstructionPanel", "Reconstruction and codes", "reconstruct"),
    _kind("modes", "ModesPanel", "Samples and modes", "samples"),
    _kind("network", "NetworkPanel", "Network", "predict"),
    _kind("oneweight", "OneWeightPanel", "One weight"),
    _kind("stepbystep", "StepByStepPanel", "Step by step", "trace", "layers"),
)


class Links(QObject):
    """Connects panels with the conductor and with each other, each as soon as it is made.

    Parameters
    ----------
    show
        Brings the panel of a name to the front.
    """

    def __init__(self, docks: Sequence[Dock], conductor: Conductor, show: Callable[[str], None],
                 parent: QObject) -> None:  # fmt: skip
        super().__init__(parent)
        self._docks = {dock.objectName(): dock for dock in docks}
        self._conductor, self._show = conductor, show
        self._weight: Weight | None = None  # chosen last, for a panel that is made later
        for dock in docks:
            dock.made.connect(self._on_made)

    @guarded
    def _on_made(self, dock: Dock) -> None:
        dock.panel.commanded.connect(self._conductor.command)
        dock.panel.needs_changed.connect(self._conductor.refresh)
        link: dict[str, Callable[[Any], None]] = {
            "race": self._link_race, "network": self._link_network,
            "oneweight": self._link_weight, "stepbystep": self._link_steps, "runs": self._link_runs,
        }  # fmt: skip
        if (name := dock.objectName()) in link:
            link[name](dock.panel)
        self._conductor.refresh()

    def _link_race(self, race: "RacePanel") -> None:
        race.offer(_offers(self._conductor.catalogue.optimizers), _offers(self._conductor.catalogue.initializers))

    def _link_runs(self, runs: "RunsPanel") -> None:
        runs.run_activated.connect(self._conductor.activate)
        runs.run_renamed.connect(self._conductor.rename)
        runs.run_discarded.connect(self._conductor.discard)
        runs.run_shown.connect(self._conductor.show_run)

    def _link_network(self, network: "NetworkPanel") -> None:
        network.weight_chosen.connect(self._on_weight_chosen)
        network.weight_opened.connect(self._on_weight_opened)
        if self._weight is not None:
            network.show_weight(self._weight)

    def _link_weight(self, weight: "OneWeightPanel") -> None:
        weight.weight_chosen.connect(self._on_weight_shown)
        if self._weight is not None:
            weight.choose(self._weight)

    def _link_steps(self, steps: "StepByStepPanel") -> None:
        steps.pause_requested.connect(self._conductor.pause)
        steps.update_requested.connect(self._conductor.one_update)
        self._conductor.opened.connect(steps.reset)

    @guarded
    def _on_weight_chosen(self, weight: "Weight") -> None:
        self._weight = weight
        if (dock := self._docks["oneweight"]).has_panel:
            cast("OneWeightPanel", dock.panel).choose(weight)

    @guarded
    def _on_weight_opened(self, weight: "Weight") -> None:
        self._on_weight_chosen(weight)
        self._show("oneweight")

    @guarded
    def _on_weight_shown(self, weight: "Weight") -> None:
        self._weight = weight
        if (dock := self._docks["network"]).has_panel:
            cast("NetworkPanel", dock.panel).show_weight(weight)


def _offers(records: Mapping[str, Any]) -> "list[Offer]":
    from gdexplorer.panels.lanestrip import Offer

    return [Offer(record.name, record.label, record.help) for record in records.values()]
