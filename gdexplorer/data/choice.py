"""From the columns of a file to a table: what is to be learned, from what, and as which task."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from gdexplorer.arrays import Array, BoolArray
from gdexplorer.data.columns import MOST_CLASSES, NO_LABEL, Column
from gdexplorer.data.preview import Preview
from gdexplorer.data.source import SMALLEST, Task
from gdexplorer.data.table import MOST_EXAMPLES, MOST_NUMBERS, Table
from gdexplorer.data.text_file import shown

FEW = 20  # distinct whole numbers that are taken for classes
LARGE = 100.0
TASKS: tuple[Task, ...] = ("regression", "binary", "classes")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A table, and a sentence for everything that was done to the rows of the file."""

    table: Table
    notes: tuple[str, ...]


def usable_as_target(column: Column) -> bool:
    """Whether there is something in a column that can be learned."""
    return not column.constant and (column.numbers is not None or len(column.labels) > 1)


def usable_as_input(column: Column) -> bool:
    """Whether a column is worth being an input: numbers that differ, no more than half of them missing."""
    values = column.numbers
    return values is not None and not column.constant and 2 * (column.blanks + column.wrong) <= len(values)


def suggested_target(preview: Preview) -> str:
    """Return the last column that can be learned from another one, or else the last."""
    for column in reversed(preview.columns):
        if usable_as_target(column) and any(usable_as_input(c) for c in preview.columns if c is not column):
            return column.name
    return preview.columns[-1].name


def suggested_inputs(preview: Preview, target: str) -> tuple[str, ...]:
    """Return the columns that are worth being inputs."""
    return tuple(c.name for c in preview.columns if c.name != target and usable_as_input(c))


def suggested_task(column: Column) -> Task:
    """Return classes for text and for few whole numbers, binary if there are two, regression for other numbers."""
    if column.numbers is None:
        return "binary" if len(column.labels) == 2 else "classes"
    values = np.unique(column.numbers[~np.isnan(column.numbers)])
    if len(values) > FEW or 2 * len(values) > len(column.numbers) or (values != np.round(values)).any():
        return "regression"
    return "binary" if len(values) == 2 else "classes"


def choose(preview: Preview, target: str, inputs: Sequence[str] | None = None, task: Task | None = None) -> Chosen:
    """Return the table that learns a target from inputs.

    Parameters
    ----------
    inputs
        Names of numeric columns; all that are worth it if not given.
    task
        What is learned; suggested by the target's values if not given.

    Raises
    ------
    ValueError
        One sentence, if there is no such column or it cannot be used so.
    """
    wanted = _column(preview, target)
    notes: list[str] = []
    if inputs is None:
        inputs = suggested_inputs(preview, target)
        left = [c.name for c in preview.columns if c.name != target and c.name not in inputs]
        if left and inputs:
            notes.append(f"Not used as inputs, being text, constant or mostly blank: {shown(', '.join(left), 200)}.")
    columns = [_input(_column(preview, name), target) for name in inputs]
    if not columns:
        raise ValueError(f"'{preview.name}' has no column of numbers besides '{target}' to learn it from; choose "
                         "another target or file.")  # fmt: skip
    if len(set(inputs)) < len(inputs):
        raise ValueError("An input is named twice; name each once.")
    task = task or suggested_task(wanted)
    if task not in TASKS:
        raise ValueError(f"There is no task '{task}'; choose {', '.join(TASKS)}.")
    values, labels = _values(wanted, task)
    fine: BoolArray = ~np.isnan(values)
    for values_of in columns:
        fine &= ~np.isnan(values_of)
    count = int(fine.sum())
    if out := preview.rows - count:
        rows = "1 row with a blank or wrong cell is" if out == 1 else f"{out:,} rows with a blank or wrong cell are"
        notes.append(f"{rows} left out; {count:,} remain.")
    if preview.rows < SMALLEST:
        raise ValueError(f"The file has {preview.rows} of the {SMALLEST} rows that are needed; open a longer one.")
    if count < SMALLEST:
        raise ValueError(f"Only {count} of {preview.rows:,} rows have all the chosen cells, and at least {SMALLEST} "
                         "are needed; choose other columns.")  # fmt: skip
    rows_kept, said = _sampled(np.flatnonzero(fine), len(columns))
    notes += said
    y = values[rows_kept]
    if labels:
        y, labels = _present(y, labels, wanted.name, task)
    elif y.min() == y.max():
        notes.append(f"'{wanted.name}' is {y[0]:g} in every row, so there is nothing to learn.")
    elif np.abs(y).max() > LARGE:
        notes.append(f"'{wanted.name}' reaches {np.abs(y).max():.3g}, and targets are not scaled: begin with a small "
                     "learning rate.")  # fmt: skip
    x = np.column_stack([values_of[rows_kept] for values_of in columns])
    return Chosen(Table(preview.name, x, y, tuple(inputs), wanted.name, task, labels), tuple(notes))


