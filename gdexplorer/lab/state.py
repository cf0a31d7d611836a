"""The state of a run: everything its future depends on."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from gdexplorer.arrays import Array
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.stopping import Stopping
from gdexplorer.objectives.streams import Streams
from gdexplorer.optim import Slots
from gdexplorer.optim.clipping import Tally
from gdexplorer.optim.plateau import Plateau


class Health(StrEnum):
    """Whether a run can go on."""

    FINE = "fine"
    DIVERGED = "diverged"


@dataclass(frozen=True, slots=True)
class Status:
    """Health, and for a diverged run where and why."""

    health: Health = Health.FINE
    layer: str = ""
    reason: str = ""


@dataclass(slots=True)
class State:
    """Everything the future of a run depends on; a copy of it is a keyframe."""

    step: int
    experiment: Experiment
    theta: Array
    buffers: Array
    slots: tuple[Slots, ...]  # one per player
    streams: Streams
    status: Status
    extra: int = 0  # gradient evaluations so far beyond one an update
    tally: Tally = field(default_factory=Tally)  # of clipped gradients
    plateau: Plateau = field(default_factory=Plateau)
    stopping: Stopping = field(default_factory=Stopping)

    @property
    def evaluations(self) -> int:
        """Gradient evaluations that the updates so far took."""
        return self.step + self.extra

    def copy(self) -> "State":
        """Return a state that runs on its own, equal bit for bit."""
        return replace(
            self,
            theta=self.theta.copy(),
            buffers=self.buffers.copy(),
            slots=tuple(slots.copy() for slots in self.slots),
            streams=self.streams.copy(),
            tally=replace(self.tally),
            plateau=replace(self.plateau),
            stopping=replace(self.stopping),
        )
