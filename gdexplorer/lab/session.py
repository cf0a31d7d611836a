"""A session: a run, the log of commands that shaped it, and frames of it for whoever looks."""

from concurrent.futures import Executor

from gdexplorer.lab.apply import apply
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.commands import Command
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Frame, Lane, Probe, Reply, Snapshot
from gdexplorer.lab.measure import Inline, Measurer
from gdexplorer.lab.narrator import narrate
from gdexplorer.lab.run import Run
from gdexplorer.lab.state import Health

REPLIES = 256


class Session:
    """Everything about one experiment that a file keeps and a window shows."""

    def __init__(self, experiment: Experiment, catalogue: Catalogue, executor: Executor | None = None) -> None:
        self.start = experiment
        self.run = Run(experiment, catalogue)
        self.log: list[tuple[int, Command]] = []
        self.updates = 0  # tried in all, also before a restart and the one that failed: the clock of the log
        self._measurer = Measurer(executor or Inline())
        self._replies: tuple[Reply, ...] = ()
        self._number = 0

    def measure_with(self, executor: Executor) -> None:
        """Let another executor carry out the heavy measurements from here on."""
        self._measurer = Measurer(executor)

    def send(self, command: Command, id: int = 0) -> Reply:
        """Carry out a command between two updates and log it, or refuse it in one sentence."""
        try:
            reply = Reply(id, True, apply(self.run, command))
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
        """Make up to `count` updates; return how many were made."""
        if self.run.state.status.health is Health.DIVERGED:
            return 0
        made = self.run.advance(count)
        # the update that failed took its batch and moved the optimizer's slots, so a replay has to try it too
        self.updates += min(made + 1, count)
        return made

    def frame(self, needs: frozenset[Probe] = frozenset(), visible: frozenset[Probe] | None = None) -> Frame:
        """Return the present moment with the measurements that are asked for.

        Parameters
        ----------
        needs
            What to measure now.
        visible
            What somebody still looks at; everything else is forgotten. `needs` if not given.
        """
        self._measurer.forget(needs if visible is None else visible | needs)
        views = self._measurer.measure(self.run, needs)
        self._number += 1
        lane = Lane("run", self.snapshot(), self.run.recorder.view(), views)
        return Frame(self._number, (lane,), self._replies, self._measurer.busy)

    def snapshot(self) -> Snapshot:
        """Return where the run stands."""
        state, objective = self.run.state, self.run.objective
        train = objective.full().size
        return Snapshot(
            state.step,
            state.streams.epoch,
            state.experiment,
            state.status,
            state.theta.size,
            train,
            objective.full("test").size,
            min(objective.batch_size, train),
            tuple(block.id for block in objective.layout.blocks),
            narrate(self.run),
        )
