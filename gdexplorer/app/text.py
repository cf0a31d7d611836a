"""Plain-text labels, under the name that the window's code uses; panels take them from ``gdexplorer.panels.text``."""

from gdexplorer.panels.text import Role, label, set_tooltip, tooltip

__all__ = ["Role", "label", "set_tooltip", "tooltip"]
