"""Step by step: one update of a run taken apart, on copies, and the update on a chosen example.

Until the update nothing of the run moves, not even its streams: the mini-batch is drawn from a copy of them, so that
the run's own next update draws the same.
"""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from gdexplorer.arrays import Array, frozen, zeros
from gdexplorer.lab import bugs
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.run import Run
from gdexplorer.lab.state import Health
from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.layers.rnn import Rnn
from gdexplorer.nn.plan import Plan
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.per_sample import separable
from gdexplorer.objectives.program import SupervisedProgram
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.optim import Rule, Slots
from gdexplorer.probes.stepwise import (
    NO_STEPS,
    BackwardStage,
    BatchStage,
    LayerStage,
    LossStage,
    Phase,
    Stage,
    StepByStep,
    UpdateStage,
)

MOST_SAMPLES = 2_000_000  # numbers in the gradients of all examples, where these are kept


def obstacle(run: Run) -> str:
    """Return in a sentence why a run's updates cannot be taken apart; "" if they can."""
    if not isinstance(run.objective, SupervisedObjective) or run.game is not None:
        return NO_STEPS
    if not isinstance(run.rule, Rule):
        return f"{run.rule.label} asks for losses and gradients as often as it likes; choose one that does not."
    if (count := run.state.experiment.training.accumulate) > 1:
        return f"An update adds up {count} mini-batches here; set accumulate to 1 to go through it step by step."
    if run.state.status.health is Health.DIVERGED:
        return "The run has stopped at numbers that are not finite; go back to the first update."
    return ""


def example_of(run: Run, index: int) -> int:
    """Return the index of a training example with which alone an update can be made.

    Raises
    ------
    Complaint
        If it cannot.
    """
    if sentence := obstacle(run):
        raise Complaint(sentence)
    objective = cast(SupervisedObjective, run.objective)
    count = objective.full().size
    if not 0 <= index < count:
        raise Complaint(f"There is no training example {index + 1:,}; choose one from 1 to {count:,}.")
    if objective.network.fewest > 1:
        raise Complaint("Batch normalization needs at least two examples, not a single one; take the next mini-batch.")
    return index


def update_on(run: Run, index: int) -> str:
    """Make one update on a training example alone, as if it had been drawn; return what to call it.

    Raises
    ------
    Complaint
        If it cannot be made.
    """
    example_of(run, index)
    objective, state, losses = cast(SupervisedObjective, run.objective), run.state, list[float]()
    slots, program = state.slots[0], run.program
    batch = objective.example(index, state.streams)
    run.deltas = program.deltas
    with np.errstate(all="ignore"):
        loss = program.value_and_gradient(state.theta, state.buffers, batch, slots.gradient)
        run.proposer()(state.theta, slots, run.trial)
        if run.committer(losses)(loss) and state.buffers.size:
            program.next_buffers(state.buffers)
    run.record(losses, batch)
    return f"update on example {index + 1:,}"


@dataclass(frozen=True, slots=True)
class _Walk:
    """A step that was begun: all that can be known before the update, and where the run stood."""

    run: Run
    version: int
    whole: Stage  # up to the pass backward
    slots: Slots
    program: SupervisedProgram
    batch: Batch
    buffers: Array


class Walks:
    """The step under way, one at a time; it waits for whoever looks away and comes back."""

    def __init__(self) -> None:
        self._walk: _Walk | None = None
        self._update: UpdateStage | None = None
        self._begun = -1  # number of the newest

    def measure(self, run: Run, request: StepByStep) -> Stage | str:
        """Return the step as far as it is asked for, or a sentence why there is none.

        A step that the run has left behind comes back as one that is still to begin.
        """
        if request.phase is Phase.READY:
            self._walk = self._update = None
            sentence = obstacle(run)
            return sentence or _ready(run, request)
        fresh = request.number > self._begun and request.phase is not Phase.UPDATE
        if fresh or self._changed(run, request):
            self._begun, self._update = request.number, None
            try:
                self._walk = _begun(run, request)
            except Complaint as complaint:
                return str(complaint)
        if (walk := self._walk) is None or walk.whole.request.number != request.number:
            return obstacle(run) or _ready(run, request)
        return self._shown(walk, run, request)

    def _changed(self, run: Run, request: StepByStep) -> bool:
        """Whether a command changed something before the update, so that the step is looked at anew."""
        walk = self._walk
        if walk is None or walk.whole.request.number != request.number or request.phase is Phase.UPDATE:
            return False
        still = walk.run is run and run.state.step == walk.whole.step and self._update is None
        return still and walk.version != run.version

    def _shown(self, walk: _Walk, run: Run, request: StepByStep) -> Stage | str:
        """Hold back what is still to come."""
        whole, phase = walk.whole, request.phase
        made = run.state.step - whole.step
        if run.state.status.health is Health.DIVERGED:
            return obstacle(run)
        if walk.run is not run or walk.version != run.version or made not in (0, 1):
            return _ready(run, request)
        if made == 1 and self._update is None:
            if phase is not Phase.UPDATE:
                return _ready(run, request)
            self._update = _updated(walk, run)
        return replace(
            whole, request=request, unmoved=run.state.theta.tobytes() == whole.theta.tobytes(),
            loss=whole.loss if phase >= Phase.LOSS else None,
            backward=whole.backward if phase >= Phase.BACKWARD else None,
            layers=whole.layers if phase >= Phase.BACKWARD else tuple(map(_forward_only, whole.layers)),
            update=self._update,
        )  # fmt: skip


