"""The tick: one panel drawn each, in turn, so that no frame is long and the trainer gets the interpreter.

A tick takes the newest frame and lets one panel take it up; half a tick later the panel is painted, and the next
panel's frame is asked for. What takes long goes on in the next half tick, part by part. While the run rests and nothing
changed, nothing is asked for and nothing is drawn.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar
from weakref import WeakKeyDictionary

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QGraphicsView, QWidget

from gdexplorer.app.docks import Dock
from gdexplorer.app.guard import attempt, guarded
from gdexplorer.lab.frame import Frame, Probe
from gdexplorer.panels.canvas import Canvas
from gdexplorer.panels.panel import Panel
from gdexplorer.runtime.trainer import Trainer

T = TypeVar("T")
TICK_MS = 28
SHARE = 0.25  # of the time that drawing may take before the tick is lengthened
LONGEST_MS = 120
SOON_MS = 5  # from the strips to the panel that is drawn next
SUMMARY_SECONDS = 1.0  # between two summaries of a panel for screen readers
PROBE_SECONDS = 1.0  # between two measurements for the strips, while playing
PART_SECONDS = 0.004  # what parts and plots of a panel take together, if they can; the others wait for half a tick
VIEWS_SECONDS = 1.0  # between two looks for a panel's plots
STRIPS_SECONDS = 0.2  # between two looks of the strips around the panels, while playing: nobody reads faster
DOCKS_SECONDS = 0.2  # between two looks which docks are seen and what they need, unless `refresh` says that it changed


class Ticker(QObject):
    """Connects one trainer to the docks that are seen, and to the strips around them, which need probes too."""

    framed = Signal(object)  # a Frame, for what is not a panel: five a second while playing, every one at rest
    panel_failed = Signal(object, object)  # the Dock, the exception it raised in show_frame

    def __init__(self, trainer: Trainer, docks: Callable[[], Sequence[Dock]], parent: QObject,
                 strips: Callable[[], frozenset[Probe]] = frozenset) -> None:  # fmt: skip
        super().__init__(parent)
        self._trainer, self._docks, self._strips = trainer, docks, strips
        self._strips_at = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)
        self.tick_ms = TICK_MS
        self._turn = 0
        self._wanted: dict[Dock, frozenset[Probe]] = {}  # by the docks that are seen: what their panels need
        self._looked_at = -math.inf
        self._rest: list[Dock] = []  # still to be drawn with `_frame`, at rest
        self._frame: Frame | None = None
        self._told: Frame | None = None  # to the strips, and still to be drawn
        self._unpainted: Dock | None = None  # has taken up a frame that the next half tick paints
        self._parts: Iterator[None] | None = None  # of taking it up, not all done yet
        self._plots: list[QWidget] = []  # of it, not painted yet
        self._views: dict[Panel, tuple[float, list[QWidget]]] = {}  # what each panel's were, and when
        self._stale = True
        self._awaited = False  # whether a frame of everything was asked for and has not come
        self._cost = 0.0  # moving average of a tick's seconds
        self._framed_at = 0.0
        self._costs = WeakKeyDictionary[QWidget, float]()  # seconds that each plot last took to be painted
        self._described: dict[Panel, float] = {}  # when each panel's summary was last told
        self.ticks = 0

    def start(self) -> None:
        """Begin to tick."""
        self._timer.start(self.tick_ms // 2)

    def stop(self) -> None:
        """End."""
        self._timer.stop()
        while self._unpainted is not None:
            self._go_on()

    def refresh(self) -> None:
        """Ask for a frame of everything that is seen by now, also while the run rests."""
        self._stale, self._looked_at = True, -math.inf

    @property
    def settled(self) -> bool:
        """Whether the run rests and everything visible shows it as it is."""
        frame = self._frame
        waiting = self._stale or self._rest or self._awaited or self._unpainted is not None
        return not (self._trainer.playing or waiting or frame is None or frame.busy)

    @guarded
    def _on_timeout(self) -> None:
        begun = time.perf_counter()
        if self._unpainted is None:
            self._tick()
        else:
            self._go_on()
        self._cost += 0.1 * (time.perf_counter() - begun - self._cost)
        wanted = min(max(self.tick_ms / 2, 1000 * self._cost / SHARE), LONGEST_MS / 2)
        wanted = wanted if self._told is None else SOON_MS
        if abs(wanted - self._timer.interval()) > 2:
            self._timer.setInterval(round(wanted))

    def _tick(self) -> None:
        seen = self._look()
        told, self._told = self._told, None
        frame = told or self._trainer.take_frame()
        if self._trainer.playing:
            self._rest = []
            if frame is not None and told is None and time.perf_counter() - self._framed_at > STRIPS_SECONDS:
                self._framed_at = time.perf_counter()
                self.framed.emit(frame)
                if seen:  # which would hold up the window for twice as long
                    self._told = frame
                    return
            if frame is not None and seen:
                self._draw(seen[self._turn % len(seen)], frame)
                self._turn += 1
            self._ask([seen[self._turn % len(seen)]] if seen else [])
            self._stale = True
            return
        if frame is not None:
            self._frame, self._rest, self._awaited = frame, list(seen), False
            self.framed.emit(frame)
        if self._rest and self._frame is not None:
            self._draw(self._rest.pop(0), self._frame)
        elif self._stale or self._progress_due():
            self._stale, self._awaited = False, True
            self._ask(seen)

    def _look(self) -> list[Dock]:
        """Return the docks that are seen, after having asked their panels what they need."""
        now = time.perf_counter()
        if now - self._looked_at > DOCKS_SECONDS:
            self._looked_at = now
            self._wanted = {dock: self._needs(dock) for dock in self._docks() if dock.seen}
        return list(self._wanted)

    def _progress_due(self) -> bool:
        """Whether to look how far a measurement under way has come."""
        frame, now = self._frame, time.perf_counter()
        if self._awaited or frame is None or not frame.busy or now - self._framed_at < STRIPS_SECONDS:
            return False
        self._framed_at = now
        return True

    def _ask(self, measured: Sequence[Dock]) -> None:
        aside, now = self._strips(), time.perf_counter()
        self._wanted |= {dock: self._needs(dock) for dock in measured}
        visible = aside.union(*self._wanted.values())
        needs = frozenset[Probe]().union(*(self._wanted[dock] for dock in measured))
        if not self._trainer.playing or now - self._strips_at > PROBE_SECONDS:
            needs, self._strips_at = needs | aside, now
        self._trainer.want_frame(needs, visible)

    def _go_on(self) -> None:
        """Take up the rest of a frame, or paint what was taken up."""
        assert self._unpainted is not None
        if self._parts is not None:
            self._let(self._unpainted, self._take_parts)
        else:
            self._paint(self._unpainted)

    def _paint(self, dock: Dock) -> None:
        """Paint what was taken up, now, while the trainer leaves us the interpreter; what takes long, in parts."""
        begun = now = time.perf_counter()
        while self._plots:
            plot = self._plots[0]
            if now > begun and now - begun + self._costs.get(plot, 0.0) >= PART_SECONDS:
                return
            self._plots.pop(0)
            if shiboken6.isValid(plot):
                attempt(partial(_let_go, plot))  # what it raises names the plot to whoever hides what fails
            before, now = now, time.perf_counter()
            self._costs[plot] = now - before
        self._unpainted = None
        self.ticks += 1
        now = time.perf_counter()
        if now - self._described.get(dock.panel, 0.0) > SUMMARY_SECONDS:
            self._described[dock.panel] = now
            self._let(dock, lambda panel: panel.setAccessibleDescription(panel.summary()))

    def _draw(self, dock: Dock, frame: Frame) -> None:
        self._let(dock, lambda panel: self._take_up(dock, panel, frame))

    def _take_up(self, dock: Dock, panel: Panel, frame: Frame) -> None:
        self._plots = list(self._plots_of(panel))
        for plot in self._plots:
            _hold(plot)
        self._unpainted, self._parts = dock, panel.parts(frame)
        self._take_parts(panel)

    def _take_parts(self, panel: Panel) -> None:
        assert self._parts is not None
        parts, self._parts, begun = self._parts, None, time.perf_counter()
        for _ in parts:
            if time.perf_counter() - begun >= PART_SECONDS / 2:  # the next is likely to take as long
                self._parts = parts
                return
        for plot in filter(shiboken6.isValid, self._plots):
            if (prepare := getattr(plot.parent(), "prepare", None)) is not None:
                prepare()

    def _needs(self, dock: Dock) -> frozenset[Probe]:
        return self._let(dock, lambda panel: panel.needs()) or frozenset()

    def _let(self, dock: Dock, do: Callable[[Panel], T]) -> T | None:
        """Let a panel do something, and say so if it fails, also to be made: the other panels go on."""
        try:
            return do(dock.panel)
        except Exception as error:
            self.panel_failed.emit(dock, error)
            return None

    def _plots_of(self, panel: Panel) -> list[QWidget]:
        """Return where a panel's pictures are painted; what stands around them changes seldom and paints itself.

        To look for them through all of a panel takes a tenth of the time that drawing it does.
        """
        now = time.perf_counter()
        found_at, found = self._views.get(panel, (-VIEWS_SECONDS, []))
        if now - found_at >= VIEWS_SECONDS or not all(map(shiboken6.isValid, found)):
            found = [*(view.viewport() for view in panel.findChildren(QGraphicsView)), *panel.findChildren(Canvas)]
            self._views[panel] = (now, found)
        return found


def _hold(plot: QWidget) -> None:
    if isinstance(plot, Canvas):
        plot.hold()
    else:
        plot.setUpdatesEnabled(False)


def _let_go(plot: QWidget) -> None:
    if isinstance(plot, Canvas):
        plot.let_go()
    else:
        plot.setUpdatesEnabled(True)
        plot.repaint()
