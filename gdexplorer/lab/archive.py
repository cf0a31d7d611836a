"""A session as one file: safetensors whose metadata is JSON.

The file holds the experiment it began with and the present one, the log of commands, θ, the optimizer's slots, the
streams of randomness and the history. No pickle, and no path inside a file is followed.
"""

import hashlib
import json
import math
import os
import tempfile
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import asdict, astuple, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, NonNegativeFloat, NonNegativeInt, ValidationError
from safetensors.numpy import save as serialized

from gdexplorer.arrays import Array, frozen
from gdexplorer.fields import Settings
from gdexplorer.lab import build, race, tables
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.commands import (
    Change,
    Command,
    KeepBest,
    MoveTo,
    Nudge,
    Reinitialize,
    Restart,
    SetParameter,
    Solve,
    UpdateOn,
    decode,
    encode,
)
from gdexplorer.lab.complaints import Complaint, explain
from gdexplorer.lab.experiment import MOST_RIVALS, Experiment, validated
from gdexplorer.lab.history import CURVES, Marker, Recorder, joined
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health, State, Status
from gdexplorer.lab.stopping import Stopping
from gdexplorer.lab.strict import HEADER_BYTES, Part, Tensors, opened, parsed
from gdexplorer.objectives.streams import NAMES, Streams
from gdexplorer.optim.clipping import Tally
from gdexplorer.optim.plateau import Plateau, Watch

VERSION = 1
SUFFIX = ".gdx"
KEY = "gdexplorer"
MOST = 2**53
ROWS = range(2_100_001)  # of a history: exact and coarse ones
EXAMPLES = range(100_001)


class _Generator(Settings):
    """A PCG64's state; 128-bit integers as text, for most readers of JSON would round them."""

    state: str = Field(pattern="^[0-9]+$", max_length=39)
    inc: str = Field(pattern="^[0-9]+$", max_length=39)
    has_uint32: int = Field(ge=0, le=1)
    uinteger: int = Field(ge=0, lt=2**32)


class _Watch(Settings):
    """What a run waits for."""

    best: float | None = None  # None for infinity, which JSON does not have
    at: int = Field(default=0, ge=0, le=MOST)
    since: int = Field(default=0, ge=0, le=MOST)
    factor: float = Field(default=1.0, ge=0, le=1)
    stopped: int = Field(default=-1, ge=-1, le=MOST)
    kept: bool = False  # whether the best θ is there, as an array

    def values(self) -> tuple[float, int, int]:
        """Return what every watch has."""
        return math.inf if self.best is None else self.best, self.at, self.since


class _Lane(Settings):
    """What is no array of one run: the experiment's own, or a rival's."""

    step: int = Field(ge=0, le=MOST)
    extra: int = Field(ge=-MOST, le=MOST)
    sha256: str
    health: Health
    layer: str
    reason: str
    numbers: tuple[dict[str, int | float], ...] = Field(min_length=1, max_length=2)  # of each player
    generators: dict[str, _Generator]
    epoch: int = Field(ge=0, le=MOST)
    cursor: int = Field(ge=0)
    examples: int = Field(ge=0)
    tally: tuple[NonNegativeInt, NonNegativeInt, NonNegativeFloat, NonNegativeFloat] = (0, 0, 0.0, 0.0)
    plateau: _Watch = _Watch()
    stopping: _Watch = _Watch()
    markers: tuple[tuple[int, str, bool], ...] = Field(max_length=1000)
    path_steps: tuple[int, ...] = Field(min_length=1, max_length=512)
    path_spacing: int = Field(ge=1, le=MOST)


class _Record(Settings):
    """The metadata: everything that is no array."""

    version: Literal[1]
    start: dict[str, Any]
    experiment: dict[str, Any]
    log: tuple[tuple[int, dict[str, Any]], ...]
    updates: int = Field(ge=0, le=MOST)
    lanes: tuple[_Lane, ...] = Field(min_length=1, max_length=1 + MOST_RIVALS)
    tables: tuple[dict[str, Any], ...] = ()  # that the experiments name by digest


def digest(theta: Array) -> str:
    """Return the SHA-256 of θ's bytes."""
    return hashlib.sha256(theta.tobytes()).hexdigest()


def packed(session: Session) -> bytes:
    """Return a session as the bytes of its file.

    Raises
    ------
    Complaint
        If its log is longer than a file may hold.
    """
    tensors: dict[str, Array] = {}
    log = [[at, encode(command, tensors, f"log.{number}")] for number, (at, command) in enumerate(session.log)]
    record = {
        "version": VERSION,
        "start": session.start.model_dump(mode="json"),
        "experiment": session.run.state.experiment.model_dump(mode="json"),
        "log": log,
        "updates": session.updates,
        "lanes": [_lane(run, f"lane.{number}.", tensors) for number, run in enumerate(session.runs)],
    }
    own = {table for experiment in (session.start, session.run.state.experiment) if (table := experiment.data.table)}
    if own:
        record["tables"] = [tables.packed(table, tensors) for table in sorted(own, key=lambda table: table.digest)]
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
    content = serialized({name: np.ascontiguousarray(array) for name, array in tensors.items()}, {KEY: text})
    if int.from_bytes(content[:8], "little") > HEADER_BYTES:
        raise Complaint(f"The session has too many changes ({len(log):,}) for one file; restart the run, then save.")
    return content


