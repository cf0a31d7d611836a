"""The style sheet: one type scale, an 8-px grid that grows gently with the text, few lines."""

from string import Template

from gdexplorer.panels.palette import Palette, mix


def style_sheet(palette: Palette) -> str:
    """Return the Qt style sheet of a palette."""
    unit = 8 * min(max((palette.body / 10) ** 0.5, 0.8), 2.0)

    def px(units: float) -> str:
        return f"{max(round(units * unit), 1)}px"

    handle = 2 * round(palette.body * 0.7)
    indicator = round(palette.body * 1.5)
    strong = 0.35 if palette.name == "projector" else 0.12
    return _SHEET.substitute(
        window=palette.window, panel=palette.panel, text=palette.text, muted=palette.muted, grid=palette.grid,
        accent=palette.accent, on_accent=palette.on_accent, good=palette.good,
        warning=palette.warning, danger=palette.danger,
        faint=mix(palette.text, palette.panel, 0.6),
        line=mix(palette.grid, palette.text, strong),
        hover=mix(palette.panel, palette.text, 0.06),
        pressed=mix(palette.panel, palette.text, 0.12),
        chosen=mix(palette.panel, palette.accent, 0.14),
        accent_hover=mix(palette.accent, palette.text, 0.15),
        accent_pressed=mix(palette.accent, palette.text, 0.3),
        groove=mix(palette.panel, palette.text, 0.3 if palette.name == "projector" else 0.16),
        scroll=mix(palette.panel, palette.text, 0.22),
        scroll_hover=mix(palette.panel, palette.text, 0.4),
        small=f"{palette.small:g}pt", title=f"{palette.title:g}pt",
        check="check-black" if palette.dark else "check-white", mark="check-white" if palette.dark else "check-black",
        u_25=px(0.25), u_5=px(0.5), u_75=px(0.75), u1=px(1), u1_5=px(1.5), u2=px(2), u3=px(3),
        radius=px(0.75), handle=f"{handle}px", handle_radius=f"{handle // 2}px", handle_out=f"{2 - handle // 2}px",
        knob=f"{handle - 4}px",
        indicator=f"{indicator}px", indicator_radius=f"{round(indicator * 0.25)}px", round=f"{indicator // 2}px",
        arrow=f"{round(palette.body * 1.2)}px", tick=f"{round(palette.body)}px", field=f"{round(palette.body * 2)}px",
        icon=f"{palette.icon_size}px", divider="2px" if palette.window == palette.panel else px(1),
        divider_color=palette.grid if palette.window == palette.panel else palette.window,
    )  # fmt: skip


