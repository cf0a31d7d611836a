"""Tables of numbers as CSV, which a spreadsheet opens without taking text for formulas."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gdexplorer.arrays import Array, IntArray
from gdexplorer.lab.frame import Lane
from gdexplorer.lab.history import History, joined

FORMULA = ("=", "+", "-", "−", "@", "\t", "\r")
CURVES = ("update", "train_loss", "test_loss", "train_accuracy", "test_accuracy", "gradient_evaluations", "epochs")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its name, "" for the main one of several, and its columns, sequences or arrays, equally long."""

    name: str
    columns: Mapping[str, Any]

    @classmethod
    def of_rows(cls, name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> "Sheet":
        """Make a table of rows."""
        columns = list(zip(*rows, strict=True)) or [()] * len(heads)
        return cls(name, dict(zip(heads, columns, strict=True)))

    @classmethod
    def of_grid(cls, name: str, x: tuple[str, Array], y: tuple[str, Array], **values: Array | IntArray) -> "Sheet":
        """Make a table with a row for each point of a grid; values are (len(y), len(x))."""
        columns = {x[0]: np.tile(x[1], len(y[1])), y[0]: np.repeat(y[1], len(x[1]))}
        return cls(name, columns | {head: value.reshape(-1) for head, value in values.items()})


def encoded(sheet: Sheet, delimiter: str = ",") -> bytes:
    """Return a table as CSV: a header row, numbers as short as they can be read back, nothing where there is none."""
    columns = [column.tolist() if isinstance(column, np.ndarray) else list(column) for column in sheet.columns.values()]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(map(_cell, sheet.columns))
    writer.writerows(map(_cell, row) for row in zip(*columns, strict=True))
    return text.getvalue().encode()


def files(path: Path, sheets: Iterable[Sheet]) -> dict[Path, bytes]:
    """Return what to write: the main table to this path, others beside it, by their names."""
    return {path.with_stem(f"{path.stem}-{sheet.name}") if sheet.name else path: encoded(sheet) for sheet in sheets}


def _cell(value: Any) -> Any:
    """Return a cell; text that a spreadsheet would compute gets a quotation mark in front."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    if value is None or value != value:
        return ""
    return value.item() if isinstance(value, np.generic) else int(value) if isinstance(value, bool) else value


def curves(lanes: Sequence[Lane] | Mapping[str, History]) -> tuple[Sheet, ...]:
    """Return full-set losses and accuracies, and the batch losses, of one run or of all lanes of a race."""
    pairs = list(lanes.items() if isinstance(lanes, Mapping) else ((lane.name, lane.history) for lane in lanes))
    found = []
    for name, heads, parts in (("", CURVES, [history.curves for _, history in pairs]),
                               ("batch", ("update", "batch_loss"), [own.batch for _, own in pairs])):  # fmt: skip
        rows = [joined(part) for part in parts]
        whole = np.concatenate(rows)
        columns: dict[str, Any] = {}
        if len(pairs) > 1:
            columns["lane"] = [lane for (lane, _), own in zip(pairs, rows, strict=True) for _ in range(len(own))]
        columns |= dict(zip(heads, whole.T, strict=True))
        columns["update"] = whole[:, 0].astype(int)
        found.append(Sheet(name, columns))
    return tuple(found)
