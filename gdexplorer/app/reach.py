"""The settings of the side panel by their names, for whoever looks for one."""

from collections.abc import Iterator, Mapping

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QScrollArea, QWidget

from gdexplorer.app.editor import Editor, caption
from gdexplorer.app.section import SectionBox


class Reach:
    """Lists the settings that the present experiment has, and goes to one, also where "More" is closed."""

    def __init__(self, area: QScrollArea, editors: Mapping[str, Editor], more: SectionBox) -> None:
        self._area, self._editors, self._more = area, editors, more

    def listed(self) -> Iterator[tuple[str, str]]:
        """Yield path and name of each."""
        for path, editor in self._editors.items():
            if editor.description is not None and self._fits(editor):
                yield path, caption(editor.description)

    def _fits(self, editor: Editor) -> bool:
        """Whether nothing hides it but "More"."""
        part: QWidget | None = editor
        while part is not None and (not part.isHidden() or part.parentWidget() is self._more):
            if part is self._area.widget():
                return True
            part = part.parentWidget()
        return False

    def bring(self, path: str) -> None:
        """Show a setting's control and give it the focus."""
        editor = self._editors[path]
        if not editor.isVisibleTo(self._area):
            self._more.header.click()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)  # where it stands now
        self._area.ensureWidgetVisible(editor)
        editor.setFocus(Qt.FocusReason.ShortcutFocusReason)
