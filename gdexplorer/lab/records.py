"""What a session's file says in JSON: everything that is no array. Nothing in it is believed before it is checked.

Lists fail at the first thing that is wrong with them: a finding takes a kilobyte, and there might be 100,000.
"""

import math
from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, NonNegativeFloat, NonNegativeInt

from gdexplorer.fields import Settings
from gdexplorer.lab.experiment import MOST_RIVALS
from gdexplorer.lab.history import MOST_MARKERS
from gdexplorer.lab.state import Health
from gdexplorer.lab.timeline import MOST_GHOSTS
from gdexplorer.optim.plateau import Watch

VERSION = 1
MOST = 2**53  # the whole numbers that a float64 can count
MOST_EXPERIMENTS = 32  # so that a small file makes no great work
Count = Annotated[int, Field(ge=0, le=MOST)]
Text = Annotated[str, Field(max_length=4000)]


class GeneratorRecord(Settings):
    """A PCG64's state; 128-bit integers as text, for most readers of JSON would round them."""

    state: str = Field(pattern="^[0-9]+$", max_length=39)
    inc: str = Field(pattern="^[0-9]+$", max_length=39)
    has_uint32: int = Field(ge=0, le=1)
    uinteger: int = Field(ge=0, lt=2**32)


class WatchRecord(Settings):
    """What a run waits for."""

    best: float | None = None  # None for infinity, which JSON does not have
    at: Count = 0
    since: Count = 0
    factor: float = Field(default=1.0, ge=0, le=1)
    stopped: int = Field(default=-1, ge=-1, le=MOST)
    kept: bool = False  # whether the best θ is there, as an array

    def values(self) -> tuple[float, int, int]:
        """Return what every watch has."""
        return math.inf if self.best is None else self.best, self.at, self.since


def watch_record(watch: Watch) -> dict[str, Any]:
    """Return what a `WatchRecord` is made of."""
    values = {field.name: getattr(watch, field.name) for field in fields(watch)}
    if "theta" in values:
        values["kept"] = values.pop("theta") is not None
    return values | {"best": watch.best if math.isfinite(watch.best) else None}


class StateRecord(Settings):
    """What is no array of a state."""

    step: Count
    extra: int = Field(ge=-MOST, le=MOST)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    health: Health
    layer: Text
    reason: Text
    numbers: tuple[dict[str, int | float], ...] = Field(min_length=1, max_length=2, fail_fast=True)  # of each player
    generators: dict[str, GeneratorRecord]
    epoch: Count
    cursor: Count
    tally: tuple[NonNegativeInt, NonNegativeInt, NonNegativeFloat, NonNegativeFloat] = (0, 0, 0.0, 0.0)
    plateau: WatchRecord = WatchRecord()
    stopping: WatchRecord = WatchRecord()


class HistoryRecord(Settings):
    """What is no array of one lane's history."""

    batch: Count  # rows in all, also those that were made coarse
    curves: Count
    marked: Count
    markers: tuple[tuple[Count, Text, bool], ...] = Field(max_length=MOST_MARKERS, fail_fast=True)
    path_steps: tuple[Count, ...] = Field(min_length=1, max_length=512, fail_fast=True)
    path_spacing: int = Field(ge=1, le=MOST)


class LaneRecord(StateRecord, HistoryRecord):
    """What is no array of one lane: the experiment's own run, or a rival's."""

    examples: Count


class FrameLaneRecord(StateRecord):
    """What is no array of one lane at a keyframe."""

    examples: Count
    mark: tuple[Count, Count, Count, Count]


class FrameRecord(Settings):
    """What is no array of a keyframe."""

    moment: tuple[Count, Count]
    step: Count
    experiment: Count  # its place in the list
    lanes: tuple[FrameLaneRecord, ...] = Field(min_length=1, max_length=1 + MOST_RIVALS, fail_fast=True)


class Opaque(Settings):
    """A group in which names of a newer version may stand; they are kept for it."""

    model_config = ConfigDict(extra="allow")

    @property
    def opaque(self) -> dict[str, Any]:
        """What only a newer version understands."""
        return dict(self.model_extra or {})


class RunRecord(Opaque):
    """What is no array of a branch, which people call a run."""

    id: Annotated[int, Field(ge=1, le=MOST)]
    name: str = Field(min_length=1, max_length=60)
    color: int = Field(ge=0, le=MOST_GHOSTS)
    parent: Count | None
    at_step: Count
    drawn: bool
    start: Count  # experiments by their place in the list
    experiment: Count
    log: tuple[tuple[Count, dict[str, Any]], ...] = Field(fail_fast=True)
    updates: Count
    lanes: tuple[LaneRecord, ...] = Field(min_length=1, max_length=1 + MOST_RIVALS, fail_fast=True)
    keyframes: tuple[Count, ...] = Field(
        min_length=1, fail_fast=True
    )  # by their place in the list, the first at update 0
    gap: Annotated[int, Field(ge=1, le=MOST)]
    due: Count


class SessionRecord(Opaque):
    """The metadata."""

    version: Literal[1]
    title: str = Field(max_length=80)
    step: Count
    active: Count  # id of the run that goes on
    runs: tuple[RunRecord, ...] = Field(min_length=1, max_length=1 + MOST_GHOSTS, fail_fast=True)
    keyframes: tuple[FrameRecord, ...] = Field(min_length=1, max_length=1000, fail_fast=True)
    experiments: tuple[dict[str, Any], ...] = Field(min_length=1, max_length=MOST_EXPERIMENTS, fail_fast=True)
    tables: tuple[dict[str, Any], ...] = Field((), fail_fast=True)  # that experiments and commands name by digest
