"""A window's looks: theme, size of text, and where its parts are, kept from one time to the next."""

import logging

from PySide6.QtCore import QByteArray, QSettings, Qt
from PySide6.QtWidgets import QApplication, QMainWindow

from gdexplorer.app import theme
from gdexplorer.app.arrangement import Arrangement
from gdexplorer.app.opening import SIZE
from gdexplorer.panels.palette import PALETTES

_LOG = logging.getLogger("gdexplorer")


class Looks(QMainWindow):
    """A window that wears a theme and keeps its arrangement."""

    host: Arrangement

    def __init__(self, settings: QSettings) -> None:
        looks = _kept(settings)
        palette = theme.apply(_app(), *looks, sheeted=False)  # until it runs, Qt hands on no font to what is there
        super().__init__()
        self.settings, self.palette_now = settings, palette
        self.theme, self.scale = looks
        self.resize(*SIZE)

    def show_palette(self) -> None:
        """Hand the palette to everything that is drawn."""
        raise NotImplementedError

    def set_theme(self, name: str, scale: float | None = None) -> None:
        """Put on a theme."""
        self.theme, self.scale, size = name, scale or self.scale, self.size()
        self.palette_now = theme.apply(_app(), name, self.scale)
        self.show_palette()
        if not self.isMaximized() and not self.isFullScreen():
            self.resize(size)  # large type made it wider before the arrangement had fewer panels

    def toggle_projector(self) -> None:
        """Put on the projector theme, or take it off again."""
        self.set_theme("light" if self.theme == "projector" else "projector")

    def toggle_full_screen(self) -> None:
        """Fill the screen, or stop filling it."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def larger(self) -> None:
        """Make text larger."""
        self.set_theme(self.theme, min(self.scale * 1.1, theme.SCALES[1]))

    def smaller(self) -> None:
        """Make text smaller."""
        self.set_theme(self.theme, max(self.scale / 1.1, theme.SCALES[0]))

    def normal_size(self) -> None:
        """Return to the theme's own text size."""
        self.set_theme(self.theme, 1.0)

    def restore_layout(self) -> None:
        """Return to the arrangement of the last time, if one was kept; Qt keeps it on a visible screen."""
        kept = self.settings
        self.set_theme(*_kept(kept))
        for key, restore in (("geometry", self.restoreGeometry), ("docks", self.host.restoreState)):
            if isinstance(value := kept.value(f"window/{key}"), QByteArray):
                restore(value)

    def keep_layout(self) -> None:
        """Keep the arrangement for the next time."""
        self.host.restore_maximized()
        self.settings.setValue("window/geometry", self.saveGeometry())
        self.settings.setValue("window/docks", self.host.saveState())
        self.settings.setValue("window/theme", self.theme)
        self.settings.setValue("window/scale", self.scale)
        self.settings.sync()
        if self.settings.status() is QSettings.Status.AccessError:
            _LOG.warning("The arrangement of the window could not be kept in '%s'.", self.settings.fileName())


def _kept(settings: QSettings) -> tuple[str, float]:
    """Return the theme and the scale of the last time, or what comes close to them."""
    scale = float(str(settings.value("window/scale", 1.0, type=float))) or 1.0  # 0.0 for what is no number
    name = str(settings.value("window/theme", "light"))
    return name if name in PALETTES else "light", max(theme.SCALES[0], min(scale, theme.SCALES[1]))


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
