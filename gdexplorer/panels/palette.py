"""The colors, dashes, sizes and widths of a theme, as plain values that every panel draws with."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

BLUE = "#0072B2"  # the two classes of the data; nothing else wears these two
ORANGE = "#E69F00"


def contrast(first: str, second: str) -> float:
    """Return the WCAG 2 contrast ratio of two ``#rrggbb`` colors.

    ``(L1 + 0.05) / (L2 + 0.05)`` with the relative luminances L1 >= L2; from 1 (equal) to 21 (black on white).
    """
    dark, light = sorted((_luminance(first), _luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=4096)  # asked in every painting
def mix(first: str, second: str, share: float) -> str:
    """Return the color ``share`` of the way from ``first`` to ``second``, channel by channel in sRGB."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


@lru_cache(maxsize=1024)
def readable(color: str, background: str, ratio: float = 3.0) -> str:
    """Return ``color``, darkened or lightened just enough to reach ``ratio`` against ``background``."""
    ends = ("#000000", "#FFFFFF")
    end = max(ends, key=lambda candidate: contrast(candidate, background))
    shades = (mix(color, end, step / 50) for step in range(51))
    return next((shade for shade in shades if contrast(shade, background) >= ratio), end)


def _channels(color: str) -> tuple[int, int, int]:
    if len(color) != 7 or color[0] != "#":
        raise ValueError(f"The color {color!r} cannot be read; write it as #rrggbb.")
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    linear = [v / 12.92 if (v := c / 255) <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for c in _channels(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


SOLID: tuple[float, ...] = ()
DASHED: tuple[float, ...] = (6, 4)
DOTTED: tuple[float, ...] = (1.5, 3)
DASH_DOT: tuple[float, ...] = (7, 3, 1.5, 3)


@dataclass(frozen=True, slots=True)
class Lane:
    """How one run of a race is drawn, the same in every panel."""

    color: str
    dash: tuple[float, ...]  # Qt dash pattern in pen widths; empty = solid


_LANES = (
    Lane("#009E73", SOLID),
    Lane("#D55E00", DASHED),
    Lane("#CC79A7", DOTTED),
    Lane("#56B4E9", DASH_DOT),
    Lane("#8B5CF6", SOLID),
    Lane("#B8860B", DASHED),
    Lane("#6B7280", DOTTED),
)


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """One theme. Colors are ``#rrggbb``, font sizes points, widths pixels."""

    name: str
    label: str
    dark: bool
    window: str
    panel: str
    text: str
    muted: str
    grid: str
    accent: str
    on_accent: str  # text and icons upon the accent
    warning: str
    danger: str
    good: str
    body: float = 10.0
    small: float = 8.0
    title: float = 11.0
    paused_width: int = 1
    train_dash: tuple[float, ...] = SOLID
    test_dash: tuple[float, ...] = DASHED
    data: tuple[str, str] = (BLUE, ORANGE)
    path_core: str = "#111418"  # a path over a heat map: dark core, light casing
    path_casing: str = "#FFFFFF"
    colormap: str = "viridis"  # of landscapes; a name that pyqtgraph knows
    lane_styles: tuple[Lane, ...] = _LANES

    def scaled(self, scale: float) -> Self:
        """Return the palette with its font sizes multiplied by ``scale``."""
        return replace(self, body=self.body * scale, small=self.small * scale, title=self.title * scale)

    @property
    def icon_size(self) -> int:
        """Side of an icon in a button, in px, in step with the text."""
        return min(max(round(2 * self.body), 14), 48)

    def series(self, color: str) -> str:
        """Return ``color`` as a line upon a panel wears it: at least 3:1 against the panel."""
        return readable(color, self.panel)

    def lane(self, index: int) -> Lane:
        """Return the readable color and the dash of race lane ``index``; the eighth wears the text color."""
        lanes = (*self.lane_styles, Lane(self.text, DASH_DOT))
        style = lanes[index % len(lanes)]
        return Lane(self.series(style.color), style.dash)

    def ghost(self, index: int) -> Lane:
        """Return how a run that is only compared with is drawn: paler than a lane, and still readable."""
        lane = self.lane(index)
        return Lane(self.series(mix(self.panel, lane.color, 0.7)), lane.dash)

    def line_width(self, paused: bool) -> int:
        """Return the width of a series: 1 px while running, because Qt paints wider lines eight times slower."""
        return self.paused_width if paused else 1


LIGHT = Palette(
    name="light", label="Light", dark=False,
    window="#F6F7F9", panel="#FFFFFF", text="#1F2328", muted="#59636E", grid="#E3E6EA",
    accent="#0072B2", on_accent="#FFFFFF", warning="#8A5A00", danger="#B42318", good="#1A7F37",
)  # fmt: skip
DARK = Palette(
    name="dark", label="Dark", dark=True,
    window="#15181D", panel="#1C2026", text="#E6E8EB", muted="#9AA3AF", grid="#2C323A",
    accent="#56B4E9", on_accent="#15181D", warning="#E3B341", danger="#FF7B72", good="#56D364",
)  # fmt: skip
PROJECTOR = Palette(
    name="projector", label="Projector", dark=False,
    window="#FFFFFF", panel="#FFFFFF", text="#000000", muted="#333333", grid="#BDBDBD",
    accent="#00508C", on_accent="#FFFFFF", warning="#7A4E00", danger="#A40E0E", good="#0B5D22",
    body=18.0, small=18.0, title=20.0, paused_width=3,
)  # fmt: skip

PALETTES: dict[str, Palette] = {palette.name: palette for palette in (LIGHT, DARK, PROJECTOR)}
