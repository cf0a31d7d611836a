"""The dialog that asks what to film: which updates, how many pictures, of what, how large and in which format."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from PySide6.QtCore import QBuffer, QByteArray
from PySide6.QtGui import QImage, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gdexplorer.app.film import Filming, Order, Take, size_of
from gdexplorer.app.guard import guarded
from gdexplorer.app.inputs import Combo, Spin
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.encoders import ffmpeg
from gdexplorer.lab.film import MOST_RATE
from gdexplorer.panels.text import label, set_tooltip

MARGIN = 16  # px
MOST_FRAMES = 5000
NARROWEST = 64
# extension and what a frame but the first takes, as a share of a PNG of it, as measured on films of two experiments
KINDS = {"GIF": (".gif", 0.07), "APNG": (".png", 0.25), "MP4": (".mp4", 0.01)}


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that can be filmed."""

    name: str
    take: Take


class FilmDialog(QDialog):
    """Asks for an `Order`; `accepted` says that one was given.

    Parameters
    ----------
    last
        The last update of the record.
    """

    def __init__(self, subjects: Sequence[Subject], last: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Save the run as a film")
        self._subjects, self._behind = subjects, parent
        self._picture = QImage()  # of the subject as it is now
        self._bytes = 0  # of a PNG of it
        self._build(last)
        self._on_subject_chosen()

    def _build(self, last: int) -> None:
        self.subject = Combo(self)
        self.subject.setMinimumContentsLength(24)  # the longest title of a panel
        self.subject.addItems([subject.name for subject in self._subjects])
        self.first, self.last = Spin(0, last, self), Spin(0, last, self)
        self.frames, self.rate = Spin(2, MOST_FRAMES, self), Spin(1, MOST_RATE, self)
        self.width_box, self.kind = Spin(NARROWEST, 10_000, self), Combo(self)
        self.kind.addItems(list(KINDS))
        self.last.setValue(last)
        self.frames.setValue(min(100, last + 1))
        self.rate.setValue(20)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(2, 1)
        rows: tuple[tuple[str, str, tuple[QWidget, ...]], ...] = (
            ("Show", "What every picture of the film shows.", (self.subject,)),
            ("Updates", "The part of the run, from its first to its last picture.",
             (self.first, label("to"), self.last)),
            ("Pictures", "How many, evenly apart.", (self.frames,)),
            ("Pictures a second", f"At most {MOST_RATE}; browsers show a faster GIF slowly.", (self.rate,)),
            ("Width", "In pixels; the height follows. For a larger one make the window larger.", (self.width_box,)),
            ("Format", "GIF goes everywhere, with 255 colors; APNG has them all; MP4 is the smallest and needs ffmpeg.",
             (self.kind,)),
        )  # fmt: skip
        for row, (text, tip, widgets) in enumerate(rows):
            grid.addWidget(label(text), row, 0)
            line = QHBoxLayout()
            line.setSpacing(8)
            for widget in widgets:
                line.addWidget(widget, isinstance(widget, Combo))
                if not isinstance(widget, QLabel):
                    widget.setAccessibleName(text)
                    set_tooltip(widget, tip)
            if not isinstance(widgets[0], Combo):
                line.addStretch(1)
            grid.addLayout(line, row, 1, 1, 2)
        self.height_label = label("", "muted")
        grid.itemAtPosition(4, 1).layout().insertWidget(1, self.height_label)  # type: ignore[union-attr]
        self.facts, self.refusal = label("", "muted"), label("")
        self.refusal.setForegroundRole(QPalette.ColorRole.BrightText)  # the theme's color of danger
        self.refusal.setWordWrap(True)
        self.cancel, self.save = QPushButton("Cancel"), QPushButton("Save film…")
        self.save.setProperty("primary", True)
        self.save.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(12)
        column.addLayout(grid)
        column.addWidget(self.facts)
        column.addWidget(self.refusal)
        column.addStretch(1)
        column.addLayout(buttons)
        self.subject.currentIndexChanged.connect(self._on_subject_chosen)
        self.kind.currentIndexChanged.connect(self._on_changed)
        for spin in (self.first, self.last, self.frames, self.rate, self.width_box):
            spin.valueChanged.connect(self._on_changed)
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self.accept)

    @property
    def order(self) -> Order:
        """What is asked for."""
        return Order(self.first.value(), self.last.value(), self.frames.value(), self.rate.value(),
                     self.width_box.value())  # fmt: skip

    @property
    def take(self) -> Take:
        """How a picture of it is taken."""
        return self._subjects[self.subject.currentIndex()].take

    @property
    def suffix(self) -> str:
        """The extension of the file."""
        return KINDS[self.kind.currentText()][0]

    @guarded
    def _on_subject_chosen(self) -> None:
        self._picture = self.take()
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        self._picture.save(buffer, "PNG")  # type: ignore[call-overload]
        self._bytes = data.size()
        self.width_box.setMaximum(self._picture.width())
        self.width_box.setValue(min(self._picture.width(), self._behind.width()))
        self._on_changed()

    @guarded
    def _on_changed(self) -> None:
        order, (_, share) = self.order, KINDS[self.kind.currentText()]
        size = size_of(self._picture, order.width)
        self.height_label.setText(f"× {size.height()} px")
        frames = len(order.stops) if order.first < order.last else 0
        area = prod(size.toTuple()) / max(1, prod(self._picture.size().toTuple()))
        estimate = self._bytes * area * (1 + (frames - 1) * share)
        self.facts.setText(f"{frames} pictures, {frames / order.rate:.1f} s, about {_size(estimate)}.")
        refusal = "" if frames else "The last update is not after the first; film at least two."
        if self.kind.currentText() == "MP4" and not refusal:
            try:
                ffmpeg()
            except Complaint as complaint:
                refusal = str(complaint)
        self.refusal.setText(refusal)
        self.refusal.setVisible(bool(refusal))
        self.facts.setVisible(not refusal)
        self.save.setEnabled(not refusal)


class FilmProgress(QDialog):
    """Tells how far a film is; Cancel or Esc calls it back. Nothing else can be done with the window meanwhile."""

    def __init__(self, filming: Filming, frames: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Filming")
        self._filming, self._frames = filming, frames
        self.bar = QProgressBar()
        self.bar.setRange(0, frames)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Pictures of the film that are taken")
        self.told = label("Looking through the run …", "muted")
        cancel = QPushButton("Cancel")
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(12)
        column.addWidget(self.bar)
        column.addWidget(self.told)
        column.addLayout(row)
        self.setMinimumWidth(26 * self.fontMetrics().height())
        cancel.clicked.connect(self.reject)
        self.rejected.connect(filming.cancel)
        filming.advanced.connect(self._on_advanced)

    @guarded
    def _on_advanced(self, taken: int, written: int) -> None:
        seconds = self._filming.seconds_left
        left = "" if seconds is None else f", about {max(1, round(seconds))} s left"
        self.bar.setValue(taken)
        self.told.setText(f"Picture {taken} of {self._frames}{left}, {_size(written)} so far")


def _size(count: float) -> str:
    """Return a number of bytes in words, with two digits."""
    return f"{count / 1e6:.2g} MB" if count >= 1e6 else f"{max(1, count / 1e3):.0f} kB"
