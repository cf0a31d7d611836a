"""The icons, under the name that the window's code uses; panels take them from ``gdexplorer.panels.icons``."""

from gdexplorer.panels.icons import icon

__all__ = ["icon"]