def _lane(run: Run, prefix: str, tensors: dict[str, Array]) -> dict[str, Any]:
    """Return what is no array of a run; arrays go to `tensors` under names that begin with `prefix`."""
    state, recorder, streams = run.state, run.recorder, run.state.streams.state()
    tensors |= {
        f"{prefix}theta": state.theta,
        f"{prefix}buffers": state.buffers,
        f"{prefix}permutation": streams["permutation"].astype(np.int64),
        f"{prefix}history.batch": joined(recorder.batch.parts()),
        f"{prefix}history.curves": joined(recorder.curves.parts()),
        f"{prefix}history.path": np.stack(recorder.path.points),
    }
    if state.stopping.theta is not None:
        tensors[f"{prefix}best"] = state.stopping.theta
    numbers = []
    for player, slots in enumerate(state.slots):
        arrays, saved = slots.saved()
        tensors |= {f"{prefix}slots.{player}.{name}": array for name, array in arrays.items()}
        numbers.append(saved)
    return {
        "step": state.step,
        "extra": state.extra,
        "sha256": digest(state.theta),
        **asdict(state.status),
        "numbers": numbers,
        "generators": {name: _as_text(value) for name, value in streams["generators"].items()},
        **{name: streams[name] for name in ("epoch", "cursor")},
        "examples": run.examples,
        "tally": astuple(state.tally),
        "plateau": _watch(state.plateau),
        "stopping": _watch(state.stopping),
        "markers": [[marker.step, marker.label, marker.breaks] for marker in recorder.markers],
        "path_steps": recorder.path.steps,
        "path_spacing": recorder.path.spacing,
    }


def _watch(watch: Watch) -> dict[str, Any]:
    values = {field.name: getattr(watch, field.name) for field in fields(watch)}
    if "theta" in values:
        values["kept"] = values.pop("theta") is not None
    return values | {"best": watch.best if math.isfinite(watch.best) else None}


def _plain(value: Any) -> Any:
    """Return NumPy's numbers and settings inside a command as JSON values."""
    return value.item() if isinstance(value, np.generic) else value.model_dump(mode="json")


def _as_text(state: dict[str, Any]) -> dict[str, Any]:
    numbers = {name: str(value) for name, value in state["state"].items()}
    return {**numbers, "has_uint32": state["has_uint32"], "uinteger": state["uinteger"]}


def write(path: Path, content: bytes) -> None:
    """Put a file there whole or not at all: the old one stays until the new one is safe.

    Raises
    ------
    Complaint
        If the disk or the folder refuses.
    """
    target, temporary = Path(os.path.realpath(path)), ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
        temporary = ""
    except OSError as error:
        raise Complaint(f"'{path}' could not be saved: {error.strerror or error}; save somewhere else.") from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def save(session: Session, path: Path) -> None:
    """Save a session between two updates.

    Raises
    ------
    Complaint
        See `packed` and `write`.
    """
    write(path, packed(session))


def load(path: Path, catalogue: Catalogue, executor: Executor | None = None) -> Session:
    """Return the session of a file, which goes on bit for bit as it would have.

    Raises
    ------
    Complaint
        If the file is missing, damaged, hostile or of a newer version.
    """
    with opened(path) as tensors:
        try:
            record = _record(tensors, path.name)
            numbers = tables.read(tensors)
            own = {table.digest: table for table in (tables.unpacked(values, numbers) for values in record.tables)}
            session = Session(validated(record.start, catalogue, path.name, own), catalogue, executor)
            lanes = race.lanes(validated(record.experiment, catalogue, path.name, own))
            if len(lanes) != len(record.lanes):
                raise Complaint(f"The file has {len(record.lanes)} lanes for {len(lanes)} optimizers; it is damaged.")
            session.runs = [
                _run(lane, experiment, tensors.part(f"lane.{number}."), catalogue)
                for number, (lane, experiment) in enumerate(zip(record.lanes, lanes, strict=True))
            ]
            session.log, session.updates = _log(record, tensors, numbers), record.updates
        except Complaint:
            raise
        except (ValueError, TypeError, ArithmeticError, LookupError) as error:
            raise Complaint(f"'{path.name}' is damaged: {str(error).rstrip('.')}.") from error
    return session


