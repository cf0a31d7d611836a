"""Runs with their keyframes as arrays and records, and back: lanes, logs and experiments are each kept once."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from typing import Any, TypeVar

from gdexplorer.arrays import Array
from gdexplorer.data import Table
from gdexplorer.lab import build, race, stored_logs
from gdexplorer.lab.branch import Branch
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment, validated
from gdexplorer.lab.history import Mark, Recorder
from gdexplorer.lab.keyframes import Keyframe, Keyframes, Moment
from gdexplorer.lab.records import MOST_EXPERIMENTS, FrameRecord, RunRecord, SessionRecord
from gdexplorer.lab.run import Run
from gdexplorer.lab.stored_lanes import history, history_record, restored, state_record
from gdexplorer.lab.strict import Tensors
from gdexplorer.objectives.objective import Objective

FRAME_BYTES = 16 * 2**20  # of all keyframes in a file, but the first of each run
FRAME_STATES = 512  # of all lanes in these keyframes, for each takes a millisecond to read
GROUPS = 5000  # lists and objects in an experiment: 32 layers that start with 64 rows each have 2,048
FRAME_SHARE = 3  # what else there is in it takes at least so many times as much

R = TypeVar("R")


class Writer:
    """Collects what a file of runs consists of."""

    def __init__(self) -> None:
        self.tensors: dict[str, Array] = {}
        self.tables: dict[str, Table] = {}
        self.experiments: list[dict[str, Any]] = []
        self._places: dict[str, int] = {}

    def runs(self, branches: Sequence[Branch]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the records of runs and of their keyframes, which runs may have in common."""
        records = [self._run(branch) for branch in branches]
        chosen = selected(branches, sum(array.nbytes for array in self.tensors.values()))
        frames = {id(frame): frame for kept in chosen for frame in kept}
        places = {key: place for place, key in enumerate(frames)}
        for record, kept in zip(records, chosen, strict=True):
            record["keyframes"] = [places[id(frame)] for frame in kept]
        return records, [self._frame(place, frame) for place, frame in enumerate(frames.values())]

    def _run(self, branch: Branch) -> dict[str, Any]:
        return branch.opaque | {
            "id": branch.id,
            "name": branch.name,
            "color": branch.color,
            "parent": branch.parent,
            "at_step": branch.at_step,
            "drawn": branch.drawn,
            "start": self._experiment(branch.start),
            "experiment": self._experiment(branch.run.state.experiment),
            "log": stored_logs.packed(branch.log, self.tensors, self.tables),
            "updates": branch.updates,
            "lanes": [self._lane(run, f"run.{branch.id}.{lane}.") for lane, run in enumerate(branch.runs)],
            "gap": branch.keyframes.gap,
            "due": branch.keyframes.due,
        }

    def _lane(self, run: Run, prefix: str) -> dict[str, Any]:
        state = state_record(run.state, prefix, self.tensors)
        return state | history_record(run.recorder, prefix, self.tensors) | {"examples": run.examples}

    def _frame(self, place: int, frame: Keyframe) -> dict[str, Any]:
        lanes = zip(frame.states, frame.examples, frame.marks, strict=True)
        return {
            "moment": astuple(frame.moment),
            "step": frame.step,
            "experiment": self._experiment(frame.states[0].experiment),
            "lanes": [
                state_record(state, f"keyframe.{place}.{lane}.", self.tensors)
                | {"examples": examples, "mark": astuple(mark)}
                for lane, (state, examples, mark) in enumerate(lanes)
            ],
        }

    def _experiment(self, experiment: Experiment) -> int:
        if experiment.data.table is not None:
            self.tables[experiment.data.table.digest] = experiment.data.table
        values = experiment.model_dump(mode="json")
        place = self._places.setdefault(json.dumps(values), len(self.experiments))
        if place == len(self.experiments):
            self.experiments.append(values)
        return place


