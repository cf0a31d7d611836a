"""Learning curves: the experiment trained anew on the first n of its training examples, for one n after the other.

The examples are those that the experiment has, so that every n is tested on the same ones; the first n are among the
first n + 1. The experiment's own seed takes them in the order of the training split, every other seed in an order of
its own, with weights and batches of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gdexplorer.arrays import IntArray, frozen
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.errands import Errands, Leash
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.run import Run
from gdexplorer.lab.state import Health
from gdexplorer.landscape.surface import Stopped
from gdexplorer.objectives.objective import Objective, Score
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.probes.learning import NO_EXAMPLES, Learning, LearningReport

FEWEST, COUNT = 10, 6  # of the sizes that are chosen by themselves
CHUNK = 64  # updates between two looks at the leash
ORDER = 3  # names the stream of orders beside those of data

DIVERGED = Score(np.nan, None)


def learnable(objective: Objective) -> bool:
    """Whether an objective can be trained on fewer examples than it has."""
    return isinstance(objective, SupervisedObjective) and "examples" in objective.can


def sizes_of(total: int, wanted: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Return the numbers of training examples to train on, ascending: those wanted, else a geometric series to all.

    Raises
    ------
    Complaint
        If there are not so many.
    """
    if wanted and not 1 <= min(wanted) <= max(wanted) <= total:
        raise Complaint(f"There are {total:,} training examples; choose sizes from 1 to {total:,}.")
    chosen = wanted or np.geomspace(min(FEWEST, max(total // 2, 1)), total, COUNT).round().astype(int).tolist()
    return tuple(sorted(set(chosen)))


def order_of(total: int, seed: int, number: int) -> IntArray:
    """Return the order in which a repetition takes the training examples; its first one their own."""
    if number == 0:
        return np.arange(total)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, ORDER, number]))).permutation(total)


def restricted(objective: SupervisedObjective, rows: IntArray) -> SupervisedObjective:
    """Return the objective that has these of the training examples only, and all of the test examples."""
    data = objective.data
    train = replace(data.train, x=frozen(data.train.x[rows]), y=frozen(data.train.y[rows]))
    return replace(objective, data=replace(data, train=train))


@dataclass(frozen=True, slots=True)
class Task:
    """What is trained again and again."""

    experiment: Experiment
    catalogue: Catalogue
    objective: SupervisedObjective
    updates: int

    @classmethod
    def of(cls, run: Run, updates: int) -> "Task":
        """Take a run's experiment as it is now; the run itself is left alone."""
        assert isinstance(run.objective, SupervisedObjective)
        return cls(run.state.experiment.model_copy(update={"rivals": ()}), run.catalogue, run.objective, updates)

    def begin(self, size: int, number: int) -> Run:
        """Return a run at update 0 on `size` examples; repetition `number` has the experiment's seed + number."""
        seed = (self.experiment.seed + number) % 2**32
        run = Run(self.experiment.model_copy(update={"seed": seed}), self.catalogue)
        order = order_of(len(self.objective.data.train.x), self.experiment.seed, number)
        run.adopt(restricted(self.objective, order[:size]))
        run.fresh_slots()
        return run

    def train(self, size: int, number: int, leash: Leash) -> tuple[Score, Score]:
        """Return the scores on those examples and on the test split after all updates; NaN if it diverged."""
        run = self.begin(size, number)
        for done in range(0, self.updates, CHUNK):
            if leash.stop():
                raise Stopped
            leash.tell(done / self.updates)
            count = min(CHUNK, self.updates - done)
            if run.advance(count) < count:
                break
        return run.scores() if run.state.status.health is Health.FINE else (DIVERGED, DIVERGED)


class Curves:
    """Learning curves as far as they are known: every size with the first seed, then with the second, and so on."""

    def __init__(self, task: Task, request: Learning) -> None:
        self.task, self.request = task, request
        self.sizes = sizes_of(len(task.objective.data.train.x), request.sizes)
        self._losses = np.full((request.seeds, len(self.sizes), 2), np.nan)
        self._accuracies = self._losses.copy()
        self.done = self._diverged = 0
        self.refused = ""

    @property
    def total(self) -> int:
        """How often to train."""
        return self.request.seeds * len(self.sizes)

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        return self.done == self.total or bool(self.refused)

    def work(self, leash: Leash) -> Callable[[], tuple[Score, Score] | str]:
        """Return what trains once more, or says why it cannot."""
        number, index = divmod(self.done, len(self.sizes))
        size = self.sizes[index]

        def work() -> tuple[Score, Score] | str:
            try:
                return self.task.train(size, number, leash)
            except ValueError as error:  # such as batch normalization of a single example
                return f"{size:,} training examples: {error}"

        return work

    def take(self, found: tuple[Score, Score] | str) -> None:
        """Write down what was found."""
        if isinstance(found, str):
            self.refused = found
            return
        number, index = divmod(self.done, len(self.sizes))
        for k, score in enumerate(found):
            self._losses[number, index, k] = score.loss
            self._accuracies[number, index, k] = np.nan if score.accuracy is None else score.accuracy
        self._diverged += bool(np.isnan(found[0].loss))
        self.done += 1

    def report(self, under_way: float = 0.0) -> LearningReport:
        """Return what is known, with the share of the training that is under way."""
        return LearningReport(
            self.sizes, frozen(self._losses), frozen(self._accuracies), self.task.updates, self._diverged,
            self.task.experiment, (self.done + under_way) / self.total, self.refused,
        )  # fmt: skip


class Learnings:
    """Answers requests for learning curves; one training is one errand, so that others have their turn."""

    def __init__(self, errands: Errands) -> None:
        self._errands = errands
        self._curves: Curves | None = None

    def measure(self, run: Run, request: Learning) -> LearningReport:
        """Return what is known, and see to it that more will be.

        What is trained is the experiment as it was when this request was first seen.
        """
        if not learnable(run.objective):
            none = np.zeros((request.seeds, 0, 2))
            return LearningReport((), none, none, request.updates, 0, run.state.experiment, refused=NO_EXAMPLES)
        if self._curves is None or self._curves.request != request:
            self._curves = Curves(Task.of(run, request.updates), request)
        curves = self._curves
        self._go_on(curves)
        under_way = self._errands.progress(request)
        return curves.report(0.0 if under_way is None else min(under_way, 0.999))

    def _go_on(self, curves: Curves) -> None:
        """Take what was brought back, and send for the next."""
        while not curves.finished:
            known: Any = self._errands.run(curves.request, curves.done, lambda: self._prepared(curves))
            if known is None or known[0] != curves.done:
                return
            curves.take(known[1])

    def _prepared(self, curves: Curves) -> Callable[[], tuple[int, tuple[Score, Score] | str]]:
        number, work = curves.done, curves.work(self._errands.leash(curves.request))
        return lambda: (number, work())


def learning_curves(run: Run, request: Learning, tell: Callable[[float], None] = lambda share: None) -> LearningReport:
    """Return the whole learning curves of a run's experiment, at once.

    Raises
    ------
    Complaint
        If there are no examples, or not so many.
    """
    if not learnable(run.objective):
        raise Complaint(NO_EXAMPLES)
    curves = Curves(Task.of(run, request.updates), request)
    while not curves.finished:
        curves.take(curves.work(Leash())())
        tell(curves.done / curves.total)
    return curves.report()
