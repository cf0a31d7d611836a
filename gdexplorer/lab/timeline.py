"""The timeline: the run that goes on, those that were left, and the way to any moment of theirs.

To look back is no command: what is shown of the past is a view of its own, which follows the record when it is played.
Whoever changes something there makes a run of it.
"""

from gdexplorer.lab.branch import Branch
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.commands import Logged
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.keyframes import BYTES, GHOST_BYTES, Moment
from gdexplorer.lab.run import Run

MOST_GHOSTS = 8
COMPARED = ("problem", "data", "loss", "rivals")  # runs that have them alike are drawn together unasked


class Timeline:
    """Runs, of which one goes on, and a moment of its past while one is shown."""

    def __init__(self, branches: list[Branch], active: Branch, catalogue: Catalogue) -> None:
        self.branches, self.catalogue = branches, catalogue
        self.view: Branch | None = None  # a moment of the active branch's past, while one is shown
        self._target = 0  # the update that the view is on its way to
        self._newest = max((branch.id for branch in branches), default=0)  # id ever given
        if active not in branches:
            self._named(active)
        self._activate(active)

    # ---- what is shown ------------------------------------------------------------

    @property
    def shown(self) -> Branch:
        """The present, or the moment of the past that is looked at."""
        return self.view or self.active

    @property
    def runs(self) -> list[Run]:
        """All lanes of what is shown."""
        return self.shown.runs

    @property
    def run(self) -> Run:
        """The experiment's own run, first among its rivals."""
        return self.shown.run

    @property
    def step(self) -> int:
        """The updates of the lane that has come farthest."""
        return self.shown.step

    @property
    def over(self) -> bool:
        """Whether no lane can go on."""
        return self.shown.over

    # ---- the record of the run that goes on -----------------------------------------

    @property
    def start(self) -> Experiment:
        """The experiment that it began with."""
        return self.active.start

    @property
    def log(self) -> list[tuple[int, Logged]]:
        """Commands, each with the updates tried before it."""
        return self.active.log

    @property
    def updates(self) -> int:
        """Updates tried in all, also the one that failed: the clock of the log."""
        return self.active.updates

    @property
    def ghosts(self) -> list[Branch]:
        """The runs that were left, the oldest first."""
        return [branch for branch in self.branches if branch is not self.active]

    # ---- runs ----------------------------------------------------------------------

    def begin(self, experiment: Experiment) -> None:
        """Begin an experiment at update 0; the run that went on until now is left.

        Raises
        ------
        Complaint
            If one of its lanes cannot run.
        """
        left, branch = self.active, self._named(Branch.begun(experiment, self.catalogue))
        old = left.run.state.experiment
        left.drawn = all(getattr(old, part) == getattr(experiment, part) for part in COMPARED)
        for ghost in self.ghosts:
            ghost.drawn = False  # the one before is compared, not all of them
        self._activate(branch)

    def branch_off(self, parent: Branch, drawn: bool = True) -> None:
        """Let what is shown of the past go on as a run of its own."""
        assert self.view is not None
        branch = self._named(self.view)
        branch.parent, branch.at_step = parent.id, branch.step
        for ghost in self.ghosts:
            ghost.drawn = False
        self.active.drawn = drawn
        branch.adopt()
        self._activate(branch)

    def _named(self, branch: Branch) -> Branch:
        if len(self.branches) > MOST_GHOSTS:
            self.branches.remove(self.ghosts[0])
        branch.id = self._newest = self._newest + 1
        branch.name = f"run {branch.id}"
        taken = {other.color for other in self.branches}
        branch.color = min(set(range(MOST_GHOSTS + 1)) - taken)
        self.branches.append(branch)
        return branch

    def _activate(self, branch: Branch) -> None:
        self.active, self.view = branch, None
        branch.keyframes.bound = BYTES
        for ghost in self.ghosts:
            ghost.keyframes.limit(GHOST_BYTES)

    # ---- time ---------------------------------------------------------------------

    def travel(self, step: int) -> None:
        """Show the last moment at an update of the run's record, at first the nearest that is near at hand.

        `approach` goes the rest of the way. Beyond the record's end, and at it unless the run diverged there, that is
        the present.
        """
        record = self.active
        if step > record.step or (step == record.step and not record.over):
            self.present()
            return
        self._target = max(step, 0)
        frame = record.keyframes.before(self._target)
        view = self.view
        if view is None or view.step >= self._target or view.moment < frame.moment:
            self.view = view = record.at(frame, () if view is None else view.runs)
            view.follow(record, 0)

    @property
    def arriving(self) -> bool:
        """Whether what is shown is not yet what was asked for."""
        return self.view is not None and self.view.step < self._target

    def approach(self, count: int) -> None:
        """Make up to `count` updates on the way to the moment that was asked for."""
        if self.view is not None:
            self.view.follow(self.active, min(count, self._target - self.view.step))

    def present(self) -> None:
        """Show the present again."""
        self.view = None

    def revert(self, id: int, moment: Moment) -> None:
        """Go on from a moment of a run, as it was then; the run that is left stays, hidden.

        Raises
        ------
        Complaint
            If that run was removed.
        """
        branch = self._branch(id)
        if moment >= branch.moment:
            self.active.drawn = False
            self._activate(branch)
            return
        view = branch.at(branch.keyframes.at(moment), self.runs)
        view.follow(branch, until=moment)
        self.view = view
        self.branch_off(branch, drawn=False)

    def activate(self, id: int) -> None:
        """Go on with a run that was left; the present one is left instead.

        Raises
        ------
        Complaint
            If that run was removed.
        """
        self._activate(self._branch(id))

    def rename(self, id: int, name: str) -> None:
        """Give a run another name.

        Raises
        ------
        Complaint
            If it was removed, or the name is empty or longer than 60 characters.
        """
        if not 0 < len(name := " ".join(name.split())) <= 60:
            raise Complaint("The name of a run has 1 to 60 characters; choose such a name.")
        self._branch(id).name = name

    def draw_run(self, id: int, drawn: bool) -> None:
        """Draw a run that was left, or do not."""
        self._branch(id).drawn = drawn

    def discard(self, id: int) -> None:
        """Remove a run that was left.

        Raises
        ------
        Complaint
            If it is the one that goes on, or was removed.
        """
        if (branch := self._branch(id)) is self.active:
            raise Complaint("The run that goes on cannot be removed; go on with another one first.")
        self.branches.remove(branch)

    def _branch(self, id: int) -> Branch:
        for branch in self.branches:
            if branch.id == id:
                return branch
        raise Complaint("That run was removed; the newest runs alone are kept.")

    # ---- trouble --------------------------------------------------------------------

    def advance(self, count: int) -> int:
        """Make up to `count` updates in every lane, in the past those of the record; return how many were made."""
        made = 0
        if self.view is not None:
            made = self.view.follow(self.active, count)
            if self.view.moment == self.active.moment:
                self.present()
        return made + self.active.advance(count - made) if self.view is None and made < count else made
