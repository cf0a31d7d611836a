"""In which settings one experiment differs from another, in a few words."""

from typing import Any

from pydantic import BaseModel

from gdexplorer.data import Table
from gdexplorer.fields import describe
from gdexplorer.lab.experiment import Experiment

MOST = 4  # that are named
ASIDE = ("title", "commentary", "show")


def differing(one: Experiment, other: Experiment) -> str:
    """Return the settings of `one` that `other` has otherwise, such as "η 0.3; B 8"; "" where there are none."""
    found = [text for name in type(one).model_fields if name not in ASIDE
             for text in _differing(getattr(one, name), getattr(other, name), name)]  # fmt: skip
    return "; ".join(found[:MOST]) + (f"; {len(found) - MOST} more" if len(found) > MOST else "")


def _differing(one: Any, other: Any, name: str) -> list[str]:
    if one == other:
        return []
    if isinstance(one, BaseModel) and type(one) is type(other):
        named = {field.name: field.symbol or field.label for field in describe(type(one))}
        names = {field: named.get(field, field) for field in type(one).model_fields}
        return [text for field, shown in names.items()
                for text in _differing(getattr(one, field), getattr(other, field), shown)]  # fmt: skip
    if isinstance(one, tuple) and isinstance(other, tuple) and list(map(type, one)) == list(map(type, other)):
        found = [text for mine, theirs in zip(one, other, strict=True) for text in _differing(mine, theirs, name)]
        return list(dict.fromkeys(found))  # what all layers have alike is told once
    return [f"{name} {_short(one)}"]


def _short(value: Any) -> str:
    match value:
        case bool():
            return "on" if value else "off"
        case float():
            return f"{value:.3g}"
        case Table():
            return f"of {len(value.y):,} points"
        case tuple() | list():
            return "-".join(map(_short, value)) or "none"
        case BaseModel():
            return str(getattr(value, "short", None) or getattr(value, "kind", type(value).__name__))
    return str(value)
