"""Own data as a setting, and how they travel: numbers as tensors named by the table's digest, names as JSON."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, PlainSerializer, PlainValidator, ValidationError, ValidationInfo

from gdexplorer.arrays import Array
from gdexplorer.data import Table, Task
from gdexplorer.data.table import MOST_EXAMPLES, MOST_INPUTS
from gdexplorer.fields import Settings
from gdexplorer.lab.complaints import Complaint, explain
from gdexplorer.lab.strict import Tensors

PREFIX = "table."
MOST_TOGETHER = 10_000_000  # numbers in all tables of a session
Name = Annotated[str, Field(max_length=100)]


def _resolved(value: object, info: ValidationInfo) -> Table | None:
    """Take a table, or the digest of one that validation was given."""
    if value is None or isinstance(value, Table):
        return value
    table: Table | None = (info.context or {}).get("tables", {}).get(value) if isinstance(value, str) else None
    if table is None:
        raise ValueError("own data cannot be named, only read from their file; use --data FILE, or open a session.")
    return table


# its digest in JSON
OwnTable = Annotated[
    Table | None,
    PlainValidator(_resolved),
    PlainSerializer(lambda table: table and table.digest, when_used="json"),
]


class _Description(Settings):
    """A table without its numbers."""

    digest: str = Field(pattern="^[0-9a-f]{64}$")
    title: Name
    inputs: tuple[Name, ...] = Field(max_length=MOST_INPUTS)
    target: Name
    task: Task
    labels: tuple[Name, ...] = Field(max_length=100)
    domain: tuple[tuple[float, float], ...] | None


def packed(table: Table, tensors: dict[str, Array]) -> dict[str, Any]:
    """Return a table as JSON values; its arrays go to `tensors`, those of equal tables once.

    Raises
    ------
    Complaint
        If there are more numbers than a session may hold.
    """
    tensors |= {f"{PREFIX}{table.digest}.x": table.x, f"{PREFIX}{table.digest}.y": table.y}
    if sum(array.size for name, array in tensors.items() if name.startswith(PREFIX)) > MOST_TOGETHER:
        raise Complaint(f"The session has had more own data than a file may hold, {MOST_TOGETHER:,} numbers; begin a "
                        "new session with the present data.")  # fmt: skip
    return {"digest": table.digest, **table.description()}


def read(tensors: Tensors) -> dict[str, Array]:
    """Return the arrays of all tables of a file, by name.

    Raises
    ------
    Complaint
        If one has another type or shape than a table's, or there are more numbers than a session may hold.
    """
    names = sorted(name for name in tensors.names if name.startswith(PREFIX))
    if sum(map(tensors.size, names)) > MOST_TOGETHER:
        raise Complaint(f"The tables have more than {MOST_TOGETHER:,} numbers; the file is damaged.")
    rows, columns = range(MOST_EXAMPLES + 1), range(1, MOST_INPUTS + 1)
    return {name: tensors.read(name, "float64", rows, *([columns] if name.endswith(".x") else [])) for name in names}


def unpacked(values: object, tensors: Mapping[str, Array]) -> Table:
    """Return the table that `packed` wrote.

    Raises
    ------
    ValueError
        One sentence, if something is missing or does not fit.
    """
    try:
        own = _Description.model_validate(values)
    except ValidationError as error:
        raise Complaint(explain(error, "a table")) from error
    names = [f"{PREFIX}{own.digest}.{part}" for part in "xy"]
    for name in names:
        if name not in tensors:
            raise Complaint(f"The array '{name}' is missing; the file is damaged.")
    x, y = (tensors[name] for name in names)
    table = Table(own.title, x, y, own.inputs, own.target, own.task, own.labels, own.domain)
    if table.digest != own.digest:
        raise Complaint(f"The table '{own.title}' is not the one that was saved; the file is damaged.")
    return table
