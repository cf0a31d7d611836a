"""What a run knows and writes down of itself: losses on a grid of steps, its path, and what schedules wait for."""

import itertools
from typing import Any

import numpy as np

from gdexplorer.lab.game import Game
from gdexplorer.lab.history import Marker, Path, Recorder, evaluation_cost, spacing
from gdexplorer.lab.state import Health, State
from gdexplorer.lab.stopping import Stopping
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.objective import Objective, Score
from gdexplorer.optim import Rule, Search
from gdexplorer.optim.plateau import Plateau, PlateauKnobs

VERSIONS = itertools.count(1)  # no two runs have one in common


class Chronicle:
    """The part of a run that looks at it and remembers; what is due when depends on the step alone."""

    state: State
    recorder: Recorder
    rule: Rule[Any] | Search[Any]
    whole: Recorder | None = None  # of a run that does another's record again: that one's history
    version: int  # of anything
    path_version: int  # of the path's start
    examples: int  # that the present gradient is a mean over; 0 where none was taken since θ was placed
    game: Game | None

    def judge(self, objective: Objective) -> None:
        """Measure by this objective from here on."""
        self.objective = objective
        self.loss_version: int = next(VERSIONS)  # of L(θ)
        self.scorer = objective.program(objective.full())
        self._scored: tuple[int, int, float] | None = None
        self._cost = evaluation_cost(objective)

    def tune(self) -> None:
        """Let the slots take over the knobs that the experiment has now."""
        raise NotImplementedError

    def diverge(self, loss: float) -> None:
        """Stop before the update is committed."""
        raise NotImplementedError

    @property
    def course(self) -> Recorder:
        """What is known of the run's whole course, in the past also what comes after."""
        return self.whole or self.recorder

    @property
    def trail(self) -> Path:
        """The path of these weights, in the past also what comes after."""
        own, whole = self.recorder.path, self.course.path
        if not whole.steps:  # after an error in the midst of a change
            return own
        same = own.steps[0] == whole.steps[0] and own.points[0].size == whole.points[0].size
        return whole if same else own

    def align(self, own: "Chronicle") -> None:
        """Have what is the same as in the run whose record this one follows count as unchanged."""
        if self.trail is own.recorder.path:
            self.path_version = own.path_version
        if self.objective.same_loss(own.objective):
            self.loss_version = own.loss_version

    def new_path(self) -> None:
        """Begin another path: the points before are of other weights."""
        self.recorder.path = Path(self.objective.layout.size)
        self.path_version = next(VERSIONS)
        self.state.plateau, self.state.stopping = Plateau(), Stopping()

    @np.errstate(all="ignore")  # a point may be so far off that its loss is infinite
    def record_point(self) -> None:
        """Evaluate both splits and remember θ: the start of a curve and of a path."""
        self._evaluate()
        self.recorder.path.append(self.state.step, self.state.theta)
        self.schedule()

    def schedule(self) -> None:
        """Find the next step at which there is something to do."""
        step = self.state.step
        self._next_evaluation = step + (gap := spacing(step, self._cost)) - step % gap
        self._next_point = step + (gap := self.recorder.path.spacing) - step % gap
        self.due = min(self._next_evaluation, self._next_point)

    def _evaluate(self) -> tuple[Score, Score]:
        state, streams = self.state, self.state.streams
        train, test = self.scores()
        passes = max(streams.epoch - 1, 0) + streams.cursor / self.objective.full().size
        self.recorder.curves.append(
            state.step, train.loss, test.loss,
            np.nan if train.accuracy is None else train.accuracy, np.nan if test.accuracy is None else test.accuracy,
            state.evaluations, passes if "examples" in self.objective.can else np.nan,
        )  # fmt: skip
        return train, test

    def scores(self) -> tuple[Score, Score]:
        """Return loss and accuracy on the training and the test set; NaN for what there is not.

        Of a game they are the generator's and the discriminator's, on fixed samples; see `Objective.full` of each.
        """
        state, objective = self.state, self.objective
        train = self.scorer.score(state.theta, state.buffers, objective.full())
        if "examples" not in objective.can and self.game is None:
            return train, Score(np.nan, None)
        return train, self.scorer.score(state.theta, state.buffers, objective.full("test"))

    def record(self, losses: list[float], batch: Batch) -> None:
        """Write down the losses of the updates just made, the last of which took this batch."""
        if losses:
            rows = np.empty((len(losses), 2))
            rows[:, 0] = np.arange(self.state.step + 1 - len(losses), self.state.step + 1)
            rows[:, 1] = losses
            self.recorder.batch.extend(rows)
        self.examples = batch.size

    def visit(self) -> None:
        """Do what is due at this step of the grid."""
        step = self.state.step
        if step >= self._next_evaluation:
            self._listen(*self._evaluate())
            moments = [moment for slots in self.state.slots for moment in slots.arrays.values()]
            if not all(np.isfinite(moment).all() for moment in moments):
                self.diverge(float(self.recorder.curves.parts()[-1][-1, 1]))
        if step >= self._next_point:
            self.recorder.path.append(step, self.state.theta)
        self.schedule()

    def _listen(self, train: Score, test: Score) -> None:
        """Let schedule and early stopping take notice of the losses; only on the grid, so that copies hear the same."""
        state, training = self.state, self.state.experiment.training
        if "examples" not in self.objective.can:
            test = train
        if isinstance(knobs := training.schedule, PlateauKnobs) and isinstance(self.rule, Rule):
            before = state.plateau.factor
            if state.plateau.listen((test if knobs.loss == "test" else train).loss, state.step, knobs):
                self.tune()
                self.recorder.mark(Marker(state.step, f"η × {state.plateau.factor / before:.3g}"))
        if training.stop_after:
            state.stopping.listen(test.loss, state.step, state.theta, training.stop_after, training.stop_threshold)

    @property
    def stopped(self) -> bool:
        """Whether early stopping asks for a pause right here."""
        return self.state.stopping.stopped == self.state.step and self.state.status.health is Health.FINE

    @property
    def before_look(self) -> int:
        """Updates until schedule and early stopping listen again."""
        return self._next_evaluation - self.state.step

    def total_loss(self) -> float:
        """Loss with penalty over all training examples at the present point."""
        state, objective = self.state, self.objective
        if self._scored is None or self._scored[:2] != (self.version, state.step):
            loss = self.scorer.score(state.theta, state.buffers, objective.full()).loss
            loss += objective.penalty_at(state.theta)
            self._scored = (self.version, state.step, loss)
        return self._scored[2]
