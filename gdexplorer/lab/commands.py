"""Commands: everything that can change a run, as frozen values with a JSON codec.

If a replay needs it, it is a command; play, pause, speed and what panels ask for are transport and not logged.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias, get_args

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.data import Table
from gdexplorer.lab.complaints import Complaint, unknown
from gdexplorer.lab.experiment import Experiment

NETWORK = "network"
PREFIX = "array."  # of arrays beside the JSON


@dataclass(frozen=True, slots=True)
class Change:
    """Set one setting of the experiment, named by its dotted path."""

    path: str
    value: Any


@dataclass(frozen=True, slots=True)
class Reinitialize:
    """Draw weights anew: of the whole network or of the layer whose id is `scope`."""

    scope: str
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class MoveTo:
    """Put θ at a point (P,); the optimizer starts afresh there."""

    theta: Array


@dataclass(frozen=True, slots=True)
class Nudge:
    """Add N(0, sigma²) to every parameter; the optimizer starts afresh there."""

    sigma: float
    seed: int


@dataclass(frozen=True, slots=True)
class SetParameter:
    """Set one parameter of θ; an optimizer that is a rule keeps its moments."""

    index: int
    value: float


@dataclass(frozen=True, slots=True)
class Restart:
    """Begin again at update 0 with the settings as they are now."""


@dataclass(frozen=True, slots=True)
class Solve:
    """Put θ at the minimizer, where there is a formula for it: the normal equations of a linear regression."""


@dataclass(frozen=True, slots=True)
class KeepBest:
    """Put θ where the test loss was lowest, as early stopping has kept it; the optimizer starts afresh there."""


@dataclass(frozen=True, slots=True)
class UpdateOn:
    """Make one update on a single training example, counted from 0; of what training draws next, nothing changes."""

    example: int


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin an experiment at update 0, in place of the present one."""

    experiment: Experiment


Logged: TypeAlias = Change | Reinitialize | MoveTo | Nudge | SetParameter | Solve | KeepBest | UpdateOn
Command: TypeAlias = Logged | Restart | Begin  # the last two, and a few changes, begin a run with a log of its own

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Logged)}


def encode(command: Logged, tensors: dict[str, Array], tables: dict[str, Table]) -> dict[str, Any]:
    """Return a command as JSON values; arrays and tables go beside them by digest, so that equal ones are kept once."""
    values: dict[str, Any] = {"kind": type(command).__name__}
    for field in fields(command):
        value = getattr(command, field.name)
        if isinstance(value, np.ndarray):
            key = f"{PREFIX}{hashlib.sha256(value.dtype.str.encode() + value.tobytes()).hexdigest()}"
            tensors[key] = value
            value = {"tensor": key}
        elif isinstance(value, Table):
            tables[value.digest] = value
            value = {"table": value.digest}
        values[field.name] = value
    return values


def decode(values: Mapping[str, Any], tensors: Mapping[str, Array], tables: Mapping[str, Table]) -> Logged:
    """Return the command that `encode` wrote.

    Raises
    ------
    Complaint
        If the kind is unknown, a field is missing, or an array or a table is not there.
    """
    given = dict(values)
    kind = given.pop("kind", None)
    if not isinstance(kind, str) or kind not in _KINDS:
        raise Complaint(unknown("command", kind, _KINDS))
    for key, value in given.items():
        for sort, found in (("tensor", tensors), ("table", tables)):
            if isinstance(value, Mapping) and set(value) == {sort}:
                name = value[sort]
                if not isinstance(name, str) or name not in found:
                    raise Complaint(f"The {sort} '{name}' of a {kind} command is missing; the file is damaged.")
                given[key] = found[name]
    names = {field.name for field in fields(_KINDS[kind])}
    if set(given) != names:
        raise Complaint(f"A {kind} command needs {', '.join(sorted(names)) or 'no fields'}; the file is damaged.")
    command: Logged = _KINDS[kind](**given)
    return command
