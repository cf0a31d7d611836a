"""A sentence until there is something to see, then that above its caption: what most panels are made of."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QStackedLayout, QVBoxLayout, QWidget

from gdexplorer.panels.text import label


class Pages(QStackedLayout):
    """Two pages below a panel's header, the sentence first.

    Parameters
    ----------
    panel
        Whose layout this becomes, below what is `above`: the header, and whatever stands over it.
    content
        What there is to see.
    body
        The widget that content and caption are laid out in, if it is one of its own.
    """

    def __init__(self, panel: QWidget, sentence: str, content: QLayout, caption: QWidget, *above: QWidget | QLayout,
                 body: QWidget | None = None) -> None:  # fmt: skip
        super().__init__()
        self.waiting = label(sentence, "muted")
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.waiting.setWordWrap(True)
        body = body or QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(8, 0, 8, 0)
        column.setSpacing(4)
        column.addLayout(content, 1)
        column.addWidget(caption)
        self.addWidget(self.waiting)
        self.addWidget(body)
        outer = QVBoxLayout(panel)
        outer.setContentsMargins(0, 0, 0, 4)
        outer.setSpacing(2)
        for part in above:
            if isinstance(part, QWidget):
                outer.addWidget(part)
            else:
                outer.addLayout(part)
        outer.addLayout(self, 1)

    def say(self, sentence: str) -> None:
        """Show a sentence in place of the content."""
        self.waiting.setText(sentence)
        self.setCurrentIndex(0)

    def show_content(self) -> None:
        """Show what there is to see."""
        self.setCurrentIndex(1)
