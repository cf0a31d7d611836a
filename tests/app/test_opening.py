import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gdexplorer.app.opening import SIZE, Opening
from gdexplorer.panels.palette import PALETTES

LATE = ("numpy", "pydantic", "pyqtgraph", "gdexplorer.lab", "gdexplorer.app.window")


@pytest.fixture
def kept(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)


@pytest.mark.parametrize("theme", [*PALETTES, "pink"])
def test_it_wears_the_theme_of_the_window(qtbot: QtBot, kept: QSettings, theme: str) -> None:
    kept.setValue("window/theme", theme)
    opening = Opening(kept)
    qtbot.addWidget(opening)
    opening.appear()
    assert opening.isVisible()
    image = opening.grab().toImage()
    assert image.pixelColor(1, 1) == QColor(PALETTES.get(theme, PALETTES["light"]).window)
    middle = {image.pixelColor(x, SIZE[1] // 2 - 30).name() for x in range(SIZE[0] // 2 - 40, SIZE[0] // 2 + 40)}
    assert len(middle) > 3


def test_it_stands_where_the_window_will_be(qtbot: QtBot, kept: QSettings) -> None:
    window, opening = QWidget(), Opening(kept)
    for widget in (window, opening):
        qtbot.addWidget(widget)
    opening.appear()
    opening.setGeometry(40, 50, 700, 500)
    with qtbot.waitSignal(opening.destroyed):
        opening.give_way(window)
    assert window.isVisible()
    assert window.geometry().getRect() == (40, 50, 700, 500)
    window.setGeometry(60, 70, 640, 480)
    kept.setValue("window/geometry", window.saveGeometry())
    again = Opening(kept)
    qtbot.addWidget(again)
    assert again.geometry() == window.geometry()


def test_nothing_that_takes_time_is_imported_for_it() -> None:
    code = "import sys, gdexplorer.app.main, gdexplorer.app.opening; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert "gdexplorer.app.opening" in loaded
    assert not [name for name in loaded if name in LATE]