def _forward_only(own: LayerStage) -> LayerStage:
    return replace(own, slope=None, delta=None, hidden_delta=None)


def _ready(run: Run, request: StepByStep) -> Stage:
    objective = cast(SupervisedObjective, run.objective)
    network = objective.network
    layers = tuple(map(LayerStage, network.layers, network.shapes, network.shapes[1:]))
    names = objective.features or objective.data.inputs
    return Stage(request, run.state.step, objective.layout, names, frozen(run.state.theta), layers, True,
                 network.omit_slope)  # fmt: skip


def _begun(run: Run, request: StepByStep) -> _Walk:
    """Draw the batch from copied streams, and go forward and backward on copies."""
    if sentence := obstacle(run):
        raise Complaint(sentence)
    objective, state = cast(SupervisedObjective, run.objective), run.state
    streams = bugs.copied(state.streams, state.experiment.bugs)
    if request.example is None:
        batch = objective.draw(streams)
        rows = tuple(int(k) for k in streams.permutation[streams.cursor - batch.size : streams.cursor])
    else:
        rows = (example_of(run, request.example),)
        batch = objective.example(request.example, streams)
    ready = _ready(run, request)
    theta, gradient = zeros(ready.theta.size, objective.dtype), zeros(ready.theta.size, objective.dtype)
    theta[...] = ready.theta
    buffers, program = state.buffers.copy(), objective.program(batch)
    with np.errstate(all="ignore"):
        program.value_and_gradient(theta, buffers, batch, gradient)
        trace = program.trace(theta, buffers, batch)
    found = tuple(_traced(own, trace) for own in ready.layers)
    outputs = found[-1].a
    assert outputs is not None
    whole = replace(
        ready, layers=found,
        batch=BatchStage(frozen(batch.x[:-1]), frozen(batch.y), rows, request.example is None),
        loss=_loss(objective, theta, outputs, batch),
        backward=_backward(objective, program, theta, buffers, batch, gradient),
    )  # fmt: skip
    return _Walk(run, run.version, whole, state.slots[0].copy(), program, batch, buffers)


def _traced(own: LayerStage, trace: object) -> LayerStage:
    arrays, layer = cast(dict[str, Array], trace), own.layer
    z, a, delta, *hidden = (arrays.get(f"{layer.id}.{name}")
                            for name in ("z", "a", "delta", "hidden", "hidden_delta"))  # fmt: skip
    assert z is not None
    return replace(own, z=z, a=a, slope=layer.activation.derivative(z, layer.knobs), delta=delta, hidden=hidden[0],
                   hidden_delta=hidden[1])  # fmt: skip


def _loss(objective: SupervisedObjective, theta: Array, outputs: Array, batch: Batch) -> LossStage:
    """Evaluate the loss by itself, and its derivative by the outputs."""
    plan, by_outputs = Plan(objective.dtype), np.empty_like(outputs)
    terms, add_delta = objective.loss.compile(plan, objective.loss_knobs, outputs.copy())
    add_delta(by_outputs)
    with np.errstate(all="ignore"):
        plan.run(batch.arrays)
    value = sum(factor * term.item() for factor, term in terms)
    return LossStage(objective.loss.name, value, objective.penalty_at(theta), by_outputs)


def _backward(objective: SupervisedObjective, program: SupervisedProgram, theta: Array, buffers: Array, batch: Batch,
              gradient: Array) -> BackwardStage:  # fmt: skip
    plan, penalty = Plan(objective.dtype), np.zeros_like(theta)
    objective.penalty.compile(plan, theta, penalty, objective.penalty_mask)
    plan.run()
    network, samples = objective.network, None
    others = any(not isinstance(layer, Dense | Convolution | Rnn) and layer.blocks(shape)
                 for layer, shape in zip(network.layers, network.shapes, strict=False))  # fmt: skip
    if others and separable(network) and not batch.masked and batch.size * theta.size <= MOST_SAMPLES:
        samples = program.sample_gradients(theta, buffers, batch)
    return BackwardStage(frozen(gradient), penalty, samples)


def _updated(walk: _Walk, run: Run) -> UpdateStage:
    """Compare with the run as it is now."""
    theta = zeros(run.state.theta.size, run.state.theta.dtype)
    theta[...] = run.state.theta
    with np.errstate(all="ignore"):
        loss = walk.program.value_and_gradient(theta, walk.buffers, walk.batch, np.empty_like(theta))
    return UpdateStage(frozen(theta), walk.slots, run.state.slots[0].copy(), loss)
