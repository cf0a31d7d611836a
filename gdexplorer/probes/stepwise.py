"""One update in four steps: forward, loss, backward, update; what is known after each of them."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.nn.layers.layer import Layer, Shape
from gdexplorer.nn.layout import Layout
from gdexplorer.optim import Slots

NO_STEPS = "There are no layers here to step through; choose a network and data."


class Phase(IntEnum):
    """How far a step has come."""

    READY = 0
    FORWARD = 1
    LOSS = 2
    BACKWARD = 3
    UPDATE = 4


@dataclass(frozen=True, slots=True)
class StepByStep:
    """The request: a step that begins anew with each `number`, how far it is to come, and of which batch."""

    number: int = 0
    phase: Phase = Phase.READY
    example: int | None = None  # a training example, from 0; None: the mini-batch that training draws next


@dataclass(frozen=True, eq=False, slots=True)
class LayerStage:
    """A layer; from `Phase.FORWARD` on with z, a and f′(z), each (n, B), from `Phase.BACKWARD` on with δ = ∂L/∂z."""

    layer: Layer
    inputs: Shape
    outputs: Shape
    z: Array | None = None
    a: Array | None = None
    slope: Array | None = None
    delta: Array | None = None
    hidden: Array | None = None  # of a recurrent layer h_t, (T · H, B)
    hidden_delta: Array | None = None  # ∂L/∂h_t


@dataclass(frozen=True, eq=False, slots=True)
class BatchStage:
    """The examples of the step: inputs (n, B) and targets (C, B) as network and loss see them."""

    x: Array
    y: Array
    examples: tuple[int, ...]  # places in the training split, from 0
    drawn: bool  # whether training would have drawn just these

    @property
    def size(self) -> int:
        """B."""
        return int(self.x.shape[1])


@dataclass(frozen=True, eq=False, slots=True)
class LossStage:
    """The batch's loss, without and from the penalty, and ∂L/∂o of the outputs o, (C, B)."""

    name: str
    data: float
    penalty: float
    by_outputs: Array

    @property
    def total(self) -> float:
        """What is descended."""
        return self.data + self.penalty


@dataclass(frozen=True, eq=False, slots=True)
class BackwardStage:
    """∂L/∂θ, what of it the penalty adds, both (P,), and where it is needed each example's own, (B, P)."""

    gradient: Array
    penalty: Array
    samples: Array | None


@dataclass(frozen=True, eq=False, slots=True)
class UpdateStage:
    """What the optimizer made of it: θ after (P,), and its slots before and after."""

    theta: Array
    before: Slots
    after: Slots
    loss: float  # of the same batch, with penalty, where θ is now, by the same masks


@dataclass(frozen=True, eq=False, slots=True)
class Stage:
    """A step as far as it has come; parts that are still to come are None."""

    request: StepByStep
    step: int  # updates made before it
    layout: Layout
    inputs: tuple[str, ...]  # names
    theta: Array  # before the update
    layers: tuple[LayerStage, ...]
    unmoved: bool  # whether the run's parameters are, bit for bit, what they were when the step began
    omitted: bool = False  # the bug lab's f′(z) left out
    batch: BatchStage | None = None
    loss: LossStage | None = None
    backward: BackwardStage | None = None
    update: UpdateStage | None = None

    @property
    def phase(self) -> Phase:
        """How far it has come."""
        parts = (self.update, self.backward, self.loss, self.batch)
        return next((phase for phase, part in zip(reversed(Phase), parts, strict=False) if part is not None),
                    Phase.READY)  # fmt: skip

    @property
    def first_order(self) -> float:
        """What the loss would fall by if it were a plane: −gᵀΔθ; 0 before the update."""
        if self.backward is None or self.update is None:
            return 0.0
        return float(-(self.backward.gradient @ (self.update.theta - self.theta)))


def rms(values: Array | None) -> float:
    """Return the root mean square; NaN of nothing."""
    return float(np.sqrt(np.mean(np.square(values)))) if values is not None and values.size else np.nan
