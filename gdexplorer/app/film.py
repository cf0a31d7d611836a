"""The run as a film: it travels through its record, waits at each stop until everything is drawn, and takes a picture.

What is filmed is a widget of the window, so that a film shows what a person would have seen at rest at these updates.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QRegion
from PySide6.QtWidgets import QWidget

from gdexplorer.app.conductor import Conductor
from gdexplorer.app.docks import Dock
from gdexplorer.app.guard import guarded
from gdexplorer.app.picture import Picture
from gdexplorer.app.strips import Narrator
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.encoders import Pixels, Reel
from gdexplorer.lab.film import Film, format_of

LOOK_MS = 10  # between two looks at what has arrived
PATIENCE = 120.0  # seconds for one stop
SURVEY = 4  # stops beforehand, at which the colors of a GIF are chosen
Take = Callable[[], QImage]


@dataclass(frozen=True, slots=True)
class Order:
    """What a person wants of a film.

    Attributes
    ----------
    first, last
        Updates of the record.
    frames, rate
        How many pictures, and in a second.
    width
        In pixels.
    """

    first: int
    last: int
    frames: int
    rate: int
    width: int

    @property
    def stops(self) -> tuple[int, ...]:
        """The updates at which a picture is taken, evenly apart, none of them twice."""
        count = min(self.frames, self.last - self.first + 1)
        return tuple(int(step) for step in np.linspace(self.first, self.last, count).round())


class Quiet:
    """Keeps strips of the window from coming and going while it is filmed, and the narrator from waiting.

    Parameters
    ----------
    strips
        Which say what can be done at the moment, which a film has no use for.
    """

    def __init__(self, narrator: Narrator, strips: Sequence[QWidget]) -> None:
        self._narrator, self._strips = narrator, strips
        self._usual = narrator.pace.interval(), [strip.maximumHeight() for strip in strips]

    def begin(self) -> None:
        """Let nothing in the window depend on how long ago something was."""
        self._narrator.pace.stop()
        self._narrator.pace.setInterval(0)
        for strip in self._strips:
            strip.setMaximumHeight(0)

    def end(self) -> None:
        """Let them be as usual."""
        pace, heights = self._usual
        self._narrator.pace.setInterval(pace)
        for strip, height in zip(self._strips, heights, strict=True):
            strip.setMaximumHeight(height)


def whole(widget: QWidget) -> Take:
    """Film a widget."""
    return lambda: widget.grab().toImage()


def panels_of(host: QWidget, docks: Sequence[Dock]) -> Take:
    """Film what surrounds all panels that are seen, and not the controls beside them."""

    def take() -> QImage:
        region = QRegion()
        for dock in docks:
            if dock.seen and not dock.isFloating():
                region += dock.geometry()
        return host.grab(region.boundingRect()).toImage()

    return take


def panel_of(dock: Dock, conductor: Conductor) -> Take:
    """Film one panel as it is taken away as a picture: without its controls, with the update in its title."""

    def take() -> QImage:
        frame = conductor.frame
        step = 0 if frame is None else frame.lane.state.step
        title = f"{dock.panel.title} · update {step:,}"
        return Picture(dock.panel, dock.panel.palette_now, title, "").image()

    return take


def size_of(picture: QImage, width: int) -> QSize:
    """Return the size of a film of such a width, no larger than the picture itself; even, which H.264 needs."""
    width = min(width, picture.width())
    height = round(picture.height() * width / picture.width())
    return QSize(max(2, width // 2 * 2), max(2, height // 2 * 2))


def fitted(picture: QImage, size: QSize) -> Pixels:
    """Return a picture as the pixels of a frame; where its shape is another one, with a margin of its first pixel."""
    smooth, keep = Qt.TransformationMode.SmoothTransformation, Qt.AspectRatioMode.KeepAspectRatio
    picture.setDevicePixelRatio(1)
    frame = QImage(size, QImage.Format.Format_RGB888)
    frame.fill(picture.pixelColor(0, 0))
    exact = abs(picture.width() * size.height() - picture.height() * size.width()) <= 2 * max(
        picture.width(), size.width()
    )
    if picture.size() != size:
        picture = picture.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio if exact else keep, smooth)
    painter = QPainter(frame)
    at = QRect(0, 0, size.width(), size.height()).center() - picture.rect().center()
    painter.drawImage(at, picture)
    painter.end()
    rows = np.frombuffer(frame.constBits(), np.uint8).reshape(size.height(), frame.bytesPerLine())
    return rows[:, : 3 * size.width()].reshape(size.height(), size.width(), 3).copy()


class Filming(QObject):
    """A film that is being made. It goes back to where the run was in the end, whatever comes of the film.

    Frames are encoded in a thread of its own, one at a time, while the run travels to the next stop.
    """

    advanced = Signal(int, int)  # frames taken, bytes written
    ended = Signal(str)  # a sentence

    def __init__(self, conductor: Conductor, take: Take, order: Order, path: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._conductor, self._take, self._order, self._path = conductor, take, order, path
        self._film: Film | None = None
        self._size: QSize | None = None
        self._survey: list[Pixels] = []
        stops = order.stops
        shown = [stops[k] for k in np.linspace(0, len(stops) - 1, min(SURVEY, len(stops))).astype(int)]
        self._surveyed = shown if format_of(path) == "GIF" else shown[:1]
        self._stops, self._taken = stops, 0
        self._encoder = ThreadPoolExecutor(1, "film")
        self._encoding: Future[None] | None = None
        self._finishing = self.saved = False
        self._since = self._began = time.monotonic()
        self._playing, frame = conductor.playing, conductor.frame
        self._back = frame.lane.state.step if frame is not None and frame.past else None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._on_look)
        conductor.closed.connect(self.cancel)

    def start(self) -> None:
        """Set out."""
        self._began = time.monotonic()
        self._travel()
        self._timer.start()

    @property
    def _stop(self) -> int:
        """Where the run is to be now."""
        survey = len(self._survey) < len(self._surveyed)
        return self._surveyed[len(self._survey)] if survey else self._stops[self._taken]

    @property
    def seconds_left(self) -> float | None:
        """How long it will take if it goes on like this; None as long as nobody can tell."""
        done, spent = len(self._survey) + self._taken, time.monotonic() - self._began
        left = len(self._surveyed) + len(self._stops) - done
        return spent / done * left if done > 2 else None

    def _travel(self) -> None:
        self._since = time.monotonic()
        self._conductor.travel(self._stop)

    def _arrived(self) -> bool:
        frame, ticker = self._conductor.frame, self._conductor.ticker
        if frame is None or ticker is None or frame.arriving or not ticker.settled:
            return False
        return max(lane.state.step for lane in frame.racers) == self._stop

    @guarded
    def _on_look(self) -> None:
        try:
            self._look()
        except Complaint as complaint:
            self._end(str(complaint))

    def _look(self) -> None:
        if self._encoding is not None:
            if not self._encoding.done():
                return
            self._encoding.result()
            self._encoding = None
            self.advanced.emit(self._taken, self._film.written if self._film else 0)
        if self._finishing:
            self.saved = True
            self._end(f"Saved {self._path.name}.")
        elif self._taken == len(self._stops):
            assert self._film is not None
            self._finishing, self._encoding = True, self._encoder.submit(self._film.finish)
        elif self._arrived():
            self._picture()
        elif time.monotonic() - self._since > PATIENCE:
            raise Complaint(f"Update {self._stop:,} was not drawn within {PATIENCE:g} s; film another part of the run.")

    def _picture(self) -> None:
        picture = self._take()
        if self._size is None:
            self._size = size_of(picture, self._order.width)
        pixels = fitted(picture, self._size)
        if len(self._survey) < len(self._surveyed):
            self._survey.append(pixels)
            if len(self._survey) == len(self._surveyed):
                reel = Reel(self._size.width(), self._size.height(), len(self._stops), self._order.rate)
                self._film = Film(self._path, reel, self._survey)
        else:
            assert self._film is not None
            self._encoding = self._encoder.submit(self._film.add, pixels)
            self._taken += 1
        if self._taken < len(self._stops):
            self._travel()

    @guarded
    def cancel(self) -> None:
        """Give up, and leave no file."""
        self._end("No film was saved.")

    def _end(self, sentence: str) -> None:
        """Let go of everything, and go back to where the run was."""
        if not self._timer.isActive():
            return
        self._timer.stop()
        self._conductor.closed.disconnect(self.cancel)
        self._encoder.shutdown()
        if self._film is not None:
            self._film.drop()
        self._survey.clear()
        self._conductor.live() if self._back is None else self._conductor.travel(self._back)
        if self._playing:
            self._conductor.play(True)
        self.ended.emit(sentence)
