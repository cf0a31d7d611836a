"""What a person wants of the present run, passed on to its trainer; where there is no run, nothing happens."""

import secrets
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from gdexplorer.app.ticker import Ticker
from gdexplorer.app.transport import SPEEDS, position_of
from gdexplorer.lab.commands import Command, KeepBest, Nudge, Restart
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.jumps import updates_of_epoch
from gdexplorer.lab.session import Session
from gdexplorer.runtime.trainer import Trainer

NUDGE = 0.01  # standard deviation


class Remote(QObject):
    """Plays, steps, travels, sends commands and arranges the runs."""

    moved = Signal()  # playing or the speed changed

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.trainer: Trainer | None = None
        self.ticker: Ticker | None = None
        self.frame: Frame | None = None
        self._sent: dict[int, Command] = {}  # what awaits its reply
        self._shown_playing = False  # what `moved` told last

    def play(self, playing: bool) -> None:
        """Play or pause."""
        if self.trainer is not None:
            self.trainer.play(playing)
            self._tell(playing)
            self.refresh()

    def _tell(self, playing: bool) -> None:
        self._shown_playing = playing
        self.moved.emit()

    def pause(self) -> None:
        """Let the run rest, if it does not already."""
        if self.playing:
            self.play(False)

    def toggle(self) -> None:
        """Play if paused, pause if playing."""
        self.play(not self.playing)

    @property
    def playing(self) -> bool:
        """Whether updates follow each other by themselves."""
        return self.trainer is not None and self.trainer.playing

    def one_update(self) -> None:
        """Make one update and rest."""
        self._make_updates(1)

    def one_epoch(self) -> None:
        """Make as many updates as an epoch has, or a round of a game, and rest."""
        if self.frame is not None:
            self._make_updates(updates_of_epoch(self.frame.lane.state))

    def _make_updates(self, count: int) -> None:
        if self.trainer is not None:
            self.trainer.make_updates(count)
            self._tell(False)
            self.refresh()

    def restart(self) -> None:
        """Go back to the first update, with the settings as they are now."""
        self.command(Restart())

    def nudge(self) -> None:
        """Add a little noise to every parameter: it frees a descent that rests on a ridge."""
        self.command(Nudge(NUDGE, secrets.randbits(31)))

    def keep_best(self) -> None:
        """Go to the weights of the lowest test loss, as early stopping keeps them."""
        self.command(KeepBest())

    def set_speed(self, speed: float) -> None:
        """Set the pace, in updates a second."""
        if self.trainer is not None:
            self.trainer.set_speed(speed)
            self.moved.emit()

    def slower(self) -> None:
        """Go one notch slower."""
        self._shift_speed(-1)

    def faster(self) -> None:
        """Go one notch faster."""
        self._shift_speed(1)

    def _shift_speed(self, notches: int) -> None:
        if self.trainer is not None:
            position = position_of(self.trainer.speed) + notches
            self.set_speed(SPEEDS[min(max(position, 0), len(SPEEDS) - 1)])

    def command(self, command: Command) -> int:
        """Send a command to the trainer; return the id that its reply will have, 0 if there is no run."""
        if self.trainer is None:
            return 0
        self._sent[id := self.trainer.send(command)] = command
        self.refresh()
        return id

    def refresh(self) -> None:
        """See to it that everything visible is measured and drawn again, also at rest."""
        if self.ticker is not None:
            self.ticker.refresh()

    # ---- time and runs ----------------------------------------------------------------

    def travel(self, step: int) -> None:
        """Show the run as it was at an update of its record; playing pauses."""
        self._go(max(step, 0))

    def live(self) -> None:
        """Show the present again."""
        self._go(None)

    def _go(self, step: int | None) -> None:
        if self.trainer is not None:
            self.trainer.travel(step)
            self._tell(False)
            self.refresh()

    def step_back(self) -> None:
        """Show the update before the one that is shown."""
        if self.frame is not None:
            self.travel(self.frame.lane.state.step - 1)

    def rewind(self) -> None:
        """Show a run that diverged as it was before the update that failed."""
        if self.frame is not None:
            self.travel(self.frame.head)

    def activate(self, run: int) -> None:
        """Go on with a run that was left."""
        self.arrange(partial(Session.activate, id=run))

    def rename(self, run: int, name: str) -> None:
        """Give a run another name."""
        self.arrange(partial(Session.rename, id=run, name=name))

    def discard(self, run: int) -> None:
        """Remove a run that was left."""
        self.arrange(partial(Session.discard, id=run))

    def show_run(self, run: int, shown: bool) -> None:
        """Draw a run that was left, or do not."""
        self.arrange(partial(Session.draw_run, id=run, drawn=shown))

    def arrange(self, change: Callable[[Session], None]) -> None:
        """Let the trainer's thread do something with the runs, after what was sent before."""
        if self.trainer is not None:
            self.trainer.perform(partial(_arranged, change))
            self.refresh()


def _arranged(change: Callable[[Session], None], session: Session) -> str:
    change(session)
    return ""
