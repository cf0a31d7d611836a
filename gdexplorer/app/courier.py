"""Carries a session to the disk: packed in the trainer's thread between two updates, written in a thread of its own."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QTimer

from gdexplorer.app.guard import guarded
from gdexplorer.lab import archive
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.generations import Deeds, deeds
from gdexplorer.lab.session import Session
from gdexplorer.runtime.chore import Chore
from gdexplorer.runtime.trainer import Trainer

LOOK_MS = 20  # between two looks at what a thread has done
LOST = "The session could not be saved; save it again."
FULL = "There is not enough memory to save the session; close other programs, then save again."


@dataclass(eq=False, slots=True)
class Parcel:
    """One moment of a session on its way."""

    put: Callable[[bytes], object]  # writes it; in a thread of its own
    done: Callable[["Parcel"], None]  # told in the window's thread, when it has arrived or not
    deeds: Deeds = field(default_factory=Deeds)  # of that moment
    refusal: str = LOST  # why it has not arrived; "" if it has
    content: bytes | None = None
    packed: bool = False
    session: Session | None = None  # one to be packed in the thread that writes, for nobody works on it any more

    def pack(self, session: Session) -> str:
        """Take the session as it is now; nothing is said."""
        try:
            self.deeds, self.content = deeds(session), archive.packed(session)
        except Complaint as complaint:
            self.refusal = str(complaint)
        except MemoryError:
            self.refusal = FULL
        finally:
            self.packed = True
        return ""

    def write(self, tell: Callable[[float], None], stop: Callable[[], bool]) -> None:
        """Write what was packed."""
        if self.session is not None:
            self.pack(self.session)
            self.session = None
        content, self.content = self.content, None
        if content is not None:
            self.put(content)
            self.refusal = ""


class Courier(QObject):
    """Takes parcels one after the other, so that what was sent last is what the file is at last."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: deque[Parcel] = deque()
        self._chore: Chore[None] | None = None  # of the first that waits
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._on_look)

    @property
    def busy(self) -> bool:
        """Whether something is on its way."""
        return bool(self._waiting)

    def carry(self, trainer: Trainer, parcel: Parcel) -> None:
        """Send the session as it is between the next two updates."""
        self._take(parcel)
        trainer.perform(parcel.pack)

    def carry_at_rest(self, session: Session, parcel: Parcel) -> None:
        """Send a session that nobody works on any more."""
        parcel.session, parcel.packed = session, True
        self._take(parcel)

    def run(self, action: Callable[[], object]) -> None:
        """Do something in the thread that writes, when what was sent before has arrived."""
        self._take(Parcel(lambda _: action(), _nothing, content=b"", packed=True))

    def _take(self, parcel: Parcel) -> None:
        self._waiting.append(parcel)
        self._timer.start()

    def part_from(self, session: Session | None) -> None:
        """Pack what could not be packed before its trainer ended; None: its session is out of reach."""
        for parcel in self._waiting:
            if not parcel.packed and session is not None:
                parcel.pack(session)
            parcel.packed = True

    def wait(self, milliseconds: int = 2000) -> bool:
        """Wait until everything has arrived; return whether it has within the time."""
        until = time.monotonic() + milliseconds / 1000
        while self._waiting and time.monotonic() < until:
            self._look()
            if self._chore is not None:
                self._chore.wait(max(until - time.monotonic(), 0.0))
            elif self._waiting and not self._waiting[0].packed:
                break  # nobody can tell when that will be
        self._look()
        return not self._waiting

    @guarded
    def _on_look(self) -> None:
        self._look()

    def _look(self) -> None:
        while self._waiting and self._waiting[0].packed:
            if self._chore is None:
                self._chore = Chore(self._waiting[0].write)
            if not self._chore.done:
                return
            self._deliver(self._waiting.popleft(), self._chore)
        if not self._waiting:
            self._timer.stop()

    def _deliver(self, parcel: Parcel, chore: Chore[None]) -> None:
        self._chore = None
        try:
            chore.result()
        except Complaint as complaint:
            parcel.refusal = str(complaint)
        finally:
            parcel.done(parcel)


def _nothing(parcel: Parcel) -> None:
    """Nobody waits for it."""
