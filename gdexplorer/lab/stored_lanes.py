"""One run's state and history as arrays and a record, and back."""

import hashlib
from dataclasses import asdict, astuple
from typing import Any

import numpy as np

from gdexplorer.arrays import Array, frozen
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.history import CURVES, Marker, Recorder, Series
from gdexplorer.lab.records import MOST, GeneratorRecord, HistoryRecord, StateRecord, watch_record
from gdexplorer.lab.run import Run
from gdexplorer.lab.state import State, Status
from gdexplorer.lab.stopping import Stopping
from gdexplorer.lab.strict import Part
from gdexplorer.objectives.objective import Objective
from gdexplorer.objectives.streams import NAMES, Streams
from gdexplorer.objectives.supervised import SupervisedObjective
from gdexplorer.optim.clipping import Tally
from gdexplorer.optim.plateau import Plateau

ROWS = range(1_100_001)  # of a history: exact or coarse ones
EXAMPLES = range(100_001)
FEW = 2  # examples on which an optimizer is tried: a batch norm needs two


def digest(theta: Array) -> str:
    """Return the SHA-256 of θ's bytes."""
    return hashlib.sha256(theta.tobytes()).hexdigest()


def state_record(state: State, prefix: str, tensors: dict[str, Array]) -> dict[str, Any]:
    """Return what is no array of a state; arrays go to `tensors` under names that begin with `prefix`."""
    streams = state.streams.state()
    tensors |= {
        f"{prefix}theta": state.theta,
        f"{prefix}buffers": state.buffers,
        f"{prefix}permutation": streams["permutation"].astype(np.int64),
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
        "epoch": streams["epoch"],
        "cursor": streams["cursor"],
        "tally": astuple(state.tally),
        "plateau": watch_record(state.plateau),
        "stopping": watch_record(state.stopping),
    }


def _as_text(state: dict[str, Any]) -> dict[str, Any]:
    numbers = {name: str(value) for name, value in state["state"].items()}
    return {**numbers, "has_uint32": state["has_uint32"], "uinteger": state["uinteger"]}


def history_record(recorder: Recorder, prefix: str, tensors: dict[str, Array]) -> dict[str, Any]:
    """Return what is no array of a history; see `state_record`."""
    for name in ("batch", "curves"):
        coarse, exact = getattr(recorder, name).rows()
        tensors |= {f"{prefix}history.{name}.coarse": coarse, f"{prefix}history.{name}": exact}
    tensors[f"{prefix}history.path"] = np.stack(recorder.path.points)
    return {
        "batch": recorder.batch.total,
        "curves": recorder.curves.total,
        "marked": recorder.marked,
        "markers": [[marker.step, marker.label, marker.breaks] for marker in recorder.markers],
        "path_steps": recorder.path.steps,
        "path_spacing": recorder.path.spacing,
    }


def restored(record: StateRecord, examples: int, objective: Objective, experiment: Experiment, tensors: Part,
             catalogue: Catalogue, recorder: Recorder) -> Run:  # fmt: skip
    """Return the run whose state was saved.

    Raises
    ------
    ValueError, TypeError, ArithmeticError, LookupError
        If something is missing or does not fit; most often a Complaint.
    """
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
    run = Run.of(state, catalogue, recorder, objective)
    run.fresh_slots()
    for player, (slots, saved) in enumerate(zip(state.slots, record.numbers, strict=True)):
        mine = slots.saved()[0].items()
        slots.restore({name: tensors.read(f"slots.{player}.{name}", dtype.name, *array.shape) for name, array in mine},
                      saved)  # fmt: skip
    with np.errstate(all="ignore"):  # moments may have overflowed since the curves were last evaluated
        run.tune()  # changes nothing unless file and knobs contradict each other
        _try(run)
    run.examples = examples
    return run


def _try(run: Run) -> None:
    """Propose an update from copies: damaged counters raise here, not in training."""
    few = run.objective.full()
    if isinstance(run.objective, SupervisedObjective):
        few = few.part(slice(0, FEW))  # an update of all might take long
    run.propose(tuple(slots.copy() for slots in run.state.slots), few, np.empty_like(run.state.theta))


def _streams(record: StateRecord, tensors: Part) -> Streams:
    permutation = tensors.read("permutation", "int64", EXAMPLES)
    if not np.array_equal(np.sort(permutation), np.arange(len(permutation))) or record.cursor > len(permutation):
        raise Complaint("The order of the examples is no permutation; the file is damaged.")
    if set(record.generators) != set(NAMES):
        raise Complaint(f"The generators must be {', '.join(NAMES)}; the file is damaged.")
    return Streams.restored({
        "generators": {name: _generator(saved) for name, saved in record.generators.items()},
        "permutation": permutation.astype(np.intp), "cursor": record.cursor, "epoch": record.epoch,
    })  # fmt: skip


def _generator(saved: GeneratorRecord) -> dict[str, Any]:
    numbers = {"state": int(saved.state) % 2**128, "inc": int(saved.inc) % 2**128}
    return {"bit_generator": "PCG64", "state": numbers, "has_uint32": saved.has_uint32, "uinteger": saved.uinteger}


def history(record: HistoryRecord, tensors: Part, size: int) -> Recorder:
    """Return the history that was saved, of a run with so many parameters.

    Raises
    ------
    Complaint
        If something is missing or does not fit.
    """
    recorder = Recorder(size)
    recorder.batch = _series(record.batch, "batch", 2, tensors)
    recorder.curves = _series(record.curves, "curves", CURVES, tensors)
    if record.marked < len(record.markers):
        raise Complaint("The history has more markers than there were; the file is damaged.")
    recorder.markers, recorder.marked = tuple(Marker(*marker) for marker in record.markers), record.marked
    points = tensors.read("history.path", "float32", len(record.path_steps), size)
    recorder.path.steps, recorder.path.spacing = record.path_steps, record.path_spacing
    recorder.path.points = tuple(frozen(point) for point in points)
    return recorder


def _series(total: int, name: str, columns: int, tensors: Part) -> Series:
    coarse = tensors.read(f"history.{name}.coarse", "float64", ROWS, columns)
    exact = tensors.read(f"history.{name}", "float64", ROWS, columns)
    steps = np.concatenate([coarse[:, 0], exact[:, 0]])
    if not ((steps >= 0) & (steps <= MOST)).all() or (np.diff(steps) < 0).any():
        raise Complaint("The updates of the history are out of order; the file is damaged.")
    if total < len(steps) or (total > len(steps) and not len(coarse)):
        raise Complaint("The history has not the length that was saved; the file is damaged.")
    return Series.restored(coarse, exact, total)
