"""A branch: one record of updates and commands from a start, its live lanes, and the way back to any moment of it."""

from collections.abc import Sequence
from math import inf
from typing import Any

from gdexplorer.lab import race
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.commands import Logged, UpdateOn
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.history import Path
from gdexplorer.lab.keyframes import Keyframe, Keyframes, Moment, gap
from gdexplorer.lab.lockstep import Lanes
from gdexplorer.lab.run import Run
from gdexplorer.lab.state import Health


class Branch:
    """What a person calls a run: it has a name, can be left and gone on with, and goes back along its own record."""

    def __init__(self, start: Experiment, runs: list[Run], keyframes: Keyframes) -> None:
        self.id, self.name, self.color = 0, "", 0  # given by the session
        self.parent: int | None = None  # the branch that it left, at this update of it
        self.at_step = 0
        self.drawn = True  # while another goes on: as a ghost
        self.start, self.runs, self.keyframes = start, runs, keyframes
        self.log: list[tuple[int, Logged]] = []
        self.updates = 0  # tried in all, also those that failed: the clock of the log
        self.opaque: dict[str, Any] = {}  # what its file says that only a newer version understands
        self._lanes = Lanes()

    @classmethod
    def begun(cls, experiment: Experiment, catalogue: Catalogue) -> "Branch":
        """Begin an experiment at update 0.

        Raises
        ------
        Complaint
            If one of its lanes cannot run.
        """
        branch = cls(experiment, race.begin(experiment, catalogue), Keyframes())
        branch.keep()
        return branch

    @property
    def run(self) -> Run:
        """The experiment's own run, first among its rivals."""
        return self.runs[0]

    @property
    def step(self) -> int:
        """The updates of the lane that has come farthest."""
        return max(run.state.step for run in self.runs)

    @property
    def moment(self) -> Moment:
        """Where the record ends."""
        return Moment(self.updates, len(self.log))

    @property
    def over(self) -> bool:
        """Whether no lane can go on."""
        return all(run.state.status.health is Health.DIVERGED for run in self.runs)

    def send(self, command: Logged) -> str:
        """Carry out a command and log it; return the marker's label.

        Raises
        ------
        Complaint
            If it cannot be carried out; everything is then as it was.
        """
        label = race.carry_out(self.runs, command)
        self.log.append((self.updates, command))
        return label

    def advance(self, count: int) -> int:
        """Make up to `count` updates in every lane; return how many the farthest made."""
        if self.over:
            return 0
        made = self._lanes.advance(self.runs, count)
        # the update that failed took its batch and moved the optimizer's slots, so whoever follows has to try it too
        self.updates += min(made + 1, count)
        if self.updates >= self.keyframes.due:
            self.keep()
        return made

    def keep(self) -> None:
        """Take a keyframe of the present."""
        self.keyframes.add(Keyframe.of(self.moment, self.runs), gap(self.runs))

    # ---- the past --------------------------------------------------------------------

    def at(self, frame: Keyframe, others: Sequence[Run] = ()) -> "Branch":
        """Return a branch that stands at a keyframe of this one, with this one's record up to there.

        Parameters
        ----------
        others
            Runs beside this branch's whose objectives may serve again.
        """
        runs = [self._restored(lane, frame, [*self.runs, *others]) for lane in range(len(frame.states))]
        branch = Branch(self.start, runs, self.keyframes.until(frame.moment))
        branch.log, branch.updates = self.log[: frame.moment.commands], frame.moment.updates
        return branch

    def _restored(self, lane: int, frame: Keyframe, known: Sequence[Run]) -> Run:
        state, own, mark = frame.states[lane].copy(), self.runs[lane], frame.marks[lane]
        same = (run.objective for run in known if _alike(run.state.experiment, state.experiment))
        recorder = own.recorder.until(mark)
        path = recorder.path
        if not path.steps or path.points[0].size != state.theta.size or path.steps[0] == mark.step > 0:
            recorder.path = Path(state.theta.size)  # what is kept is the path of weights that came later
            recorder.path.append(state.step, state.theta)
        run = Run.of(state, own.catalogue, recorder, next(same, None))
        run.examples, run.whole = frame.examples[lane], own.recorder
        run.align(own)
        return run

    def follow(self, record: "Branch", count: int | None = None, until: Moment | None = None) -> int:
        """Do again what a record holds that this one begins: updates, and the commands that fall among them.

        Parameters
        ----------
        count
            Most updates, those of `UpdateOn` among them; commands that stand after the last are carried out too.
        until
            Where to end; else where the record does.

        Returns
        -------
        int
            How many updates the lane that came farthest made.

        Raises
        ------
        Complaint
            If something goes another way than it went.
        """
        until, made = until or record.moment, 0
        most = inf if count is None else count
        while True:
            while len(self.log) < until.commands and record.log[len(self.log)][0] == self.updates:
                command, step = record.log[len(self.log)][1], self.step
                if isinstance(command, UpdateOn) and made >= most:
                    return made
                self.send(command)
                made += self.step - step
                for run, own in zip(self.runs, record.runs, strict=True):
                    run.align(own)
            if made >= most or self.updates >= until.updates:
                return made
            due = record.log[len(self.log)][0] if len(self.log) < until.commands else until.updates
            before = self.updates
            made += self.advance(int(min(most - made, due - before)))
            if self.updates == before:
                raise Complaint(f"The replay stops at update {before:,}, but the run went on to {until.updates:,}; it "
                                "was recorded by another version or on another machine.")  # fmt: skip

    def adopt(self) -> None:
        """Go on from here as a record of one's own."""
        for run in self.runs:
            run.whole = None


def _alike(a: Experiment, b: Experiment) -> bool:
    """Whether two experiments make the same objective: they differ in how it is descended and shown at most."""
    return a.model_copy(update={"optimizer": b.optimizer, "show": b.show}) == b
