"""Session files spoiled in every way that a damaged disk or an unkind person may find."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

KEY = "gdexplorer"
RAW = ("NaN", "Infinity", "-Infinity", "1e999", "-0.0", "1" * 5000, "9" * 400, "0x10", "01", "1_000", "", "tru",
       "[" * 40 + "]" * 40, "[" * 30 + "]" * 30, "[" * 100_000, "[" + "[]," * 150_000 + "[]]",
       '{"a":' * 50 + "1" + "}" * 50, '{"a":1,"a":2}', '"\\ud800"', '"\\udc00x"', '"\\u0000"',
       '"' + "x" * 70_000 + '"')  # fmt: skip
VALUES = (None, True, False, -1, 0, 1, 2, 7, 99, 2**31, 2**32, 2**53, 2**53 + 1, 2**63, 2**64, 2**128, 10**400,
          -(10**30), 0.5, -0.5, 1e-320, 1e308, -1e308, 1e-8, "", "a", "sgd", "adam", "0", "../x", "x" * 5000, "é\u202e",
          100_000, [], {}, [[]], [None], [0, 1], {"kind": "adam"}, {"tensor": "x"}, [1e308] * 40)  # fmt: skip
SIZES = (-1, 0, 1, 2, 3, 2**31, 2**40, 2**62, 2**63, 2**64, 1.5, "4", None, [1])

DTYPES = ("F16", "BF16", "F32", "F64", "I64", "I32", "U8", "BOOL", "F8_E4M3", "X", 3, None)

Mutation = Callable[[bytes, np.random.Generator], bytes]


def mutated(bases: Sequence[bytes], seed: int) -> bytes:
    """Return one of the files with one to three things wrong; the same for the same seed."""
    rng = np.random.default_rng([seed, 20240229])
    content = bases[rng.integers(len(bases))]
    for _ in range(rng.integers(1, 4, 2).min()):
        try:
            content = _any(rng, MUTATIONS)(content, rng)
        except (TypeError, ValueError, LookupError, AttributeError):  # what was spoiled before is beyond this one
            content = _flip(content, rng)
        if rng.random() < 0.02:
            other = bases[rng.integers(len(bases))]
            content = content[: rng.integers(len(content) + 1)] + other[rng.integers(len(other)) :]
    return content


def _any(rng: np.random.Generator, choices: Sequence[Any]) -> Any:
    return choices[rng.integers(len(choices))]


# ---- bytes -------------------------------------------------------------------------------------------------------


def _flip(content: bytes, rng: np.random.Generator, most: int | None = None) -> bytes:
    broken = bytearray(content)
    for place in rng.integers(0, most or max(len(broken), 1), rng.integers(1, 17)):
        if place < len(broken):
            broken[place] ^= 1 << int(rng.integers(8))
    return bytes(broken)


def _flip_header(content: bytes, rng: np.random.Generator) -> bytes:
    return _flip(content, rng, 8 + min(int.from_bytes(content[:8], "little"), len(content)))


def _cut(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: rng.integers(len(content) + 1)]


def _move(content: bytes, rng: np.random.Generator) -> bytes:
    """Cut out, repeat, blank or insert a part."""
    a, b = sorted(rng.integers(0, len(content) + 1, 2))
    part = content[a : min(b, a + 5000)]
    rest = content[a + len(part) :]
    return content[:a] + _any(rng, (b"", part + part, bytes(len(part)), part[::-1], rng.bytes(20) + part)) + rest


def _length(content: bytes, rng: np.random.Generator) -> bytes:
    found = int.from_bytes(content[:8], "little")
    lengths = (0, 1, found - 1, found + 1, found + 8, len(content), 2**23, 2**23 + 1, 2**31, 2**63, 2**64 - 1)
    return (_any(rng, lengths) % 2**64).to_bytes(8, "little") + content[8:]


# ---- the header --------------------------------------------------------------------------------------------------


def _opened(content: bytes) -> tuple[dict[str, Any], bytes] | None:
    end = 8 + int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8:end])
        return (header, content[end:]) if isinstance(header, dict) and len(header) > 1 else None
    except (ValueError, RecursionError):
        return None


def _closed(header: dict[str, Any], data: bytes) -> bytes:
    text = json.dumps(header, ensure_ascii=bool(len(data) % 2), separators=(",", ":")).encode(errors="surrogatepass")
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


def _tensors(content: bytes, rng: np.random.Generator) -> bytes:
    """Spoil what the header says of tensors."""
    if (opened := _opened(content)) is None:
        return _flip(content, rng)
    header, data = opened
    names = [name for name, entry in header.items() if isinstance(entry, dict) and "data_offsets" in entry]
    if not names:
        return _flip(content, rng)
    name, other = _any(rng, names), _any(rng, names)
    entry = header[name]
    match rng.integers(9):
        case 0:
            entry["data_offsets"] = [_any(rng, (*SIZES, *entry["data_offsets"])) for _ in range(rng.integers(1, 4))]
        case 1:
            entry["data_offsets"] = header[other]["data_offsets"]
        case 2:
            entry["shape"] = [*entry["shape"], _any(rng, SIZES)][: rng.integers(1, 5)]
        case 3:
            entry["shape"] = [_any(rng, SIZES) for _ in range(rng.integers(0, 6))]
        case 4:
            entry["dtype"] = _any(rng, DTYPES)
        case 5:
            header[_any(rng, (other, name + "x", "", "log", name[:-1], "__metadata__"))] = header.pop(name)
        case 6:
            del header[name]
        case 7:
            header[name], header[other] = header[other], header[name]
        case 8:
            entry[_any(rng, ("surprise", "shape", "dtype"))] = _any(rng, VALUES)
    return _closed(header, data)


def _numbers(content: bytes, rng: np.random.Generator) -> bytes:
    """Put other numbers into a tensor, and the right digest beside weights."""
    if (opened := _opened(content)) is None:
        return _flip(content, rng)
    header, data = opened
    names = [name for name, entry in header.items() if isinstance(entry, dict) and "data_offsets" in entry]
    name = _any(rng, names)
    start, stop = header[name]["data_offsets"]
    if not (isinstance(start, int) and isinstance(stop, int) and 0 <= start < stop <= len(data)):
        return _flip(content, rng)
    width = 4 if header[name]["dtype"] == "F32" else 8
    values = np.frombuffer(data[start : start + (stop - start) // width * width], f"f{width}").copy()
    with np.errstate(over="ignore"):
        values[rng.integers(0, len(values), 3)] = _any(rng, (np.nan, np.inf, -1.0, 1e308, 1e150, 0.0, 1e-310, 2.0**60))
    part = values.tobytes()
    if name.endswith(".theta") and rng.random() < 0.9 and isinstance(header.get("__metadata__"), dict):
        text, old = header["__metadata__"].get(KEY, ""), hashlib.sha256(data[start:stop]).hexdigest()
        header["__metadata__"][KEY] = str(text).replace(old, hashlib.sha256(part).hexdigest())
    return _closed(header, data[:start] + part + data[start + len(part) :])


# ---- the metadata ------------------------------------------------------------------------------------------------


def _metadata(content: bytes, rng: np.random.Generator) -> bytes:
    """Spoil the JSON of the metadata: a value, a name, a list, or the text itself."""
    opened = _opened(content)
    if opened is None or not isinstance(opened[0].get("__metadata__"), dict):
        return _flip(content, rng)
    header, data = opened
    text = header["__metadata__"].get(KEY)
    try:
        values = json.loads(text)
        groups = [group for group in _groups(values) if group]
    except (ValueError, TypeError, RecursionError):
        return _flip(content, rng)
    if not groups:
        return _flip(content, rng)
    group, other = _any(rng, groups), _any(rng, groups)
    names = list(group) if isinstance(group, dict) else list(range(len(group)))
    name, raw = _any(rng, names), None
    match rng.integers(11):
        case 0 | 1 | 2:
            group[name] = _any(rng, VALUES)
        case 3:
            group[name], raw = "@RAW@", _any(rng, RAW)
        case 4:
            group[name] = _copy(_any(rng, list(other.values()) if isinstance(other, dict) else other))
        case 5:
            del group[name]
        case 6:
            if isinstance(group, dict):
                group[_any(rng, ("surprise", "kind", "version", "", "é"))] = group.pop(name)
            else:
                group.reverse()
        case 7:
            if isinstance(group, dict):
                group[_any(rng, ("surprise", "kind", "table", "__class__"))] = _any(rng, VALUES)
            else:
                group.extend(_copy(group) * int(_any(rng, (1, 9, 1000)) // len(group) + 1))
        case 8 | 9:
            numbers = [key for key in names if type(group[key]) in (int, float)]
            if numbers:
                key = _any(rng, numbers)
                group[key] = _any(rng, (group[key] + 1, -group[key], group[key] * 1000, group[key] / 3, group[key] - 1))
        case 10:
            header["__metadata__"] = _any(rng, (
                {KEY: text, "other": "x"}, {KEY: text[: rng.integers(len(text))]}, {KEY: text + text}, {"other": text},
                {KEY: 3}, {}, None, {KEY: json.dumps(_any(rng, VALUES))}, {KEY: text + " "}, {KEY: "\ufeff" + text},
            ))  # fmt: skip
            return _closed(header, data)
    spoiled = json.dumps(values, ensure_ascii=bool(rng.integers(2)), separators=(",", ":"))
    header["__metadata__"][KEY] = spoiled if raw is None else spoiled.replace('"@RAW@"', raw)
    return _closed(header, data)


def _groups(value: Any) -> list[Any]:
    """Return all objects and lists, the outer ones as often as there are levels below."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [value, *(found for one in inner for found in _groups(one))] if isinstance(value, dict | list) else []


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value))


MUTATIONS: tuple[Mutation, ...] = (
    _flip, _flip_header, _cut, _move, _length, _tensors, _tensors, _numbers, _numbers, *[_metadata] * 6,
)  # fmt: skip
