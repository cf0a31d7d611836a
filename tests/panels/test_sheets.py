"""The numbers that panels draw are the numbers of their reports."""

from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.lab.sheet import encoded
from gdexplorer.panels.basins import BasinsPanel
from gdexplorer.panels.boundary import BoundaryPanel
from gdexplorer.panels.confusion import ConfusionPanel
from gdexplorer.panels.curvature import CurvaturePanel
from gdexplorer.panels.curves import CurvesPanel
from gdexplorer.panels.landscape import LandscapePanel
from gdexplorer.panels.modes import ModesPanel
from gdexplorer.panels.network import NetworkPanel
from gdexplorer.panels.panel import Panel
from gdexplorer.panels.race import RacePanel
from gdexplorer.panels.reconstruction import ReconstructionPanel
from gdexplorer.panels.sequences import SequencesPanel
from gdexplorer.panels.stepbystep import StepByStepPanel
from tests.panels.runs import session

RACE = {"rivals": [{"id": "r1", "optimizer": {"kind": "adam"}}]}
POINT: dict[str, Any] = {"problem": {"kind": "himmelblau"}}
SEQUENCE: dict[str, Any] = {"data": {"kind": "delayed_sum", "amount": 40}, "loss": {"kind": "mse"},
                            "network": {"layers": [{"kind": "rnn", "id": "r1", "units": 3}]}}  # fmt: skip
CODES: dict[str, Any] = {"data": {"kind": "digits", "amount": 60}, "problem": {"kind": "autoencoder"},
                         "loss": {"kind": "mse"}}  # fmt: skip


def shown(qtbot: QtBot, panel: Panel, kind: str, updates: int = 20, **values: Any) -> tuple[Any, ...]:
    """Return the tables of a panel after some updates; each can be written."""
    qtbot.addWidget(panel)
    assert panel.sheets() == ()
    run = session(kind, updates, **values)
    panel.resize(500, 400)
    panel.show()
    for _ in range(3):
        frame = run.frame(panel.needs())
        panel.show_frame(frame)
    found = panel.sheets()
    for sheet in found:
        lines = encoded(sheet).decode().splitlines()
        assert {len(column) for column in sheet.columns.values()} == {len(lines) - 1}
    return (frame, *found)


def view(frame: Any, panel: Panel) -> Any:
    return next(iter(frame.lane.views[need] for need in panel.needs()))


def test_landscape(qtbot: QtBot) -> None:
    panel = LandscapePanel()
    _frame, surface, path = shown(qtbot, panel, "binary")
    report = panel.report
    assert report is not None
    x, y, loss = surface.columns.values()
    i, j = 3, 5
    at = (x == report.surface.xs[j]) & (y == report.surface.ys[i])
    assert loss[at] == report.surface.losses[i, j]
    assert path.columns["update"][-1] == 20
    assert np.allclose(path.columns["distance from the plane"], report.off_plane)


def test_boundary_has_a_map_and_the_examples(qtbot: QtBot) -> None:
    panel = BoundaryPanel()
    frame, values, examples = shown(qtbot, panel, "binary")
    assert list(values.columns["output"]) == view(frame, panel).values.reshape(-1).tolist()
    assert examples.columns["split"].count("train") == 36
    assert len(examples.columns["split"]) == 60


def test_a_curve_has_one_input(qtbot: QtBot) -> None:
    panel = BoundaryPanel()
    frame, values, _ = shown(qtbot, panel, "regression")
    assert values.columns["output"] is view(frame, panel).values


def test_where_no_boundary_is_drawn_there_are_no_numbers(qtbot: QtBot) -> None:
    assert len(shown(qtbot, BoundaryPanel(), "classes")) == 1


def test_confusion(qtbot: QtBot) -> None:
    panel = ConfusionPanel()
    _frame, counts = shown(qtbot, panel, "classes")
    assert sum(int(np.sum(counts.columns[name])) for name in counts.columns if name.startswith("taken")) == 24


def test_curvature(qtbot: QtBot) -> None:
    panel = CurvaturePanel()
    frame, values, series = shown(qtbot, panel, "binary")
    assert values.columns["eigenvalue"] is view(frame, panel).values
    assert series.columns["update"].tolist() == [20.0]
    assert series.columns["largest"][0] == values.columns["eigenvalue"][-1]


def test_curves_and_race(qtbot: QtBot) -> None:
    frame, full, _ = shown(qtbot, CurvesPanel(), "binary", **RACE)
    assert set(full.columns["lane"]) == {lane.name for lane in frame.lanes}
    frame, standing = shown(qtbot, RacePanel(), "binary", **RACE)
    assert standing.columns["lane"] == tuple(lane.name for lane in frame.lanes)
    assert standing.columns["update"] == (20, 20)
    last = [lane.history.curves[-1][-1, 1] for lane in frame.lanes]
    assert list(standing.columns["train_loss"]) == last


def test_basins(qtbot: QtBot) -> None:
    _frame, labels, ends = shown(qtbot, BasinsPanel(), "binary", **POINT)
    assert set(np.unique(labels.columns["end"])) - set(ends.columns["end"]) <= {-1, -2, -3}
    assert "minimum" in ends.columns["kind"]


def test_network_names_each_parameter(qtbot: QtBot) -> None:
    panel = NetworkPanel()
    frame, found = shown(qtbot, panel, "binary")
    assert found.columns["parameter"][:3] == ["h1 w[1,1]", "h1 w[1,2]", "h1 b[1]"]
    assert len(found.columns["value"]) == frame.lane.state.parameters


@pytest.mark.parametrize(
    ("panel", "values", "columns"), [
        (SequencesPanel, SEQUENCE, ("target", "output 1")),
        (ReconstructionPanel, CODES, ("error", "code 1", "code 2")),
        (ModesPanel, {"problem": {"kind": "gan"}, "data": {"kind": "moons", "amount": 60}}, ("kind", "x", "y"))],
)  # fmt: skip
def test_columns(qtbot: QtBot, panel: type[Panel], values: dict[str, Any], columns: tuple[str, ...]) -> None:
    _, first, *_ = shown(qtbot, panel(), "regression", **values)
    assert tuple(first.columns) == columns


def test_a_panel_that_draws_no_numbers_has_none(qtbot: QtBot) -> None:
    assert len(shown(qtbot, StepByStepPanel(), "binary")) == 1
