"""Own data as a setting, and how they travel: numbers as tensors named by the table's digest, names as JSON."""

from collections.abc import Mapping, Sequence
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


def packed(tables: Mapping[str, Table], tensors: dict[str, Array]) -> list[dict[str, Any]]:
    """Return tables, by digest, as JSON values; their arrays go to `tensors`.

    Raises
    ------
    Complaint
        If there are more numbers than a session may hold.
    """
    if sum(table.x.size + table.y.size for table in tables.values()) > MOST_TOGETHER:
        raise Complaint(f"The session has had more own data than a file may hold, {MOST_TOGETHER:,} numbers; begin a "
                        "new session with the present data.")  # fmt: skip
    for digest, table in tables.items():
        tensors |= {f"{PREFIX}{digest}.x": table.x, f"{PREFIX}{digest}.y": table.y}
    return [{"digest": digest, **tables[digest].description()} for digest in sorted(tables)]


def unpacked(described: Sequence[object], tensors: Tensors) -> dict[str, Table]:
    """Return the tables that `packed` wrote, by digest.

    Raises
    ------
    ValueError
        One sentence, if something is missing or does not fit.
    """
    if sum(tensors.size(name) for name in tensors.names if name.startswith(PREFIX)) > MOST_TOGETHER:
        raise Complaint(f"The tables have more than {MOST_TOGETHER:,} numbers; the file is damaged.")
    tables: dict[str, Table] = {}
    for values in described:
        table = _table(values, tensors)
        if table.digest in tables:
            raise Complaint(f"The table '{table.title}' is there twice; the file is damaged.")
        tables[table.digest] = table
    return tables


def _table(values: object, tensors: Tensors) -> Table:
    try:
        own = _Description.model_validate(values)
    except ValidationError as error:
        raise Complaint(explain(error, "a table")) from error
    rows, columns, name = range(MOST_EXAMPLES + 1), range(1, MOST_INPUTS + 1), f"{PREFIX}{own.digest}"
    x, y = tensors.read(f"{name}.x", "float64", rows, columns), tensors.read(f"{name}.y", "float64", rows)
    table = Table(own.title, x, y, own.inputs, own.target, own.task, own.labels, own.domain)
    if table.digest != own.digest:
        raise Complaint(f"The table '{own.title}' is not the one that was saved; the file is damaged.")
    return table
