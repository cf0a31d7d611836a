"""Cluttered images in which one small glyph says the class: for where a network looks."""

import numpy as np

from gdexplorer.arrays import Array, IntArray
from gdexplorer.data.images import pixels
from gdexplorer.data.source import Source

SIDE, GLYPH = 20, 7
CRUMBS = 6

_DRAWN = {
    "ring": "..###.. .#...#. #.....# #.....# #.....# .#...#. ..###..",
    "square": "####### #.....# #.....# #.....# #.....# #.....# #######",
    "triangle": "...#... ...#... ..#.#.. ..#.#.. .#...#. .#...#. #######",
    "cross": "#.....# .#...#. ..#.#.. ...#... ..#.#.. .#...#. #.....#",
    "plus": "...#... ...#... ...#... ####### ...#... ...#... ...#...",
    "zigzag": "####### .....#. ....#.. ...#... ..#.... .#..... #######",
}
LABELS = tuple(_DRAWN)
GLYPHS = np.array([[[ink == "#" for ink in row] for row in drawn.split()] for drawn in _DRAWN.values()], float)
# A crumb's pixels, (4, 3, 2): three in a row, across, down or along a diagonal, like a piece of a glyph.
_DASHES = np.array([[(0, 0), (0, 1), (0, 2)], [(0, 0), (1, 0), (2, 0)],
                    [(0, 0), (1, 1), (2, 2)], [(0, 2), (1, 1), (2, 0)]])  # fmt: skip


def boxes(n: int, points: np.random.Generator) -> IntArray:
    """Return where the glyphs stand, each place being as likely: top, bottom, left and right, (n, 4)."""
    corner = points.integers(SIDE - GLYPH + 1, size=(n, 2))
    return np.column_stack([corner[:, 0], corner[:, 0] + GLYPH, corner[:, 1], corner[:, 1] + GLYPH])


def _scenes(n: int, noise: float, points: np.random.Generator, jitter: np.random.Generator) -> tuple[Array, Array]:
    """Draw crumbs of brightness U(.2, .6) anywhere, a glyph of brightness 1 over them, N(0, σ²) on each pixel.

    The classes take turns. Where strokes cross, the brighter one shows.
    """
    y = np.arange(n) % len(LABELS)
    top, _, left, _ = boxes(n, points).T
    scenes = np.zeros((n, SIDE, SIDE))
    dash = _DASHES[points.integers(len(_DASHES), size=(n, CRUMBS))]
    at = points.integers(SIDE - 2, size=(n, CRUMBS, 1, 2)) + dash
    row, column = np.moveaxis(at, -1, 0)
    np.maximum.at(scenes, (np.arange(n)[:, None, None], row, column), points.uniform(0.2, 0.6, (n, CRUMBS, 1)))
    across = np.arange(GLYPH)
    place = np.arange(n)[:, None, None], top[:, None, None] + across[:, None], left[:, None, None] + across
    scenes[place] = np.maximum(scenes[place], GLYPHS[y])
    return scenes.reshape(n, -1) + noise * jitter.standard_normal((n, SIDE**2)), y.astype(float)


SCENES = Source(
    "scenes", "Glyph in a scene",
    f"One of {len(LABELS)} glyphs of 7×7 pixels somewhere in a littered picture of 20×20, an eighth of its area;"
    " noise adds grain.",
    "classes", len(LABELS), pixels(SIDE), ((0.0, 1.0),) * SIDE**2,
    amount=3000, noise=0.2, limit=None, make=_scenes, shape=(1, SIDE, SIDE), labels=LABELS, boxes=boxes,
)  # fmt: skip
