"""Between the window and the trainer: opens experiments and sessions, and tells what comes back."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from gdexplorer.app.courier import Courier, Parcel
from gdexplorer.app.docks import Dock
from gdexplorer.app.guard import guarded
from gdexplorer.app.remote import Remote
from gdexplorer.app.ticker import Ticker
from gdexplorer.lab import archive, build, experiments
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.commands import Begin, Change
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.files import write
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.lab.generations import Deeds, deeds
from gdexplorer.lab.session import Session
from gdexplorer.runtime.held import hold
from gdexplorer.runtime.jobs import Jobs
from gdexplorer.runtime.trainer import FLAT_OUT, Trainer

PATIENCE_MS = 1500  # with a thread that is to end: the window closes within 3 s
RATE_SECONDS = 0.5  # over which the measured speed is averaged


class Conductor(Remote):
    """Owns the trainer and the ticker of the present run."""

    closed = Signal()  # what was shown is of a run that is gone
    ended = Signal(object)  # the Session that nobody works on any more; None if its thread did not let go of it
    opened = Signal(object)  # the Experiment that begins, or goes on
    filed = Signal(object)  # the Path of the file that was opened just now
    saved = Signal(object, object)  # the Path of a file, the Deeds that are in it now
    framed = Signal(object)  # a Frame
    rested = Signal(object)  # each Frame while the run rests
    accepted = Signal(object, object)  # a Command that was carried out, the Reply to it
    refused = Signal(str, str)  # the path of a change ("" for other commands), the sentence that refuses it
    said = Signal(str)  # a sentence for the status line
    panel_failed = Signal(object, object)  # a Dock, the exception

    def __init__(self, catalogue: Catalogue, docks: Callable[[], Sequence[Dock]], parent: QObject,
                 strips: Callable[[], frozenset[Probe]] = frozenset) -> None:  # fmt: skip
        super().__init__(parent)
        self.catalogue, self._docks, self._strips = catalogue, docks, strips
        self.rate: float | None = None  # measured updates a second, None at rest
        self.begun: Deeds | None = Deeds()  # done in the session before it was opened; None: it is the same as before
        self._courier = Courier(self)
        self._opened: Experiment | None = None  # as it was at first
        self._answered = 0
        self._since = (time.perf_counter(), 0)

    # ---- experiments and sessions ---------------------------------------------

    def open(self, experiment: Experiment, *, playing: bool = True) -> None:
        """Begin an experiment, in place of the present one, at the speed it asks for.

        Raises
        ------
        Complaint
            If its parts do not fit each other; the present one then goes on.
        """
        build.objective(experiment, self.catalogue)
        self._opened, self.begun = experiment, Deeds()
        self._start(partial(_session, experiment, self.catalogue), experiment)
        self.set_speed(experiment.show.speed or FLAT_OUT)
        self.play(playing)

    def open_path(self, path: str, *, playing: bool = True) -> bool:
        """Open an experiment (.toml, or the name of one) or a saved session (.gdx); return whether it was possible.

        A session opens at rest, where it was saved.
        """
        try:
            if Path(path).suffix == ".gdx":
                self.open_session(archive.load(Path(path), self.catalogue))
            else:
                self.open(experiments.load(path, self.catalogue), playing=playing)
        except Complaint as complaint:
            self.said.emit(str(complaint))
            return False
        if not experiments.shipped(path):
            self.filed.emit(Path(path))
        return True

    def open_session(self, session: Session) -> None:
        """Go on with a session, at rest, in place of the present one."""
        self._opened, self.begun = session.start, deeds(session)
        self._start(partial(_loaded, session), session.run.state.experiment)
        self.set_speed(session.start.show.speed or FLAT_OUT)

    def reset_all(self) -> None:
        """Begin the experiment again as it was at first, settings included; the present run stays as a ghost."""
        if self._opened is not None:
            self.command(Begin(self._opened))
            self.play(True)

    def save(self, path: str) -> None:
        """Save the session as it is between two updates; the run goes on while it is written."""
        if self.trainer is not None:
            target = Path(path) if Path(path).suffix else Path(path + ".gdx")
            done = partial(self._on_saved, self.trainer, target)
            self._courier.carry(self.trainer, Parcel(partial(write, target), done))

    def _on_saved(self, trainer: Trainer, path: Path, parcel: Parcel) -> None:
        if not parcel.refusal and trainer is self.trainer:
            self.saved.emit(path, parcel.deeds)
        self.said.emit(parcel.refusal or f"Saved {path.name}.")

    def _start(self, make: Callable[[Jobs], Session], experiment: Experiment, patience: int = PATIENCE_MS) -> None:
        self.close(patience)
        self.frame, self._sent, self._answered = None, {}, 0
        self.rate, self._since = None, (time.perf_counter(), 0)
        self.trainer = Trainer(make)
        hold(self.trainer)
        self.trainer.failed.connect(self._on_trainer_failed)
        self.trainer.performed.connect(self._on_performed)
        self.ticker = Ticker(self.trainer, self._docks, self, self._strips)
        self.ticker.framed.connect(self._on_framed)
        self.ticker.panel_failed.connect(self.panel_failed)
        self.opened.emit(experiment)
        self.trainer.start()
        self.ticker.start()

    def start_over(self) -> None:
        """Go on where the record ends, in another thread: the present one does not answer and is left to itself."""
        trainer, frame = self.trainer, self.frame
        if trainer is not None and trainer.session is not None and frame is not None:
            speed, self.begun = trainer.speed, None
            self._start(partial(_rescued, trainer.session), frame.lane.state.experiment, 0)
            self.set_speed(speed)

    def close(self, patience: int = PATIENCE_MS) -> None:
        """End the present run's thread; one that does not end within so many milliseconds is left to itself."""
        if self.ticker is not None:
            self.ticker.stop()
            self.ticker.deleteLater()
        if self.trainer is not None:
            ended = self.trainer.stop(patience)
            # one that was to be left to itself counts as such, even if it ended at once: its session goes on elsewhere
            session = self.trainer.session if ended and patience else None
            self._courier.part_from(session)
            self._courier.wait()  # so that what is saved, and what is not, is known
            if ended:
                self.trainer.deleteLater()
            else:
                self.trainer.blockSignals(True)
            self.trainer = None
            self.ended.emit(session)
        self.trainer = self.ticker = None
        self.closed.emit()

    # ---- what comes back --------------------------------------------------------------

    @guarded
    def _on_framed(self, frame: Frame) -> None:
        if self.trainer is None:
            return
        self.frame, playing = frame, self.trainer.playing
        self._measure_rate(self.trainer)
        self.framed.emit(frame)
        self._answer(frame)  # after the controls have taken back what is refused, which ends older complaints
        if playing != self._shown_playing:
            self._tell(playing)
        if not playing:
            self.rested.emit(frame)

    def _answer(self, frame: Frame) -> None:
        for reply in frame.replies:
            if reply.id > self._answered:
                self._answered = reply.id
                command = self._sent.pop(reply.id, None)
                if reply.accepted:
                    self.accepted.emit(command, reply)
                else:
                    self.refused.emit(command.path if isinstance(command, Change) else "", reply.text)

    def _measure_rate(self, trainer: Trainer) -> None:
        now, (since, made) = time.perf_counter(), self._since
        if not trainer.playing:
            self.rate, self._since = None, (now, trainer.made)
        elif now - since > RATE_SECONDS:
            self.rate, self._since = (trainer.made - made) / (now - since), (now, trainer.made)

    @guarded
    def _on_performed(self, sentence: str) -> None:
        self.refresh()
        if sentence:
            self.said.emit(sentence)

    @guarded
    def _on_trainer_failed(self, error: BaseException) -> None:
        self.moved.emit()
        if not isinstance(error, Complaint | OSError):
            raise error
        self.said.emit(str(error))


def _session(experiment: Experiment, catalogue: Catalogue, jobs: Jobs) -> Session:
    return Session(experiment, catalogue, jobs)


def _rescued(session: Session, jobs: Jobs) -> Session:
    return session.rescued(jobs)


def _loaded(session: Session, jobs: Jobs) -> Session:
    session.measure_with(jobs)
    return session
