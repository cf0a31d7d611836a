"""From the description of a setting to its control."""

from collections.abc import Iterable
from typing import Any, Literal, get_args, get_origin

from PySide6.QtWidgets import QWidget

from gdexplorer.app.choice import ChipsEditor, Choice, ChoiceEditor, SwitchEditor, TextEditor
from gdexplorer.app.editor import Editor
from gdexplorer.app.number import NumberEditor
from gdexplorer.app.section import SectionBox
from gdexplorer.fields import Description

__all__ = [
    "ChipsEditor",
    "Choice",
    "ChoiceEditor",
    "Editor",
    "NumberEditor",
    "SectionBox",
    "SwitchEditor",
    "TextEditor",
    "editor_for",
]


def editor_for(
    path: str,
    description: Description,
    choices: Iterable[tuple[Any, str, str]] | None = None,
    parent: QWidget | None = None,
) -> Editor:
    """Make the control that fits a setting's annotation.

    Parameters
    ----------
    path
        What the control says about itself when the user moves it: ``"optimizer.learning_rate"``.
    choices
        Value, label and help of each choice, for names that a catalogue resolves. A ``Literal`` needs none.

    Raises
    ------
    TypeError
        Where no control fits the annotation.
    """
    annotation = description.annotation
    offered = None if choices is None else tuple(Choice(*choice) for choice in choices)
    if get_origin(annotation) is tuple:
        inner = get_args(annotation)[0]
        if offered := offered or _literal_choices(inner):
            return ChipsEditor(path, description, offered, parent)
    elif offered := offered or _literal_choices(annotation):
        return ChoiceEditor(path, description, offered, parent)
    elif annotation is bool:
        return SwitchEditor(path, description, parent)
    elif annotation is int or annotation is float:
        return NumberEditor(path, description, parent)
    elif annotation is str:
        return TextEditor(path, description, parent)
    raise TypeError(f"{path}: no control fits {annotation!r}; give it choices or a type of its own.")


def _literal_choices(annotation: Any) -> tuple[Choice, ...]:
    if get_origin(annotation) is not Literal:
        return ()
    return tuple(Choice(value, str(value).replace("_", " ")) for value in get_args(annotation))
