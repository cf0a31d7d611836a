"""Surfaces for the tests of the 3-D view."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.panels.heatmap import colors_of
from gdexplorer.panels.relief import Relief, relief
from gdexplorer.panels.scene import Box
from gdexplorer.panels.terrain import Terrain, terrain

XS = YS = np.linspace(-6, 6, 51)
X, Y = np.meshgrid(XS, YS)
HIMMELBLAU = 1 + (X**2 + Y - 11) ** 2 + (X + Y**2 - 7) ** 2
TILTED = 10 ** ((X + 6) / 12)  # its log10 is a plane that rises with x
RIDGE = 10 ** np.exp(-(Y**2))  # a wall along x


def surface(losses: Array) -> Any:
    plane = SimpleNamespace(axes=("first", "second"), kind="random")
    return SimpleNamespace(xs=XS, ys=YS, losses=losses, plane=plane)


def raised(losses: Array) -> Relief:
    return relief(surface(losses), None)


def lit(losses: Array) -> Terrain:
    made = raised(losses)
    return terrain(made, colors_of("viridis"), Box(made.fine.window, made.levels))
