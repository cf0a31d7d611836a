from typing import get_args

import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.landscape.stationary import Verdict
from gdexplorer.panels.badge import COLORS, Badge
from gdexplorer.panels.palette import PALETTES, contrast, mix


@pytest.mark.parametrize("verdict", get_args(Verdict))
@pytest.mark.parametrize("name", PALETTES)
def test_every_verdict_is_readable_in_every_theme(verdict: Verdict, name: str, qtbot: QtBot) -> None:
    badge, palette = Badge(), PALETTES[name]
    qtbot.addWidget(badge)
    badge.show_palette(palette)
    badge.show_verdict(verdict)
    badge.resize(badge.sizeHint())
    color = getattr(palette, COLORS[verdict])
    ground = mix(palette.panel, color, 0.12)
    assert contrast(color, ground) >= 4.2
    image = badge.grab().toImage()
    assert image.pixelColor(image.height() // 2, 3).name().upper() == ground.upper()
    assert badge.sizeHint().width() > badge.fontMetrics().horizontalAdvance(verdict)
    assert badge.accessibleDescription() == verdict