def _record(tensors: Tensors, name: str) -> _Record:
    if KEY not in tensors.metadata:
        raise Complaint(f"'{name}' is no session of gdexplorer; choose another file.")
    values = parsed(tensors.metadata[KEY])
    version = values.get("version") if isinstance(values, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise Complaint(f"'{name}' was saved by a newer gdexplorer (format {version}); update the program to open it.")
    try:
        return _Record.model_validate(values)
    except ValidationError as error:
        raise Complaint(explain(error, name)) from error


def _run(record: _Lane, experiment: Experiment, tensors: Part, catalogue: Catalogue) -> Run:
    objective = build.objective(experiment, catalogue)
    size, dtype = objective.layout.size, objective.dtype
    theta = tensors.read("theta", dtype.name, size)
    if digest(theta) != record.sha256 or not (np.abs(theta) < np.sqrt(np.finfo(dtype).max)).all():
        raise Complaint("The weights are not those that were saved; the file is damaged.")
    buffers = tensors.read("buffers", dtype.name, objective.buffers.size)
    if not np.isfinite(buffers).all():
        raise Complaint("The running statistics are not finite; the file is damaged.")
    state = State(
        record.step, experiment, theta.copy(), buffers.copy(), (), _streams(record, tensors),
        Status(record.health, record.layer, record.reason), record.extra, Tally(*record.tally),
    )  # fmt: skip
    state.plateau = Plateau(*record.plateau.values(), record.plateau.factor)
    best = frozen(tensors.read("best", dtype.name, size)) if record.stopping.kept else None
    state.stopping = Stopping(*record.stopping.values(), best, record.stopping.stopped)
    run = Run.of(state, catalogue, _recorder(record, tensors, size))
    run.fresh_slots()
    for player, (slots, saved) in enumerate(zip(state.slots, record.numbers, strict=True)):
        mine = slots.saved()[0].items()
        slots.restore({name: tensors.read(f"slots.{player}.{name}", dtype.name, *array.shape) for name, array in mine},
                      saved)  # fmt: skip
    run.tune()  # changes nothing unless file and knobs contradict each other
    copies = tuple(slots.copy() for slots in state.slots)
    run.propose(copies, objective.full(), np.empty_like(theta))  # damaged counters raise here, not in training
    run.examples = record.examples
    return run


def _streams(record: _Lane, tensors: Part) -> Streams:
    permutation = tensors.read("permutation", "int64", EXAMPLES)
    if not np.array_equal(np.sort(permutation), np.arange(len(permutation))) or record.cursor > len(permutation):
        raise Complaint("The order of the examples is no permutation; the file is damaged.")
    if set(record.generators) != set(NAMES):
        raise Complaint(f"The generators must be {', '.join(NAMES)}; the file is damaged.")
    generators = {}
    for name, saved in record.generators.items():
        numbers = {"state": int(saved.state) % 2**128, "inc": int(saved.inc) % 2**128}
        generators[name] = {"bit_generator": "PCG64", "state": numbers, "has_uint32": saved.has_uint32,
                            "uinteger": saved.uinteger}  # fmt: skip
    return Streams.restored({
        "generators": generators, "permutation": permutation.astype(np.intp), "cursor": record.cursor,
        "epoch": record.epoch,
    })  # fmt: skip


def _recorder(record: _Lane, tensors: Part, size: int) -> Recorder:
    recorder = Recorder(size)
    for name, series, columns in (("batch", recorder.batch, 2), ("curves", recorder.curves, CURVES)):
        series.extend(tensors.read(f"history.{name}", "float64", ROWS, columns))
    recorder.markers = tuple(Marker(*marker) for marker in record.markers)
    points = tensors.read("history.path", "float32", len(record.path_steps), size)
    recorder.path.steps, recorder.path.spacing = record.path_steps, record.path_spacing
    recorder.path.points = tuple(frozen(point) for point in points)
    return recorder


def _log(record: _Record, tensors: Tensors, numbers: Mapping[str, Array]) -> list[tuple[int, Command]]:
    arrays = dict(numbers)
    for name in tensors.names:
        if name.startswith("log."):
            dtype = "float32" if tensors.is_float32(name) else "float64"
            arrays[name] = tensors.read(name, dtype, range(build.MOST_PARAMETERS + 1))
    log: list[tuple[int, Command]] = []
    before = 0
    for at, values in record.log:
        if not before <= at <= record.updates:
            raise Complaint("The log of changes is out of order; the file is damaged.")
        log.append((at, _sound(decode(values, arrays))))
        before = at
    return log


def _sound(command: Command) -> Command:
    match command:
        case (Change(str()) | Reinitialize(str(), int()) | MoveTo(np.ndarray()) | Nudge(float() | int(), int())
              | SetParameter(int(), float() | int()) | Restart() | Solve() | KeepBest() | UpdateOn(int())):  # fmt: skip
            return command
    raise Complaint(f"A {type(command).__name__} command of the log has values of the wrong type; the file is damaged.")
