"""A run: a state, what is compiled from it, and the updates that advance it."""

from typing import Any

import numpy as np

from gdexplorer.lab import build
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.history import Marker, Path, Recorder, spacing
from gdexplorer.lab.state import Health, State, Status
from gdexplorer.objectives.streams import Streams
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.optim import Rule

WRITE_EVERY = 1024  # updates between two entries of batch losses in the history


class Run:
    """A state with what is compiled from it: objective, program, optimizer, and the history it writes."""

    def __init__(self, experiment: Experiment, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.version = self.path_version = self.loss_version = 0  # of anything, of the path's start, of L(θ)
        self.begin(experiment)

    def begin(self, experiment: Experiment) -> None:
        """Start at update 0 with fresh weights and an empty history."""
        objective = build.objective(experiment, self.catalogue)
        theta = build.initial(objective, experiment, self.catalogue)
        buffers = np.zeros(0, objective.dtype)
        self.state = State(0, experiment, theta, buffers, (), Streams.of(experiment.seed), Status())
        self.adopt(objective)
        self.fresh_slots()
        self.recorder = Recorder(objective.layout.size)
        self.version += 1
        self.path_version += 1
        self.record_point()

    @classmethod
    def of(cls, state: State, catalogue: Catalogue, recorder: Recorder | None = None) -> "Run":
        """Continue a state on its own, with the history written so far or a fresh one."""
        run = cls.__new__(cls)
        run.catalogue, run.state = catalogue, state
        run.version = run.path_version = run.loss_version = 0
        run.adopt(build.objective(state.experiment, catalogue))
        run.recorder = recorder or Recorder(run.objective.layout.size)
        if recorder is None:
            run.record_point()
        else:
            run._schedule()
        return run

    def adopt(self, objective: SupervisedObjective) -> None:
        """Compile everything that depends on the experiment."""
        self.objective = objective
        self.loss_version += 1
        self.examples = 0  # that the present gradient is a mean over; 0 where none was taken since θ was placed
        self._scored: tuple[int, int, float] | None = None
        self.program = objective.program(objective.full())
        self.scorer = objective.program(objective.full())
        self.trial = np.zeros_like(self.state.theta)
        self.rule: Rule[Any] = self.catalogue.record("optimizers", build.kind(self.state.experiment.optimizer))
        self._cost = float(objective.full().size * objective.layout.size)

    def fresh_slots(self) -> None:
        """Let the optimizer forget."""
        objective, state = self.objective, self.state
        mask = objective.layout.weights.astype(objective.dtype)
        self.examples = 0
        slots = self.rule.init(objective.layout.size, objective.dtype, state.experiment.optimizer, mask)
        state.slots = (slots,)

    def new_path(self) -> None:
        """Begin another path: the points before are of other weights."""
        self.recorder.path = Path(self.objective.layout.size)
        self.path_version += 1

    def record_point(self) -> None:
        """Evaluate both splits and remember θ: the start of a curve and of a path."""
        self._evaluate()
        self.recorder.path.append(self.state.step, self.state.theta)
        self._schedule()

    def _schedule(self) -> None:
        step = self.state.step
        self._next_evaluation = step + (gap := spacing(step, self._cost)) - step % gap
        self._next_point = step + (gap := self.recorder.path.spacing) - step % gap
        self._next = min(self._next_evaluation, self._next_point)

    def _evaluate(self) -> None:
        state = self.state
        train, test = (self.scorer.score(state.theta, state.buffers, self.objective.full(s)) for s in ("train", "test"))
        self.recorder.curves.append(
            state.step, train.loss, test.loss,
            np.nan if train.accuracy is None else train.accuracy, np.nan if test.accuracy is None else test.accuracy,
        )  # fmt: skip

    def advance(self, count: int) -> int:
        """Make `count` ≥ 1 updates, fewer if the run diverges; return how many were made.

        Each is: draw a batch, loss and gradient, the optimizer's proposal, and its commitment if it is finite.
        """
        if self.state.status.health is Health.DIVERGED:
            return 0
        made = 0
        with np.errstate(all="ignore"):
            while made < count:
                part = min(count - made, WRITE_EVERY)
                did = self._steps(part)
                made += did
                if did < part:
                    break
        return made

    def _steps(self, count: int) -> int:
        state, recorder, trial = self.state, self.recorder, self.trial
        theta, slots, streams, buffers = state.theta, state.slots[0], state.streams, state.buffers
        gradient, propose = slots.gradient, self.rule.propose
        draw, value_and_gradient = self.objective.draw, self.program.value_and_gradient
        square, losses = np.zeros((), theta.dtype), list[float]()
        batch = None
        first = state.step + 1
        for _ in range(count):
            batch = draw(streams)
            loss = value_and_gradient(theta, buffers, batch, gradient)
            propose(theta, slots, trial)
            # Under every rule a non-finite gradient makes a non-finite update, so that one product sees both;
            # x - x is 0 only for finite x.
            trial.dot(trial, square)
            size = square.item() + loss
            if size - size != 0:
                self._diverge(loss)
                break
            theta[...] = trial
            state.step = step = state.step + 1
            losses.append(loss)
            if step >= self._next:
                self._visit()
                if state.status.health is Health.DIVERGED:
                    break
        if losses:
            recorder.batch.extend(np.column_stack([np.arange(first, first + len(losses)), losses]))
        if batch is not None:
            self.examples = batch.size
        return len(losses)

    def _visit(self) -> None:
        """Do what is due at this step of the grid."""
        step = self.state.step
        if step >= self._next_evaluation:
            self._evaluate()
            if not all(np.isfinite(moment).all() for moment in self.state.slots[0].arrays.values()):
                self._diverge(float(self.recorder.curves.parts()[-1][-1, 1]))
        if step >= self._next_point:
            self.recorder.path.append(step, self.state.theta)
        self._schedule()

    def _diverge(self, loss: float) -> None:
        """Stop before the update is committed, name the first layer that is not finite, and forget the slots."""
        gradient = self.state.slots[0].gradient
        limit = np.sqrt(np.finfo(gradient.dtype).max)
        fine = bool(np.isfinite(loss)) and bool((np.abs(gradient) < limit).all())
        numbers = self.trial if fine else gradient
        if not np.isfinite(loss):
            reason = f"the loss is {loss:g}"
        elif not fine:
            reason = "the gradient overflows" if np.isfinite(gradient).all() else "the gradient is not finite"
        elif (np.abs(self.trial) < limit).all():
            reason = "the optimizer's memory of past gradients overflows"
        else:
            reason = f"the update overflows after a batch loss of {loss:.3g}"
        layers = self.objective.layout.blocks
        bad = [b.id for b in layers if not (np.abs(numbers[b.start : b.stop]) < limit).all()]
        self.state.status = Status(Health.DIVERGED, bad[0] if bad else layers[-1].id, reason)
        self.recorder.mark(Marker(self.state.step, "non-finite"))
        examples = self.examples
        self.fresh_slots()  # theirs have seen it
        self.state.slots[0].gradient[...] = gradient  # for whoever wants to look at it
        self.examples = examples

    def look(self) -> None:
        """See to it that there is a gradient: before the first update from here, that of all training examples."""
        if not self.examples:
            full, state = self.objective.full(), self.state
            with np.errstate(all="ignore"):
                self.program.value_and_gradient(state.theta, state.buffers, full, state.slots[0].gradient)
            self.examples = full.size

    def total_loss(self) -> float:
        """Loss with penalty over all training examples at the present point."""
        state, objective = self.state, self.objective
        if self._scored is None or self._scored[:2] != (self.version, state.step):
            loss = self.scorer.score(state.theta, state.buffers, objective.full()).loss
            with np.errstate(over="ignore"):
                loss += float(objective.penalty.value(state.theta, objective.penalty_mask))
            self._scored = (self.version, state.step, loss)
        return self._scored[2]
