"""A session: a run, the log of commands that shaped it, and frames of it for whoever looks."""

from concurrent.futures import Executor
from dataclasses import replace

from gdexplorer.lab import race
from gdexplorer.lab.accumulation import norms
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.commands import Command
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.errands import Inline
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Frame, Lane, Probe, Reply, Snapshot
from gdexplorer.lab.lockstep import Lanes
from gdexplorer.lab.measure import Measurer
from gdexplorer.lab.narrator import Narrator
from gdexplorer.lab.proximal import exact_zeros
from gdexplorer.lab.run import Run
from gdexplorer.lab.sentences import Sentence
from gdexplorer.lab.state import Health
from gdexplorer.lab.steering import scheduled
from gdexplorer.optim import Rule
from gdexplorer.probes.vitals import Vitals

REPLIES = 256


class Session:
    """Everything about one experiment that a file keeps and a window shows."""

    def __init__(self, experiment: Experiment, catalogue: Catalogue, executor: Executor | None = None) -> None:
        self.start = experiment
        self.runs = race.begin(experiment, catalogue)
        self.log: list[tuple[int, Command]] = []
        self.updates = 0  # tried in all, also before a restart and the one that failed: the clock of the log
        self._lanes = Lanes()
        self._measurer = Measurer(executor or Inline())
        self._narrator = Narrator()
        self._said: Sentence | None = None
        self._replies: tuple[Reply, ...] = ()
        self._number = 0

    @property
    def run(self) -> Run:
        """The experiment's own run, first among its rivals."""
        return self.runs[0]

    @property
    def step(self) -> int:
        """The updates of the lane that has come farthest."""
        return max(run.state.step for run in self.runs)

    @property
    def over(self) -> bool:
        """Whether no lane can go on."""
        return all(run.state.status.health is Health.DIVERGED for run in self.runs)

    def measure_with(self, executor: Executor) -> None:
        """Let another executor carry out the heavy measurements from here on."""
        self._measurer = Measurer(executor)

    def send(self, command: Command, id: int = 0) -> Reply:
        """Carry out a command between two updates and log it, or refuse it in one sentence."""
        try:
            reply = Reply(id, True, race.carry_out(self.runs, command))
        except Complaint as complaint:
            reply = Reply(id, False, str(complaint))
        else:
            self.log.append((self.updates, command))
        self._answer(reply)
        return reply

    def skip(self, id: int) -> None:
        """Answer a command that a newer one took the place of before it was carried out."""
        self._answer(Reply(id, True, "superseded"))

    def _answer(self, reply: Reply) -> None:
        self._replies = (*self._replies, reply)[-REPLIES:]

    def advance(self, count: int) -> int:
        """Make up to `count` updates in every lane; return how many the farthest made."""
        if self.over:
            return 0
        made = self._lanes.advance(self.runs, count)
        # the update that failed took its batch and moved the optimizer's slots, so a replay has to try it too
        self.updates += min(made + 1, count)
        return made

    def train(self, count: int) -> int:
        """Make up to `count` updates as `advance` does, none beyond one at which early stopping asks for a pause."""
        made = 0
        while made < count:
            part = count - made
            if self.run.state.experiment.training.stop_after:
                part = min(part, self.run.before_look)
            did = self.advance(part)
            made += did
            if did < part or self.run.stopped:
                break
        return made

    def frame(self, needs: frozenset[Probe] = frozenset(), visible: frozenset[Probe] | None = None) -> Frame:
        """Return the present moment with the measurements that are asked for.

        Parameters
        ----------
        needs
            What to measure now.
        visible
            What somebody still looks at; everything else is forgotten. `needs` if not given. The narrator's sentence
            is then that of the last time that its probe was asked for.
        """
        self._measurer.forget(needs if visible is None else visible | needs)
        views = self._measurer.measure(self.runs, needs)
        if self._said is None or visible is None or Vitals() in needs:
            self._narrator.listen(self.run, self._measurer.checkup, views)
            self._said = self._narrator.say(self.run)
        self._number += 1
        lanes = tuple(
            Lane(name, self._snapshot(run), run.recorder.view(), {} if k else views, race.note(run, self.run))
            for k, (name, run) in enumerate(zip(race.names(self.runs), self.runs, strict=True))
        )
        return Frame(self._number, lanes, self._replies, self._measurer.busy)

    def _snapshot(self, run: Run) -> Snapshot:
        """Return where a run stands; only the first is narrated."""
        state, objective = run.state, run.objective
        train = objective.full().size
        return Snapshot(
            state.step,
            state.streams.epoch,
            state.experiment,
            state.status,
            state.theta.size,
            train if "examples" in objective.can else 0,
            objective.full("test").size if "examples" in objective.can else 0,
            min(objective.batch_size, train),
            tuple(block.id for block in objective.layout.blocks),
            self._said if self._said is not None and run is self.run else Sentence(""),
            state.evaluations,
            objective.can,
            objective.solution() is not None,
            getattr(scheduled(state, state.step, run.catalogue), "learning_rate", None),
            replace(state.tally) if isinstance(run.rule, Rule) and state.experiment.training.clip != "none" else None,
            bool(state.slots[0].numbers.get("stalled")),
            buffer=norms(state.slots[0]),
            moved=run.game.moved if run.game is not None else (),
            zeros=exact_zeros(objective, state.theta),
        )
