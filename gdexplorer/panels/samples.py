"""Data points as clouds: training examples are discs, test examples circles, colored by class or by value."""

from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array, BoolArray
from gdexplorer.data import Data, Dataset
from gdexplorer.data.text_file import shown
from gdexplorer.panels.classes import names_of
from gdexplorer.panels.heatmap import Colors, diverging
from gdexplorer.panels.marks import Cloud
from gdexplorer.panels.palette import Palette, mix, readable
from gdexplorer.panels.ticks import linear_ticks

STRENGTH = 0.8  # share of a class's color where the network is sure of it
VALUES = ("#8E3FA8", "#3F8F3A")  # negative and positive outputs of a regression
SHADES = 9
LONGEST = 12  # letters of a class's name
MOST = 5_000  # examples of a split that are drawn: more hide each other, and take long
LARGEST = 14.0  # pt, of the text that points grow with


@dataclass(frozen=True, eq=False, slots=True)
class Scale:
    """What colors mean: the map's, from the lower to the upper level, and the words beside them."""

    colors: Colors
    levels: tuple[float, float]
    ticks: list[tuple[float, str]]
    title: str
    ends: tuple[str, str]


def scale_of(data: Data, palette: Palette) -> Scale:
    """Return the colors of a task: the two classes' own, or of values symmetric around 0."""
    if data.task == "regression":
        most = float(np.abs(data.train.y).max(initial=0.0)) or 1.0
        low, high = (readable(color, palette.panel, 4.5) for color in VALUES)
        ticks = linear_ticks(-most, most, 5)
        return Scale(diverging(low, palette.panel, high, STRENGTH), (-most, most), ticks, "output", (low, high))
    names = [(at, shown(name, LONGEST)) for at, name in zip((-1.0, 1.0), names_of(data), strict=True)]
    return Scale(diverging(palette.data[0], palette.panel, palette.data[1], STRENGTH), (-1.0, 1.0), names,
                 "confidence", palette.data)  # fmt: skip


def targets(data: Data, split: Dataset) -> Array:
    """Return what the network's output is drawn against: values, or −1 and 1 for the classes."""
    return split.y if data.task == "regression" else 2 * split.y - 1


def drawn(split: Dataset) -> Dataset:
    """Return the examples of a split that are drawn: where there are too many the last, those of one's own pencil."""
    return split if len(split.x) <= MOST else Dataset(split.x[-MOST:], split.y[-MOST:])


def wrong(data: Data, split: Dataset, outputs: Array) -> BoolArray:
    """Return which examples of two classes the outputs (n,) put on the other side."""
    return np.asarray(outputs * targets(data, split) < 0)


def clouds(data: Data, splits: tuple[str, ...], scale: Scale, palette: Palette) -> list[Cloud]:
    """Return the points of two inputs, test examples below the training examples."""
    size = 0.68 * min(palette.body, LARGEST)
    # the color of a value near 0 is that of the paper, so its points need an edge
    rim = mix(palette.panel, palette.text, 0.5) if data.task == "regression" else palette.panel
    made = []
    for name in ("test", "train"):
        if name in splits:
            split = drawn(getattr(data, name))
            for color, chosen in _groups(data, split, scale):
                x, y = split.x[chosen].T
                made.append(Cloud(x, y, color, rim, size, palette.panel if name == "test" else ""))
    return made


def halos(data: Data, splits: tuple[str, ...], outputs: dict[str, Array], palette: Palette) -> list[Cloud]:
    """Return rings around the examples on the wrong side; `outputs` (n,) by split."""
    size = 1.15 * min(palette.body, LARGEST)
    made = []
    for name in splits:
        split = drawn(getattr(data, name))
        x, y = split.x[wrong(data, split, outputs[name][-MOST:])].T
        made.append(Cloud(x, y, palette.text, palette.panel, size, palette.panel))
    return made


def plain(x: Array, y: Array, test: bool, palette: Palette) -> Cloud:
    """Return the points of a curve."""
    size = 0.55 * min(palette.body, LARGEST)
    return Cloud(x, y, palette.muted, palette.panel, size, palette.panel if test else "", 1.2)


def _groups(data: Data, split: Dataset, scale: Scale) -> list[tuple[str, BoolArray]]:
    if data.task != "regression":
        return [(scale.ends[k], split.y == k) for k in (0, 1)]
    low, high = scale.levels
    shade = np.round((split.y - low) / (high - low) * (SHADES - 1)).clip(0, SHADES - 1).astype(int)
    colors = scale.colors[np.linspace(0, 255, SHADES).astype(int)]
    return [(f"#{int(colors[k]) & 0xFFFFFF:06X}", shade == k) for k in range(SHADES)]
