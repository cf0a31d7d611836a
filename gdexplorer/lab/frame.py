"""What the trainer hands to the panels: immutable, one lane a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from gdexplorer.lab.commands import Change
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.history import History
from gdexplorer.lab.keyframes import Moment
from gdexplorer.lab.sentences import Sentence
from gdexplorer.lab.state import Status
from gdexplorer.optim.clipping import Tally
from gdexplorer.probes.activations import Activations
from gdexplorer.probes.alpha import Alpha
from gdexplorer.probes.attribution import Attribution
from gdexplorer.probes.basins import Basins
from gdexplorer.probes.boundary import Boundary
from gdexplorer.probes.check import GradientCheck
from gdexplorer.probes.cloud import Cloud
from gdexplorer.probes.confusion import Confusion
from gdexplorer.probes.cost import Cost
from gdexplorer.probes.curvature import Curvature
from gdexplorer.probes.deltas import Deltas
from gdexplorer.probes.gradients import Gradients
from gdexplorer.probes.landscape import Landscape
from gdexplorer.probes.latent import Latent
from gdexplorer.probes.learning import Learning
from gdexplorer.probes.line import Line
from gdexplorer.probes.maps import Maps
from gdexplorer.probes.modes import Modes
from gdexplorer.probes.noise import Noise
from gdexplorer.probes.norm_test import NormTest
from gdexplorer.probes.oneweight import OneWeight
from gdexplorer.probes.outputs import Outputs
from gdexplorer.probes.rates import RangeTest
from gdexplorer.probes.sequences import Sequences
from gdexplorer.probes.stepwise import StepByStep
from gdexplorer.probes.successive import Successive
from gdexplorer.probes.units import Units
from gdexplorer.probes.updates import Updates
from gdexplorer.probes.vitals import Vitals
from gdexplorer.probes.weights import Weights

Probe: TypeAlias = (
    Gradients | Landscape | Boundary | Curvature | Basins | Cost | Line | Confusion | Learning | RangeTest
    | Modes | Maps | Latent | Sequences | Units | OneWeight
    | Cloud | Noise | NormTest | Successive | Alpha
    | StepByStep | Attribution
    | Weights | Updates | Deltas | Outputs | Activations | GradientCheck | Vitals
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where a run stands."""

    step: int
    epoch: int  # passes over the training set begun
    experiment: Experiment
    status: Status
    parameters: int  # P
    train_examples: int
    test_examples: int
    batch_size: int  # as used: at most the training examples
    layers: tuple[str, ...]  # ids, the output layer last
    narration: Sentence
    evaluations: int  # of the gradient
    can: frozenset[str]  # of the objective: "examples", "predict", …
    solvable: bool  # whether there is a formula for the minimizer
    rate: float | None = None  # learning rate of the next update, as scheduled
    tally: Tally | None = None  # of clipped gradients since the last change, if they are clipped
    stalled: bool = False  # whether a search found no step that lowers the loss
    buffer: tuple[float, float] | None = None  # norms: latest fresh gradient, and the sum, where that is not cleared
    moved: tuple[str, ...] = ()  # of a game: whose turn the latest update was
    zeros: tuple[int, int] | None = None  # weights that are exactly 0, and all of them, where L1 is on


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One line of the list of runs."""

    id: int
    name: str
    color: int  # index of a race lane's color, its own as long as it lives
    active: bool  # whether it is the one that goes on
    shown: bool  # while another goes on: whether it is drawn, as a ghost
    step: int  # its last update
    latest: tuple[float, ...]  # the last row of its curves, see `History.curves`
    parent: int | None  # the run that it left at update `at`; None where it began afresh
    at: int
    differs: str  # in which settings from the run that goes on


@dataclass(frozen=True, slots=True)
class Lane:
    """One run in a frame."""

    name: str
    state: Snapshot
    history: History
    views: Mapping[Probe, Any]  # of the first lane
    note: str = ""  # in which way it does not run under the first's conditions
    ghost: RunEntry | None = None  # of a run that was left


@dataclass(frozen=True, slots=True)
class Undo:
    """What takes a command back."""

    label: str  # of the command's marker
    command: Change | None  # of a live setting: it is set back, now
    run: int  # of everything else: the run and the moment before the command, to return to
    moment: Moment


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command: the marker's label, or the sentence that refuses it."""

    id: int
    accepted: bool
    text: str
    undo: Undo | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One moment, complete; replies are cumulative, so that a dropped frame loses none."""

    number: int
    lanes: tuple[Lane, ...]  # racers, the run itself first, then the ghosts that are drawn
    replies: tuple[Reply, ...] = ()
    busy: bool = False  # whether something is under way that a later frame will bring
    head: int = 0  # the last update of the record of the run that goes on
    past: bool = False  # whether an earlier moment of it is shown, so that a command makes a branch
    arriving: bool = False  # whether what is shown is a keyframe on the way to the moment that was asked for
    runs: tuple[RunEntry, ...] = ()

    @property
    def lane(self) -> Lane:
        """The first lane, the run itself."""
        return self.lanes[0]

    @property
    def racers(self) -> tuple[Lane, ...]:
        """The run itself and its rivals."""
        return tuple(lane for lane in self.lanes if lane.ghost is None)