_SHEET = Template("""
QToolTip { background: $panel; color: $text; border: 1px solid $line; padding: $u_5 $u_75; }

QLabel[role="title"] { font-size: $title; font-weight: 600; }
QLabel[role="small"] { font-size: $small; color: $muted; }
QLabel[role="muted"] { color: $muted; }
QLabel { background: transparent; }

QMainWindow::separator { background: $divider_color; width: $divider; height: $divider; }
QMainWindow::separator:hover { background: $scroll; }
QDockWidget { font-size: $title; font-weight: 600; color: $text; }
QDockWidget::title { background: $panel; padding: $u1 $u1_5 $u_75 $u1_5; text-align: left; }
QDockWidget > QWidget { background: $panel; }
QDockWidget { titlebar-close-icon: url(icons:dock-close.svg); titlebar-normal-icon: url(icons:dock-float.svg); }
QDockWidget::close-button, QDockWidget::float-button { border: none; border-radius: $u_5; padding: 0; }
QDockWidget::close-button { subcontrol-position: top right; top: $u1; right: $u_75; width: $icon; height: $icon; }
QDockWidget::float-button { subcontrol-position: top right; top: $u1; right: $u3; width: $icon; height: $icon; }
QDockWidget::close-button:hover, QDockWidget::float-button:hover { background: $hover; }

QMenuBar { background: $window; padding: $u_25 $u_5; }
QMenuBar::item { padding: $u_5 $u1; border-radius: $radius; background: transparent; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $pressed; color: $text; }
QMenu { background: $panel; border: 1px solid $line; padding: $u_5; icon-size: $icon; }
QMenu::item { padding: $u_75 $u3 $u_75 $u1_5; border-radius: $radius; }
QMenu::item:selected { background: $chosen; color: $text; }
QMenu::item:disabled { color: $faint; background: transparent; }
QMenu::separator { height: 1px; background: $grid; margin: $u_5 $u1; }
QMenu::icon { padding-left: $u1; }
QMenu::indicator { width: $indicator; height: $indicator; margin-left: $u_5; }
QMenu::indicator:checked { image: url(icons:$mark.svg); }
QMenu::right-arrow { image: url(icons:arrow-right.svg); width: $arrow; height: $arrow; margin-right: $u_5; }

QStatusBar { background: $window; color: $muted; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $muted; padding: 0 $u_5; }
QStatusBar QLabel[role="alarm"] { color: $danger; font-weight: 600; border: 1px solid $danger; border-radius: $radius;
  margin-right: $u1_5; }

QToolBar { background: $window; border: none; padding: $u_5 $u1; spacing: $u_5; }
QToolBar::separator { background: $grid; width: 1px; margin: $u_5 $u1; }

QWidget[past="true"] { background: $chosen; border-bottom: 1px solid $accent; }

QPushButton { background: $panel; border: 1px solid $line; border-radius: $radius; padding: $u_5 $u1_5;
  icon-size: $icon; }
QPushButton:hover { background: $hover; }
QPushButton:pressed, QPushButton:checked { background: $pressed; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $faint; border-color: $grid; background: transparent; }
QPushButton[primary="true"] { background: $accent; border-color: $accent; color: $on_accent; font-weight: 600; }
QPushButton[primary="true"]:hover { background: $accent_hover; }
QPushButton[primary="true"]:pressed { background: $accent_pressed; }
QPushButton[primary="true"]:focus { border: 2px solid $text; }
QPushButton[primary="true"]:disabled { background: $pressed; border-color: $pressed; color: $faint; }

QToolButton { background: transparent; border: 1px solid transparent; border-radius: $radius; padding: $u_5;
  icon-size: $icon; }
QToolButton:hover { background: $hover; }
QToolButton:pressed { background: $pressed; }
QToolButton:checked { background: $chosen; color: $accent; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $faint; }
QToolButton::menu-indicator { image: none; }
QToolButton[primary="true"] { background: $accent; border-color: $accent; color: $on_accent; padding: $u_75; }
QToolButton[primary="true"]:hover { background: $accent_hover; }
QToolButton[primary="true"]:pressed { background: $accent_pressed; }
QToolButton[primary="true"]:focus { border: 2px solid $text; }

QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit {
  background: $panel; border: 1px solid $line; border-radius: $radius; padding: $u_25 $u_75; min-height: $field;
  selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $faint; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus { border-color: $accent; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: $faint; border-color: $grid; }
QAbstractSpinBox QLineEdit { border: none; padding: 0; background: transparent; }
QComboBox { padding-left: $u1; padding-right: 0; }
QComboBox::drop-down { border: none; width: $u3; }
QComboBox::down-arrow { image: url(icons:arrow-down.svg); width: $arrow; height: $arrow; }
QPlainTextEdit { min-height: 0; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $line; padding: $u_5; outline: none;
  selection-background-color: $chosen; selection-color: $text; }
QComboBox QAbstractItemView::item { padding: $u_5 $u_75; border-radius: $radius; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; background: transparent; width: $u2; }
QAbstractSpinBox::up-button { subcontrol-position: top right; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; }
QAbstractSpinBox::up-arrow { image: url(icons:arrow-up.svg); width: $tick; height: $tick; }
QAbstractSpinBox::down-arrow { image: url(icons:arrow-down.svg); width: $tick; height: $tick; }

QSlider:horizontal { min-height: $handle; }
QSlider:vertical { min-width: $handle; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $groove; }
QSlider::groove:vertical { width: 4px; border-radius: 2px; background: $groove; }
QSlider::sub-page:horizontal, QSlider::add-page:vertical { background: $accent; border-radius: 2px; }
QSlider::handle { background: $accent; border: 2px solid $panel; border-radius: $handle_radius; }
QSlider::handle:horizontal { width: $knob; margin: $handle_out 0; }
QSlider::handle:vertical { height: $knob; margin: 0 $handle_out; }
QSlider::handle:hover { background: $accent_hover; }
QSlider::handle:focus { border: 2px solid $text; }
QSlider::sub-page:disabled, QSlider::handle:disabled { background: $faint; }

QCheckBox, QRadioButton { spacing: $u1; }
QCheckBox::indicator, QRadioButton::indicator { width: $indicator; height: $indicator; border: 1px solid $faint;
  background: $panel; }
QCheckBox::indicator { border-radius: $indicator_radius; }
QRadioButton::indicator { border-radius: $round; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url(icons:$check.svg); }
QRadioButton::indicator:checked { border: 1px solid $accent;
  background: qradialgradient(cx:0.5, cy:0.5, radius:0.5, fx:0.5, fy:0.5,
    stop:0 $accent, stop:0.5 $accent, stop:0.58 $panel, stop:1 $panel); }
QCheckBox:focus, QRadioButton:focus { color: $accent; }

QTabWidget::pane { border: none; border-top: 1px solid $grid; }
QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: $muted; padding: $u_75 $u1_5; border: none;
  border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $accent; }

QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }

QProgressBar { background: $groove; border: none; border-radius: $u_5; min-height: $u1; max-height: $u1; }
QProgressBar::chunk { background: $accent; border-radius: $u_5; }

QTableView { background: $panel; border: 1px solid $line; border-radius: $radius; gridline-color: $grid;
  selection-background-color: $chosen; selection-color: $text; outline: none; }
QTableView::item { padding: $u_25 $u_75; }
QTableView::item:focus { border: 1px solid $accent; color: $text; }
QTableView::indicator { width: $tick; height: $tick; border: 1px solid $faint; background: $panel;
  border-radius: $u_25; }
QTableView::indicator:checked { background: $accent; border-color: $accent; image: url(icons:$check.svg); }
QTreeView { background: $panel; border: none; outline: none; }
QTreeView::item { padding: $u_5 $u_75; }
QTreeView::item:hover { background: $hover; color: $text; }
QTreeView::item:selected { background: $chosen; color: $text; }

QHeaderView { background: $panel; border: none; }
QHeaderView::section { background: $panel; color: $text; border: none; border-bottom: 1px solid $line;
  padding: $u_5 $u_75; }
QHeaderView::section:vertical { color: $muted; border-bottom: none; border-right: 1px solid $line;
  padding: 0 $u_75; }
QTableView QTableCornerButton::section { background: $panel; border: none; border-bottom: 1px solid $line; }

QScrollArea { border: none; background: transparent; }
QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: $u1; }
QScrollBar:horizontal { height: $u1; }
QScrollBar::handle { background: $scroll; border-radius: 3px; margin: 1px; }
QScrollBar::handle:vertical { min-height: $u3; }
QScrollBar::handle:horizontal { min-width: $u3; }
QScrollBar::handle:hover { background: $scroll_hover; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QToolButton[chip="true"] { border: 1px solid $line; }
QToolButton[chip="true"]:checked { border-color: $accent; font-weight: 600; }
QToolButton[heading="true"] { font-weight: 600; padding: $u_5 0; text-align: left; }
QToolButton[heading="true"]:hover { background: transparent; color: $accent; }
QToolButton[heading="true"]:checked { background: transparent; color: $text; }
""")
