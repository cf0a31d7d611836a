"""Reading files that strangers made: nothing is believed, and a failure is one plain sentence."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from gdexplorer.arrays import Array
from gdexplorer.lab.complaints import Complaint

HEADER_BYTES = 8 * 2**20
FILE_BYTES = 2**30
DEPTH, KEYS, TEXT = 32, 10_000, 2**16
GROUPS, VALUES = 200_000, 300_000  # lists and objects, and what is in them, in one text of JSON
DTYPES = {"float64": "F64", "float32": "F32", "int64": "I64"}


class Tensors:
    """An open safetensors file: a tensor is read only if it has the type and shape that are expected."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.names = frozenset(file.keys())
        self.metadata: dict[str, str] = file.metadata() or {}

    def is_float32(self, name: str) -> bool:
        """Whether a tensor that the file has is of this type."""
        return bool(self._file.get_slice(name).get_dtype() == DTYPES["float32"])

    def size(self, name: str) -> int:
        """Return how many numbers a tensor that the file has consists of."""
        return math.prod(self._file.get_slice(name).get_shape())

    def part(self, prefix: str) -> "Part":
        """Return the tensors whose names begin with `prefix`."""
        return Part(self, prefix)

    def read(self, name: str, dtype: str, *shape: int | range) -> Array:
        """Return a tensor of this type and shape; a range stands for a length that is to be found in it.

        Raises
        ------
        Complaint
            If it is missing or of another type or shape; nothing is allocated then.
        """
        if name not in self.names:
            raise Complaint(f"The array '{name}' is missing; the file is damaged.")
        entry = self._file.get_slice(name)
        found, kind = entry.get_shape(), entry.get_dtype()
        bounds = [range(size, size + 1) if isinstance(size, int) else size for size in shape]
        if len(found) != len(bounds) or kind != DTYPES[dtype] or not all(map(range.__contains__, bounds, found)):
            raise Complaint(f"The array '{name}' is {kind} of shape {found}, which does not fit; the file is damaged.")
        array: Array = self._file.get_tensor(name)
        return array


class Part:
    """The tensors whose names begin alike."""

    def __init__(self, tensors: Tensors, prefix: str) -> None:
        self._tensors, self._prefix = tensors, prefix

    def read(self, name: str, dtype: str, *shape: int | range) -> Array:
        """See `Tensors.read`."""
        return self._tensors.read(self._prefix + name, dtype, *shape)


@contextmanager
def opened(path: Path) -> Iterator[Tensors]:
    """Open a safetensors file whose header and size are within bounds.

    Raises
    ------
    Complaint
        If the file cannot be read, is no sound safetensors file or needs too much memory, also while it is in use.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = int.from_bytes(file.read(8), "little")
        if size > FILE_BYTES or header > min(size, HEADER_BYTES):
            raise Complaint(f"'{path.name}' is damaged or no session: its header does not fit; choose another file.")
        with safe_open(path, "np") as tensors:
            yield Tensors(tensors)
    except FileNotFoundError as error:
        raise Complaint(f"There is no file '{path}'; check the name.") from error
    except MemoryError as error:
        raise Complaint(f"'{path.name}' needs more memory than there is; close other programs, or choose another file."
                        ) from error  # fmt: skip
    except OSError as error:
        raise Complaint(f"'{path}' cannot be read: {error.strerror or error}.") from error
    except SafetensorError as error:
        raise Complaint(f"'{path.name}' is damaged or no session; choose another file.") from error


def bounded(text: str) -> bool:
    """Whether a text of JSON has not too many parts: three bytes may take sixty when parsed, 400 when refused."""
    return text.count("[") + text.count("{") <= GROUPS and text.count(",") <= VALUES


def parsed(text: str) -> Any:
    """Return the value of a JSON text, stricter than the standard library.

    Raises
    ------
    ValueError
        On NaN, infinities, duplicate keys, lone surrogates, and where nesting, keys, strings or the number of groups
        and values exceed the bounds.
    """
    if not bounded(text):
        raise ValueError("there is too much of it")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("the nesting is too deep") from error
    _check(value, 0)
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs) or len(values) > KEYS:
        raise ValueError("a name is given twice, or there are too many")
    return values


def _check(value: Any, depth: int) -> None:
    if depth > DEPTH:
        raise ValueError("the nesting is too deep")
    if isinstance(value, str):
        if len(value) > TEXT:
            raise ValueError("a text is too long")
        value.encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check(name, depth + 1)
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)
    elif isinstance(value, float) and value - value != 0:
        raise ValueError("a number is too large")
