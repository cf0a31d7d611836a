"""A table of one's own: examples that somebody brought or drew, small enough to travel in a session."""

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.data.columns import LONGEST_LABEL, MOST_CLASSES
from gdexplorer.data.numbers import MOST
from gdexplorer.data.source import SMALLEST, Domain, Source, Task

OWN = "own"
MOST_EXAMPLES = 100_000
MOST_INPUTS = 255
MOST_NUMBERS = 2_000_000  # of all inputs together
MARGIN = 0.05  # of what is shown, on either side


class Table:
    """Examples, read-only; equal tables have equal digests.

    It is no dataclass because pydantic would take that apart.

    Parameters
    ----------
    title : str
        What to call it: the name of its file.
    x : Array, shape (n, d)
        Inputs, finite.
    y : Array, shape (n,)
        Values of a regression, else class indices 0 … classes − 1.
    inputs, target : tuple of str, str
        A name for each input and one for what is to be learned.
    labels : tuple of str
        A name for each class; none for a regression, two for a binary task.
    domain : tuple of (float, float), optional
        The viewing range of each input; that of the examples with a margin if not given.

    Raises
    ------
    ValueError
        One sentence, if the parts do not fit each other or are beyond the limits.
    """

    __slots__ = ("digest", "domain", "inputs", "labels", "target", "task", "title", "x", "y")

    title: str
    x: Array
    y: Array
    inputs: tuple[str, ...]
    target: str
    task: Task
    labels: tuple[str, ...]
    domain: Domain | None
    digest: str

    def __init__(self, title: str, x: Array, y: Array, inputs: Sequence[str], target: str, task: Task,
                 labels: Sequence[str] = (), domain: Domain | None = None) -> None:  # fmt: skip
        values = {"title": title, "x": frozen(np.ascontiguousarray(x, float)), "y": frozen(np.asarray(y, float)),
                  "inputs": tuple(inputs), "target": target, "task": task, "labels": tuple(labels),
                  "domain": domain}  # fmt: skip
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self._check()
        known = hashlib.sha256(json.dumps(self.description()).encode())
        for array in (self.x, self.y):
            known.update(array.tobytes())
        object.__setattr__(self, "digest", known.hexdigest())

    def _check(self) -> None:
        n, names = len(self.y), (self.title, self.target, *self.inputs, *self.labels)
        if self.x.ndim != 2 or self.y.ndim != 1 or self.x.shape != (n, len(self.inputs)) or not self.inputs:
            raise ValueError(f"A table needs a row of inputs for each target, not arrays of shapes {self.x.shape} and "
                             f"{self.y.shape} for {len(self.inputs)} inputs.")  # fmt: skip
        if n > MOST_EXAMPLES or len(self.inputs) > MOST_INPUTS or self.x.size > MOST_NUMBERS:
            raise ValueError(f"A table of {n:,} examples with {len(self.inputs):,} inputs is too large: "
                             f"at most {MOST_EXAMPLES:,} examples, {MOST_INPUTS} inputs, {MOST_NUMBERS:,} "
                             "numbers.")  # fmt: skip
        if not all(isinstance(name, str) and name and len(name) <= LONGEST_LABEL and name.isprintable()
                   for name in names):  # fmt: skip
            raise ValueError(f"The names in a table must be printable and have 1 to {LONGEST_LABEL} characters.")
        if len(set(self.inputs)) < len(self.inputs) or len(set(self.labels)) < len(self.labels):
            raise ValueError("The names of a table's inputs must differ, and so must those of its classes.")
        if not ((np.abs(self.x) <= MOST).all() and (np.abs(self.y) <= MOST).all()):
            raise ValueError(f"The numbers of a table must be finite and within ±{MOST:g}.")
        fitting = {"regression": range(1), "binary": range(2, 3), "classes": range(2, MOST_CLASSES + 1)}
        if self.task not in fitting or len(self.labels) not in fitting[self.task]:
            raise ValueError(f"A table of {len(self.labels)} classes does not fit the task '{self.task}'.")
        if self.labels and not np.isin(self.y, np.arange(len(self.labels))).all():
            raise ValueError(f"A class index must be one of 0 to {len(self.labels) - 1}.")
        if self.domain is not None and not (
            len(self.domain) == len(self.inputs) and all(-2 * MOST <= a < b <= 2 * MOST for a, b in self.domain)
        ):
            raise ValueError("A table's domain needs a lower and a higher number for each input.")

    def __setattr__(self, name: str, value: object = None) -> None:
        raise AttributeError("A table does not change; make another.")

    __delattr__ = __setattr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __len__(self) -> int:
        return len(self.y)

    def __repr__(self) -> str:
        return f"Table('{self.title}', {len(self)} × {len(self.inputs)}, {self.task})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Table, (self.title, self.x, self.y, self.inputs, self.target, self.task, self.labels, self.domain)

    def description(self) -> dict[str, Any]:
        """Return everything but the arrays, as JSON values."""
        domain = None if self.domain is None else [list(map(float, pair)) for pair in self.domain]
        return {"title": self.title, "inputs": list(self.inputs), "target": self.target, "task": self.task,
                "labels": list(self.labels), "domain": domain}  # fmt: skip

    @classmethod
    def of_points(cls, x: Array, y: Array, task: Task = "binary", labels: Sequence[str] = ("blue", "orange"),
                  domain: Domain = ((-2.0, 2.0), (-2.0, 2.0)), title: str = "drawn points") -> "Table":  # fmt: skip
        """Return points of the plane that somebody drew: x (n, 2), y (n,), n may be 0.

        For a regression y are values, and there are no labels.
        """
        return cls(title, x, y, ("x", "y"), "value" if task == "regression" else "class", task,
                   () if task == "regression" else labels, domain)  # fmt: skip

    def with_point(self, x: Sequence[float], y: float) -> "Table":
        """Return the table with one more example, the last; y is its value or its class index."""
        point = np.asarray(x, float).reshape(1, -1)
        if point.shape[1] != len(self.inputs):
            raise ValueError(f"A point of this table has {len(self.inputs)} coordinates, not {point.shape[1]}.")
        return self._with(np.vstack([self.x, point]), np.append(self.y, y))

    def without_point(self, index: int) -> "Table":
        """Return the table without one of its examples."""
        if not 0 <= index < len(self):
            raise ValueError(f"The table has no example {index}.")
        return self._with(np.delete(self.x, index, 0), np.delete(self.y, index))

    def _with(self, x: Array, y: Array) -> "Table":
        return Table(self.title, x, y, self.inputs, self.target, self.task, self.labels, self.domain)

    def source(self) -> Source:
        """Return the data set of these examples; equal tables have the same.

        Raises
        ------
        ValueError
            If there are too few examples for a training and a test split.
        """
        return _source(self)


@lru_cache(maxsize=4)
def _source(table: Table) -> Source:
    if len(table) < SMALLEST:
        have = "1 example" if len(table) == 1 else f"{len(table)} examples"
        raise ValueError(f"'{table.title}' has {have}; training and test need at least {SMALLEST} together: add some.")

    def make(n: int, _: float, points: np.random.Generator, __: np.random.Generator) -> tuple[Array, Array]:
        """Draw n rows without replacement; with another row in the table, most of those drawn stay."""
        rows = np.sort(points.random(len(table)).argsort(kind="stable")[:n])
        return table.x[rows], table.y[rows]

    return Source(
        OWN, table.title, f"Own data: {len(table):,} examples of '{table.target}'.", table.task, len(table.labels),
        table.inputs, table.domain or tuple(map(_range, table.x.T)), amount=len(table), noise=0.0, limit=len(table),
        make=make, noise_limit=0.0, labels=table.labels, steady=True,
    )  # fmt: skip


def _range(values: Array) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    least = 1e-6 * max(abs(low), abs(high)) or 1.0  # a constant is shown with some room around it
    margin = max(MARGIN * (high - low), least)
    return low - margin, high + margin
