"""The log of a run in a file, as JSON values with arrays and tables beside them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.data import Table
from gdexplorer.lab import race
from gdexplorer.lab.build import MOST_PARAMETERS
from gdexplorer.lab.commands import PREFIX, Change, Logged, decode, encode
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.records import MOST
from gdexplorer.lab.strict import Tensors

Log = Sequence[tuple[int, Logged]]


def packed(log: Log, tensors: dict[str, Array], tables: dict[str, Table]) -> list[list[Any]]:
    """Return a log as JSON values; what does not fit there goes to `tensors` and `tables`, by digest."""
    return [[at, encode(command, tensors, tables)] for at, command in log]


class Points(Mapping[str, Array]):
    """The arrays of all commands of a file, each read once, and when it is asked for."""

    def __init__(self, tensors: Tensors) -> None:
        self._tensors = tensors
        self._names = {name for name in tensors.names if name.startswith(PREFIX)}
        self._read: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._read:
            dtype = "float32" if self._tensors.is_float32(name) else "float64"
            self._read[name] = self._tensors.read(name, dtype, range(MOST_PARAMETERS + 1))
            self._read[name].setflags(write=False)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def unpacked(log: Sequence[tuple[int, dict[str, Any]]], updates: int, points: Points, tables: Mapping[str, Table]
             ) -> list[tuple[int, Logged]]:  # fmt: skip
    """Return the log that `packed` wrote, of a run that tried so many updates.

    Raises
    ------
    Complaint
        If it is out of order, something is missing, or a value has the wrong type.
    """
    result: list[tuple[int, Logged]] = []
    before = 0
    for at, values in log:
        if not before <= at <= updates:
            raise Complaint("The log of changes is out of order; the file is damaged.")
        result.append((at, _sound(decode(values, points, tables))))
        before = at
    return result


def _sound(command: Logged) -> Logged:
    fits = all(_FITS[field.type](getattr(command, field.name)) for field in fields(command))
    if not fits or (isinstance(command, Change) and race.begins(command.path)):
        raise Complaint(f"A {type(command).__name__} command of the log has values that do not fit; the file is "
                        "damaged.")  # fmt: skip
    return command


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MOST


def _is_number(value: object) -> bool:
    return isinstance(value, float) or (type(value) is int and abs(value) <= MOST)


def _is_array(value: object) -> bool:
    return isinstance(value, np.ndarray)


def _is_anything(value: object) -> bool:
    return True  # a setting is looked at by its schema, when the change is carried out


# by the type of a command's field
_FITS: Mapping[Any, Callable[[object], bool]] = {
    str: _is_text, int: _is_count, float: _is_number, Array: _is_array, Any: _is_anything,
}  # fmt: skip