def _column(preview: Preview, name: str) -> Column:
    names = [column.name for column in preview.columns]
    if name not in names:
        close = get_close_matches(name, names, n=1)
        advice = f"did you mean '{close[0]}'?" if close else f"choose one of {shown(', '.join(names), 200)}."
        raise ValueError(f"'{preview.name}' has no column '{shown(name)}'; {advice}")
    return preview.columns[names.index(name)]


def _input(column: Column, target: str) -> Array:
    if column.name == target:
        raise ValueError(f"'{target}' cannot be target and input; choose another column for one of them.")
    if column.numbers is None:
        raise ValueError(f"Column '{column.name}' is text, and an input must be numeric; leave it out.")
    return column.numbers


def _values(column: Column, task: Task) -> tuple[Array, tuple[str, ...]]:
    """Return values or class indices, NaN where there is none, and the names of the classes in order."""
    if column.numbers is None and task == "regression":
        raise ValueError(f"Column '{column.name}' is text, which no regression can learn; choose classes.")
    if column.numbers is not None and task == "regression":
        return column.numbers, ()
    if column.numbers is not None:
        there = ~np.isnan(column.numbers)
        distinct = np.unique(column.numbers[there])
        if len(distinct) > MOST_CLASSES:
            raise ValueError(f"Column '{column.name}' has {len(distinct):,} different numbers, more than "
                             f"{MOST_CLASSES} classes; choose regression.")  # fmt: skip
        values = np.full(len(there), np.nan)
        values[there] = np.searchsorted(distinct, column.numbers[there])
        return values, tuple(f"{value:.15g}" if value != 0 else "0" for value in distinct.tolist())
    if column.codes is None:
        raise ValueError(f"Column '{column.name}' has more than {MOST_CLASSES} different texts or very long ones, too "
                         "many for classes; choose another target.")  # fmt: skip
    return _sorted(column.codes, column.labels)


def _sorted(codes: NDArray[np.uint8], labels: tuple[str, ...]) -> tuple[Array, tuple[str, ...]]:
    order = sorted(labels)
    rank = np.full(NO_LABEL + 1, np.nan)
    rank[: len(labels)] = [order.index(label) for label in labels]
    return rank[codes], tuple(order)


def _sampled(rows: NDArray[np.intp], inputs: int) -> tuple[NDArray[np.intp], list[str]]:
    """Return as many rows as a table takes, drawn evenly, in their order, and say so."""
    most = min(MOST_EXAMPLES, MOST_NUMBERS // inputs)
    if len(rows) <= most:
        return rows, []
    rng = np.random.Generator(np.random.PCG64(0))
    note = f"{most:,} of {len(rows):,} rows, drawn evenly, are used: as many as an experiment takes."
    return np.sort(rng.choice(rows, most, replace=False)), [note]


def _present(y: Array, labels: tuple[str, ...], name: str, task: Task) -> tuple[Array, tuple[str, ...]]:
    """Return class indices and names of the classes that occur."""
    found, indices = np.unique(y, return_inverse=True)
    names = [shown(labels[int(k)]) or "?" for k in found]
    names = [name if names.count(name) == 1 else f"{name} ({k})" for k, name in enumerate(names, 1)]
    if len(names) < 2:
        raise ValueError(f"Column '{name}' has one class only, '{names[0]}', so there is nothing to tell apart; choose "
                         "another target.")  # fmt: skip
    if task == "binary" and len(names) != 2:
        raise ValueError(f"Column '{name}' has {len(names)} classes, and a binary task has 2; choose classes.")
    return indices.astype(float), tuple(names)
