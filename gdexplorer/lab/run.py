"""A run: a state, what is compiled from it, and the updates that advance it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gdexplorer.arrays import Array, zeros
from gdexplorer.fields import Settings
from gdexplorer.lab import bugs, build, parameters
from gdexplorer.lab.accumulation import Summed, equip
from gdexplorer.lab.ask import Ask
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.chronicle import VERSIONS, Chronicle
from gdexplorer.lab.divergence import diagnosed
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.game import Game
from gdexplorer.lab.history import Marker, Recorder
from gdexplorer.lab.state import Health, State, Status
from gdexplorer.lab.steering import proposer, scheduled
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.objective import Objective, Player
from gdexplorer.objectives.streams import Streams
from gdexplorer.optim import Rule, Search, Slots
from gdexplorer.optim.clipping import Tally

WRITE_EVERY = 1024  # updates between two entries of batch losses in the history


class Run(Chronicle):
    """A state with what is compiled from it: objective, program, optimizer, and the history it writes."""

    def __init__(self, experiment: Experiment, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.version, self.path_version = next(VERSIONS), next(VERSIONS)  # of anything, of the path's start
        self._watched = False
        objective = build.objective(experiment, catalogue)
        theta = parameters.initial(objective, experiment, catalogue)
        self.state = State(0, experiment, theta, objective.fresh_buffers(), (), Streams.of(experiment.seed), Status())
        self.adopt(objective)
        self.fresh_slots()
        self.recorder = Recorder(objective.layout.size)
        self.record_point()

    @classmethod
    def of(cls, state: State, catalogue: Catalogue, recorder: Recorder | None = None,
           objective: Objective | None = None) -> "Run":  # fmt: skip
        """Continue a state on its own, with the history written so far or a fresh one."""
        run = cls.__new__(cls)
        run.catalogue, run.state = catalogue, state
        run.version, run.path_version = next(VERSIONS), next(VERSIONS)
        run._watched = False
        run.adopt(objective or build.objective(state.experiment, catalogue))
        run.recorder = recorder or Recorder(run.objective.layout.size)
        if recorder is None:
            run.record_point()
        else:
            run.schedule()
        return run

    def adopt(self, objective: Objective) -> None:
        """Compile everything that depends on the experiment."""
        self.judge(objective)
        self.examples = 0  # that the present gradient is a mean over; 0 where none was taken since θ was placed
        self.program = objective.program(objective.full())
        self.deltas = self.program.deltas  # of the last gradient
        self.trial = zeros(self.state.theta.size, objective.dtype)
        self.game = Game(objective) if len(objective.players) > 1 else None
        self._part = zeros(self.trial.size, objective.dtype)  # gradient of one of several micro-batches
        self._update: tuple[Array, Array] | None = None  # the latest Δθ and θ before it, while somebody watches
        self._kept = False  # whether they are there
        if self._watched:
            self.watch()
        bugs.order(self.state.streams, self.state.experiment.bugs)
        self.adopt_rule()

    def adopt_rule(self) -> None:
        """Take over the kind of optimizer that the experiment names."""
        self._plain: Experiment | None = None  # that under which nothing comes between gradient and rule
        self.rule: Rule[Any] | Search[Any]
        self.rule = self.catalogue.record("optimizers", build.kind(self.state.experiment.optimizer))
        self._ask = Ask(self.objective) if isinstance(self.rule, Search) else None

    def fresh_slots(self) -> None:
        """Let the optimizer forget."""
        objective, state = self.objective, self.state
        mask = objective.layout.weights.astype(objective.dtype)
        self.examples = 0
        own = [mask[player.parameters] for player in objective.players]
        state.slots = tuple(
            self.rule.init(part.size, objective.dtype, self._knobs(player), part)
            for player, part in zip(objective.players, own, strict=True)
        )
        self._equip()

    def tune(self) -> None:
        """Let the slots take over the knobs that the experiment has now."""
        for slots, player in zip(self.state.slots, self.objective.players, strict=True):
            self.rule.tune(slots, self._knobs(player))
        self._equip()

    def _equip(self) -> None:
        if isinstance(self.rule, Rule):
            for slots in self.state.slots:
                equip(slots, self.state.experiment.training)

    def _knobs(self, player: Player) -> Settings:
        """Return the optimizer's knobs, the learning rate as scheduled for the latest update: slots always have it."""
        return scheduled(self.state, max(self.state.step - 1, 0), self.catalogue, player.rate)

    def proposer(self, tally: Tally | None = None, player: int = 0) -> Callable[..., Any]:
        """Return what proposes an update, a rule's with clipping and schedule before it; see `steering.proposer`."""
        rule, experiment = self.rule, self.state.experiment
        if self._plain is experiment or not isinstance(rule, Rule):
            return rule.propose
        rate = self.objective.players[player].rate
        found = proposer(rule, self.state, self.catalogue, tally, self.objective, rate)
        if found is rule.propose:
            self._plain = experiment
        return found

    def propose(self, slots: tuple[Slots, ...], batch: Batch, out: Array) -> None:
        """Write what the optimizer would do next from these slots, each player's; they advance."""
        with np.errstate(all="ignore"):
            if isinstance(self.rule, Rule):
                for k, player in enumerate(self.objective.players):
                    part = player.parameters
                    self.proposer(Tally(), k)(self.state.theta[part], slots[k], out[part])
            elif self._ask is not None:
                self._ask.at(self.state.buffers, batch)
                self.rule.propose(self._ask, self.state.theta, slots[0], out)

    @property
    def gradient(self) -> Array:
        """The latest gradient (P,); of a game each side's own."""
        slots = self.state.slots
        return slots[0].gradient if len(slots) == 1 else np.concatenate([own.gradient for own in slots])

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
        if self.game is not None:
            return self.game.play(self, count)
        state, trial = self.state, self.trial
        theta, slots, streams, buffers = state.theta, state.slots[0], state.streams, state.buffers
        gradient, draw, value_and_gradient = slots.gradient, self.objective.draw, self.program.value_and_gradient
        self.deltas = self.program.deltas
        if (summed := self._summed()) is not None:
            value_and_gradient = summed
        losses = list[float]()
        propose, commit = self.proposer(), self.committer(losses)
        if self._ask is not None:
            batch = self._searched(count, self._ask, propose, commit)
        elif buffers.size:
            for _ in range(count):
                batch = draw(streams)
                loss = value_and_gradient(theta, buffers, batch, gradient)
                propose(theta, slots, trial)
                if not commit(loss):
                    break
                self.program.next_buffers(buffers)
        else:
            for _ in range(count):
                batch = draw(streams)
                loss = value_and_gradient(theta, buffers, batch, gradient)
                propose(theta, slots, trial)
                if not commit(loss):
                    break
        self.record(losses, batch)
        if summed is not None:
            self.examples = summed.examples
        return len(losses)

    def _searched(self, count: int, ask: Ask, propose: Callable[..., Any], commit: Callable[[float], bool]) -> Batch:
        """Make updates of a search, which asks for as many losses and gradients as it likes; return the last batch."""
        state, slots = self.state, self.state.slots[0]
        for _ in range(count):
            batch = self.objective.draw(state.streams)
            ask.at(state.buffers, batch)
            kept = slots.numbers["loss"] if slots.numbers.get("kept") else None
            spent = propose(ask, state.theta, slots, self.trial)
            state.extra += spent - 1
            if not spent and kept is None:  # it has stalled, and asks no more
                ask.value(state.theta)
            if not commit(ask.first if kept is None else kept):
                break
            ask.next_buffers(state.buffers)
        return batch

    def _summed(self) -> Summed | None:
        """Return what evaluates all micro-batches of an update, where there are several; each counts as evaluation."""
        state, training, draw = self.state, self.state.experiment.training, self.objective.draw
        if training.accumulate == 1 or self._ask is not None:
            return None

        def another() -> Batch:
            state.extra += 1
            return draw(state.streams)

        count, mean = training.accumulate, training.accumulate_mean
        program = self.program
        return Summed(program.value_and_gradient, another, count, mean, self._part, program.next_buffers)

    def committer(self, losses: list[float]) -> Callable[[float], bool]:
        """Return what commits the update that lies in `trial`, adds its loss to `losses`, and says whether to go on."""
        state, trial, update = self.state, self.trial, self._update
        theta, square = state.theta, np.zeros((), trial.dtype)

        def commit(loss: float) -> bool:
            # Under every rule a non-finite gradient makes a non-finite update, so that one product sees both;
            # x - x is 0.0 only for finite x (of floats it is compared with a float, which is faster).
            trial.dot(trial, square)
            size = square.item() + loss
            if size - size != 0.0:
                self.diverge(loss)
                return False
            if update is not None:
                np.subtract(trial, theta, update[0])
                np.copyto(update[1], theta)
                self._kept = True
            theta[...] = trial
            state.step = step = state.step + 1
            losses.append(loss)
            if step >= self.due:
                self.visit()
                return state.status.health is not Health.DIVERGED
            return True

        return commit

    def diverge(self, loss: float) -> None:
        """Stop before the update is committed, name the first layer that is not finite, and forget the slots."""
        gradient = self.gradient
        self.state.status = diagnosed(self.objective.layout, loss, gradient, self.trial)
        self.recorder.mark(Marker(self.state.step, "non-finite"))
        examples = self.examples
        self.fresh_slots()  # theirs have seen it
        for slots, player in zip(self.state.slots, self.objective.players, strict=True):
            slots.gradient[...] = gradient[player.parameters]  # for whoever wants to look at it
        self.examples = examples

    def watch(self) -> tuple[Array, Array] | None:
        """Keep the latest update from here on; return Δθ and θ before it, (P,) each, if there was one since."""
        self._watched = True
        if self._update is None:
            self._update = np.empty_like(self.trial), np.empty_like(self.trial)
        return self._update if self._kept else None

    def unwatch(self) -> None:
        """Keep no more updates."""
        self._watched = self._kept = False
        self._update = None

    def look(self) -> None:
        """See to it that there is a gradient: before the first update from here, that of all training examples."""
        if self.game is not None:
            self.game.look(self)
            return
        if not self.examples:
            full, state = self.objective.full(), self.state
            program = self.objective.program(full)  # let go with the first update: of images it may take a gigabyte
            self.deltas = program.deltas
            with np.errstate(all="ignore"):
                program.value_and_gradient(state.theta, state.buffers, full, state.slots[0].gradient)
            self.examples = full.size
