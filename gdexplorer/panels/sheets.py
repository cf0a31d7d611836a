"""The numbers that panels draw, as tables."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gdexplorer.lab import sheet
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.history import History
from gdexplorer.lab.sheet import Sheet
from gdexplorer.panels.curverows import row_at
from gdexplorer.panels.ghosts import titles
from gdexplorer.probes.basins import BasinReport
from gdexplorer.probes.boundary import BoundaryReport
from gdexplorer.probes.confusion import ConfusionReport
from gdexplorer.probes.curvature import CurvatureReport
from gdexplorer.probes.landscape import LandscapeReport
from gdexplorer.probes.latent import CodesReport
from gdexplorer.probes.learning import LearningReport
from gdexplorer.probes.modes import ModesReport
from gdexplorer.probes.oneweight import OneWeightReport
from gdexplorer.probes.rates import RangeReport
from gdexplorer.probes.sequences import SequencesReport
from gdexplorer.probes.units import UnitsReport

Sheets = tuple[Sheet, ...]


def landscape(report: LandscapeReport) -> Sheets:
    """Losses on the grid, and each lane's path."""
    surface, (x, y) = report.surface, _two(report.surface.plane.axes)
    rows = [
        (track.name, int(step), float(place[0]), float(place[1]), float(off))
        for track in report.tracks
        for step, place, off in zip(track.steps, track.path, track.off_plane, strict=True)
    ]
    heads = ("lane", "update", x, y, "distance from the plane")
    return Sheet.of_grid("", (x, surface.xs), (y, surface.ys), loss=surface.losses), Sheet.of_rows("path", heads, rows)


def boundary(report: BoundaryReport) -> Sheets:
    """The map or the curve, and the examples."""
    data, names = report.data, tuple(report.data.inputs)
    if report.kind == "none":
        return ()
    if report.kind == "map":
        x, y = _two(names)
        first = Sheet.of_grid("", (x, report.axes[0]), (y, report.axes[1]), output=report.values)
    else:
        first = Sheet("", {names[0]: report.axes[0], "output": report.values})
    rows = [(split, *point, target) for split, part in (("train", data.train), ("test", data.test))
            for point, target in zip(part.x.tolist(), part.y.tolist(), strict=True)]  # fmt: skip
    return first, Sheet.of_rows("examples", ("split", *names, "target"), rows)


def curves(frame: Frame) -> Sheets:
    """Losses and accuracies of the run, or of its lanes, and of the runs that are drawn beside it, by their names."""
    if len(frame.lanes) == len(frame.racers):
        return sheet.curves(frame.lanes)
    histories = dict[str, History]()
    for title, lane in zip(titles(frame), frame.lanes, strict=True):
        more = sum(name == title or name.startswith(f"{title} #") for name in histories)
        histories[f"{title} #{more + 1}" if more else title] = lane.history
    return sheet.curves(histories)


def runs(frame: Frame) -> Sheets:
    """Every run with the newest row of its curves, and all curves that are drawn."""
    names = {entry.id: entry.name for entry in frame.runs}
    heads = ("run", "active", "branched_from", "at_update", *sheet.CURVES, "differs")
    rows = [(entry.name, entry.active, "" if entry.parent is None else names.get(entry.parent, "a removed run"),
             entry.at, *entry.latest, entry.differs) for entry in frame.runs]  # fmt: skip
    first, batch = curves(frame)
    return Sheet.of_rows("", heads, rows), replace(first, name="curves"), batch


def _two(names: Sequence[str]) -> tuple[str, str]:
    """Return two names that differ."""
    x, y = names
    return (x, y) if x != y else (f"{x} 1", f"{y} 2")


def confusion(report: ConfusionReport) -> Sheets:
    """Counts, a row for each true class."""
    columns: dict[str, Any] = {"true class": report.labels}
    columns |= {f"taken for {label}": report.counts[:, k] for k, label in enumerate(report.labels)}
    return (Sheet("", columns),)


def curvature(report: CurvatureReport) -> Sheets:
    """Eigenvalues, and the extreme ones over time."""
    heads = ("update", "largest", "smallest", "threshold")
    rows = report.series[np.isfinite(report.series[:, 0])] if len(report.series) else np.zeros((0, 4))
    return (Sheet("", {"eigenvalue": report.values, "residual": report.residuals}),
            Sheet("series", dict(zip(heads, rows.T, strict=True))))  # fmt: skip


def basins(report: BasinReport) -> Sheets:
    """Where each start ends, and what the ends are."""
    rows = [(number, end.kind, *end.theta.tolist(), end.loss, end.count) for number, end in enumerate(report.ends)]
    heads = ("end", "kind", "x", "y", "loss", "starts")
    return (Sheet.of_grid("", ("x", report.xs), ("y", report.ys), end=report.labels),
            Sheet.of_rows("ends", heads, rows))  # fmt: skip


def learning(report: LearningReport) -> Sheets:
    """Losses and accuracies by the number of examples and the seed."""
    heads = ("examples", "seed", "train_loss", "test_loss", "train_accuracy", "test_accuracy")
    rows = [
        (size, seed + 1, *report.losses[seed, k].tolist(), *report.accuracies[seed, k].tolist())
        for k, size in enumerate(report.sizes)
        for seed in range(len(report.losses))
    ]
    return (Sheet.of_rows("", heads, rows),)


def modes(report: ModesReport) -> Sheets:
    """Samples of both sides, and what of each mode is covered."""
    rows = [(kind, *point) for kind, points in (("real", report.real), ("generated", report.made))
            for point in points.tolist()]  # fmt: skip
    shares = {"x": report.centers[:, 0], "y": report.centers[:, 1], "share": report.shares}
    return Sheet.of_rows("", ("kind", "x", "y"), rows), Sheet("modes", shares)


def one_weight(report: OneWeightReport) -> Sheets:
    """The loss over one weight."""
    return (Sheet("", {report.name: report.ws, "loss": report.losses}),)


def rates(report: RangeReport) -> Sheets:
    """A range test."""
    return (Sheet("", {"learning_rate": report.rates, "batch_loss": report.losses, "smoothed": report.smooth}),)


def codes(report: CodesReport) -> Sheets:
    """The error and the code of each example, in the plane."""
    return (Sheet("", {"error": report.errors, "code 1": report.places[:, 0], "code 2": report.places[:, 1]}),)


def sequences(report: SequencesReport) -> Sheets:
    """Targets and outputs."""
    examples = report.examples.y
    columns: dict[str, Any] = {"target": examples}
    columns |= {f"output {k + 1}": column for k, column in enumerate(report.outputs.T)}
    return (Sheet("", columns),)


def network(report: UnitsReport) -> Sheets:
    """Each parameter by name, and its gradient."""
    names = [report.layout.name(index) for index in range(report.theta.size)]
    return (Sheet("", {"parameter": names, "value": report.theta, "gradient": report.gradient}),)


def race(frame: Frame) -> Sheets:
    """How each lane stands."""
    heads = ("lane", "note", "update", "gradient_evaluations", "status", "train_loss", "test_loss", "train_accuracy",
             "test_accuracy")  # fmt: skip
    rows = []
    for lane in frame.racers:
        state, last = lane.state, row_at(frame, lane)
        health = state.status.health.value
        rows.append((lane.name, lane.note, state.step, state.evaluations, health, *last[1:5].tolist()))
    return (Sheet.of_rows("", heads, rows),)