def selected(branches: Sequence[Branch], rest: int) -> list[list[Keyframe]]:
    """Return the keyframes of each run that its file keeps: the first, and of the others every n-th, evenly.

    The others take at most `FRAME_BYTES`, and at most a quarter of a file whose rest takes so many bytes. What was
    selected once is all selected again.
    """
    every, bound = 1, min(FRAME_BYTES, rest // FRAME_SHARE)
    while True:
        chosen = [branch.keyframes.frames[::every] for branch in branches]
        firsts = {id(kept[0]) for kept in chosen}
        others = {id(frame): frame for kept in chosen for frame in kept if id(frame) not in firsts}
        few = sum(len(frame.states) for frame in others.values()) <= FRAME_STATES
        if few and sum(frame.bytes for frame in others.values()) <= bound:
            known = {id(own): own for frame in others.values() for own in [frame.states[0].experiment]}
            different = {experiment.model_dump_json() for experiment in known.values()}
            if len(different) + 2 * len(branches) <= MOST_EXPERIMENTS:
                return chosen
        every *= 2


class Reader:
    """Makes runs of what `Writer` collected; nothing is believed.

    All methods raise Complaint if something is missing or does not fit, or another ValueError, TypeError,
    ArithmeticError or LookupError where only code deep below finds that out.
    """

    def __init__(self, record: SessionRecord, tensors: Tensors, own: Mapping[str, Table], catalogue: Catalogue,
                 name: str) -> None:  # fmt: skip
        self._record, self._tensors, self._own, self._catalogue = record, tensors, own, catalogue
        self._name, self._points = name, stored_logs.Points(tensors)
        self._experiments: dict[int, list[Experiment]] = {}
        self._frames: dict[int, Keyframe] = {}
        self._latest: tuple[int, list[Objective]] = -1, []

    def runs(self) -> list[Branch]:
        """Return all runs, the oldest first."""
        return [self._run(record) for record in self._record.runs]

    def _run(self, record: RunRecord) -> Branch:
        runs = []
        for number, (lane, experiment, objective) in enumerate(self._with_objectives(record.lanes, record.experiment)):
            part = self._tensors.part(f"run.{record.id}.{number}.")
            recorder = history(lane, part, objective.layout.size)
            runs.append(restored(lane, lane.examples, objective, experiment, part, self._catalogue, recorder))
        log = stored_logs.unpacked(record.log, record.updates, self._points, self._own)
        branch = Branch(self._lanes(record.start)[0], runs, self._keyframes(record, runs, log))
        branch.log, branch.updates = log, record.updates
        branch.id, branch.name, branch.color, branch.drawn = record.id, record.name, record.color, record.drawn
        branch.parent, branch.at_step, branch.opaque = record.parent, record.at_step, record.opaque
        return branch

    def _keyframes(self, record: RunRecord, runs: Sequence[Run], log: stored_logs.Log) -> Keyframes:
        keyframes, end = Keyframes(), Moment(record.updates, len(log))
        keyframes.frames = frames = [self._frame(place) for place in record.keyframes]
        keyframes.bytes = sum(frame.memory for frame in frames)
        keyframes.gap, keyframes.due = record.gap, record.due
        moments, times = [frame.moment for frame in frames], [at for at, _ in log]
        possible = (
            moment <= end and bisect_left(times, at := moment.updates) <= moment.commands <= bisect_right(times, at)
            for moment in moments
        )
        if not all(possible) or moments[0] != Moment(0, 0) or moments != sorted(set(moments)):
            raise Complaint("The keyframes are out of order; the file is damaged.")
        marks = [run.recorder.mark_here(run.state.step) for run in runs]
        for frame in frames:
            if len(frame.marks) != len(marks) or not all(map(_within, frame.marks, marks)):
                raise Complaint("The keyframes do not fit the history; the file is damaged.")
        return keyframes

    def _frame(self, place: int) -> Keyframe:
        if place not in self._frames:
            if place >= len(self._record.keyframes):
                raise Complaint("A keyframe is missing; the file is damaged.")
            self._frames[place] = self._restored(place, self._record.keyframes[place])
        return self._frames[place]

    def _restored(self, place: int, record: FrameRecord) -> Keyframe:
        states = []
        for number, (lane, experiment, objective) in enumerate(self._with_objectives(record.lanes, record.experiment)):
            part = self._tensors.part(f"keyframe.{place}.{number}.")
            run = restored(lane, 0, objective, experiment, part, self._catalogue, Recorder(objective.layout.size))
            states.append(run.state)
        if record.step != max(state.step for state in states):
            raise Complaint("The update of a keyframe is not that of its lanes; the file is damaged.")
        return Keyframe(
            Moment(*record.moment), record.step, tuple(states), tuple(lane.examples for lane in record.lanes),
            tuple(Mark(*lane.mark) for lane in record.lanes),
        )  # fmt: skip

    def _lanes(self, place: int) -> list[Experiment]:
        if place not in self._experiments:
            if place >= len(self._record.experiments):
                raise Complaint("An experiment is missing; the file is damaged.")
            values = self._record.experiments[place]
            if sum(map(json.dumps(values).count, "[{")) > GROUPS:
                raise Complaint("An experiment has too many parts; the file is damaged.")
            self._experiments[place] = race.lanes(validated(values, self._catalogue, self._name, self._own))
        return self._experiments[place]

    def _with_objectives(self, records: tuple[R, ...], place: int) -> Iterator[tuple[R, Experiment, Objective]]:
        """Return each lane's record with what it runs and descends; only the latest are remembered: they hold data."""
        if len(records) != len(lanes := self._lanes(place)):
            raise Complaint(f"The file has {len(records)} lanes for {len(lanes)} optimizers; it is damaged.")
        if self._latest[0] != place:
            self._latest = place, [build.objective(lane, self._catalogue) for lane in lanes]
        return zip(records, lanes, self._latest[1], strict=True)


def _within(mark: Mark, end: Mark) -> bool:
    return mark.batch <= end.batch and 0 < mark.curves <= end.curves and mark.markers <= end.markers
