"""A session: the run that goes on, those that were left, the past that is shown, and frames of it for whoever looks."""

from concurrent.futures import Executor
from typing import Any

from gdexplorer.lab import race
from gdexplorer.lab.branch import Branch
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.commands import Command
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.errands import Inline
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Frame, Lane, Probe, Reply
from gdexplorer.lab.measure import Measurer
from gdexplorer.lab.narrator import Narrator
from gdexplorer.lab.rescue import rescued
from gdexplorer.lab.sentences import Sentence
from gdexplorer.lab.snapshots import Roll, snapshot
from gdexplorer.lab.timeline import Timeline
from gdexplorer.lab.undo import Before
from gdexplorer.probes.vitals import Vitals

REPLIES = 256
LEAP = 1024  # updates made again at once


class Session(Timeline):
    """Everything about one experiment that a file keeps and a window shows."""

    def __init__(self, experiment: Experiment, catalogue: Catalogue, executor: Executor | None = None) -> None:
        super().__init__([], Branch.begun(experiment, catalogue), catalogue)
        self._begin_to_measure(executor)

    @classmethod
    def of(cls, branches: list[Branch], active: Branch, catalogue: Catalogue,
           executor: Executor | None = None) -> "Session":  # fmt: skip
        """Return a session of runs that were saved, of which one goes on."""
        session = cls.__new__(cls)
        Timeline.__init__(session, branches, active, catalogue)
        session._begin_to_measure(executor)
        return session

    def _begin_to_measure(self, executor: Executor | None) -> None:
        self.opaque: dict[str, Any] = {}  # what its file says that only a newer version understands
        self._measurer = Measurer(executor or Inline())
        self._narrator, self._roll = Narrator(), Roll()
        self._said: Sentence | None = None
        self._replies: tuple[Reply, ...] = ()
        self._number = 0

    def measure_with(self, executor: Executor) -> None:
        """Let another executor carry out the heavy measurements from here on."""
        self._measurer = Measurer(executor)

    # ---- commands -----------------------------------------------------------------

    def send(self, command: Command, id: int = 0) -> Reply:
        """Carry out a command between two updates and log it, or refuse it in one sentence.

        A command in the past makes a branch: the run that was shown there goes on, and the one before is a ghost.
        """
        while self.arriving:
            self.approach(LEAP)
        shown, before = self.shown, Before.of(self.active.id, self.shown)
        try:
            if (fresh := race.afresh(shown.runs, command)) is not None:
                experiment, label = fresh
                self.begin(experiment)
            else:
                label = shown.send(command)  # type: ignore[arg-type]
                if self.view is not None:
                    self.branch_off(self.active)
            reply = Reply(id, True, label, before.undo(command, label, self.shown))
        except Complaint as complaint:
            reply = Reply(id, False, str(complaint))
        self._answer(reply)
        return reply

    def skip(self, id: int) -> None:
        """Answer a command that a newer one took the place of before it was carried out."""
        self._answer(Reply(id, True, "superseded"))

    def _answer(self, reply: Reply) -> None:
        self._replies = (*self._replies, reply)[-REPLIES:]

    def recover(self) -> None:
        """Return to where the record ends, after an error in the midst of an update or a command."""
        found = rescued(self.active)
        self.branches[self.branches.index(self.active)] = found
        self._activate(found)

    def rescued(self, executor: Executor) -> "Session":
        """Return this session where its record ends, for another thread: the one that has it does not answer."""
        found = rescued(self.active)
        branches = [found if branch is self.active else branch for branch in self.branches]
        return Session.of(branches, found, self.catalogue, executor)

    # ---- updates --------------------------------------------------------------------

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

    # ---- frames ---------------------------------------------------------------------

    def frame(self, needs: frozenset[Probe] = frozenset(), visible: frozenset[Probe] | None = None) -> Frame:
        """Return the present moment, or that of the past which is shown, with the measurements that are asked for.

        Parameters
        ----------
        needs
            What to measure now.
        visible
            What somebody still looks at; everything else is forgotten. `needs` if not given. The narrator's sentence
            is then that of the last time that its probe was asked for.
        """
        drawn = [ghost for ghost in self.ghosts if ghost.drawn]
        self._measurer.forget(needs if visible is None else visible | needs)
        views = self._measurer.measure(self.runs, needs, [(ghost.id, ghost.run) for ghost in drawn])
        if self._said is None or visible is None or Vitals() in needs:
            self._narrator.listen(self.run, self._measurer.checkup, views)
            self._said = self._narrator.say(self.run)
        self._number += 1
        told = self._roll.told(self.branches, self.active)
        lanes = [
            Lane(name, snapshot(run, Sentence("") if k else self._said), run.course.view(), {} if k else views,
                 race.note(run, self.run))
            for k, (name, run) in enumerate(zip(race.names(self.runs), self.runs, strict=True))
        ]  # fmt: skip
        lanes += [lane for line, lane in told if lane is not None and line.shown]
        return Frame(
            self._number, tuple(lanes), self._replies, self._measurer.busy or self.arriving,
            self.active.step, self.view is not None, self.arriving, tuple(line for line, _ in told),
        )  # fmt: skip
