"""How the window looks: a QPalette and one style sheet, all made from a ``Palette``."""

from PySide6.QtCore import QDir, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from gdexplorer import resources
from gdexplorer.app.stylesheet import style_sheet
from gdexplorer.panels.palette import PALETTES, Palette, mix

SCALES = (0.6, 3.0)  # smallest and largest factor of Ctrl+− and Ctrl++

_ROLE = QPalette.ColorRole


def apply(app: QApplication, name: str, scale: float = 1.0, *, sheeted: bool = True) -> Palette:
    """Dress the application in theme ``name`` with all text ``scale`` times its normal size.

    A window is built without its sheet: under one Qt dresses a widget anew whenever it is put into another, which
    doubles the time. Returns the palette with its sizes scaled, for the panels.

    Raises
    ------
    ValueError
        For a name that is no theme, or a scale outside ``SCALES``.
    """
    if name not in PALETTES:
        raise ValueError(f"There is no theme named {name!r}; choose one of {', '.join(PALETTES)}.")
    if not SCALES[0] <= scale <= SCALES[1]:
        raise ValueError(f"Text cannot be scaled by {scale:g}; choose a factor from {SCALES[0]:g} to {SCALES[1]:g}.")
    palette = PALETTES[name].scaled(scale)
    QDir.setSearchPaths("icons", [str(resources.path("icons"))])
    sheet = style_sheet(palette) if sheeted else ""
    if changed := app.styleSheet() != sheet:  # Qt dresses every widget anew, even in what it wears
        app.setStyleSheet("")  # and takes four times as long from one sheet to another as from none
    app.styleHints().setColorScheme(Qt.ColorScheme.Dark if palette.dark else Qt.ColorScheme.Light)
    app.setPalette(_colors(palette))
    app.setFont(body_font(palette))
    if changed:
        app.setStyleSheet(sheet)
    return palette


def body_font(palette: Palette) -> QFont:
    """Return the system's interface font at the size of body text."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPointSizeF(palette.body)
    return font


def small_font(palette: Palette) -> QFont:
    """Return the system's interface font at the size of tick labels and notes."""
    font = body_font(palette)
    font.setPointSizeF(palette.small)
    return font


def _colors(palette: Palette) -> QPalette:
    colors = QPalette()
    faint = mix(palette.text, palette.panel, 0.6)
    roles = {
        _ROLE.Window: palette.window,
        _ROLE.Base: palette.panel,
        _ROLE.AlternateBase: mix(palette.panel, palette.text, 0.03),
        _ROLE.Button: palette.panel,
        _ROLE.WindowText: palette.text,
        _ROLE.Text: palette.text,
        _ROLE.ButtonText: palette.text,
        _ROLE.BrightText: palette.danger,
        _ROLE.PlaceholderText: palette.muted,
        _ROLE.ToolTipBase: palette.panel,
        _ROLE.ToolTipText: palette.text,
        _ROLE.Highlight: palette.accent,
        _ROLE.HighlightedText: palette.on_accent,
        _ROLE.Accent: palette.accent,
        _ROLE.Link: palette.accent,
        _ROLE.LinkVisited: palette.accent,
        _ROLE.Light: mix(palette.panel, palette.text, 0.02),
        _ROLE.Midlight: palette.grid,
        _ROLE.Mid: mix(palette.grid, palette.text, 0.15),
        _ROLE.Dark: mix(palette.grid, palette.text, 0.35),
        _ROLE.Shadow: mix(palette.panel, "#000000", 0.5),
    }
    for role, color in roles.items():
        colors.setColor(role, QColor(color))
    for role in (_ROLE.WindowText, _ROLE.Text, _ROLE.ButtonText, _ROLE.ToolTipText):
        colors.setColor(QPalette.ColorGroup.Disabled, role, QColor(faint))
    colors.setColor(QPalette.ColorGroup.Disabled, _ROLE.Highlight, QColor(palette.grid))
    colors.setColor(QPalette.ColorGroup.Disabled, _ROLE.HighlightedText, QColor(palette.muted))
    return colors
