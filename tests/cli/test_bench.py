import json

import pytest

from gdexplorer.cli.main import main
from gdexplorer.lab import benchmarks
from gdexplorer.lab.catalogue import standard


def test_steps_ends_with_the_line_that_is_compared(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmarks, "CHUNKS", 1)
    monkeypatch.setattr(benchmarks, "WARM_UP_SECONDS", 0.01)
    monkeypatch.setattr(benchmarks, "time_updates", lambda name, time=benchmarks.time_updates: time(name, 0.001))
    assert main(["bench", "steps", "--json", "--only", "W1", "W4", "W5"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(found) == ["W1", "W4", "W5"]
    assert all(0 < timing["us"] < 1e6 for timing in found.values())


def test_a_race_is_timed_in_lockstep_and_apart(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmarks, "WARM_UP_SECONDS", 0.0)
    monkeypatch.setattr(
        benchmarks, "time_lanes", lambda name, count, time=benchmarks.time_lanes: time(name, count, 1e-9)
    )
    assert main(["bench", "steps", "--lanes", "4", "--json", "--only", "W1", "W3"]) == 0
    *_, first, last, line = capsys.readouterr().out.splitlines()
    assert first.split()[:2] == ["W1", "4"]
    assert first.endswith("in lockstep ")
    assert last.endswith("apart       ")
    found = json.loads(line)
    assert list(found) == ["W1", "W3"]
    assert all(0 < us < 1e6 for timing in found.values() for us in timing.values())
    assert all(list(timing) == ["together", "apart"] for timing in found.values())


def test_window_ends_with_the_figures_of_the_window(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("PySide6")
    from gdexplorer.app import bench

    asked = []

    def measured(seconds: float, landscape: bool, workspace: str, experiment: str | None) -> dict[str, float]:
        asked.append((seconds, landscape, workspace, experiment))
        return {"p99_ms": 3.5}

    monkeypatch.setattr(bench, "window", measured)
    assert main(["bench", "window", "--json", "--landscape", "--seconds", "2"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"p99_ms": 3.5}
    assert main(["bench", "window", "--workspace", "Images", "--experiment", "digits"]) == 0
    assert asked == [(2.0, True, "Explore", None), (10.0, False, "Images", "digits")]


def test_the_window_is_measured_on_what_trains_without_end_and_fills_its_panels() -> None:
    pytest.importorskip("PySide6")
    from gdexplorer.app import bench
    from gdexplorer.app.panels import PANELS
    from gdexplorer.app.workspaces import WORKSPACES
    from gdexplorer.lab import build

    requires = {kind.name: kind.requires for kind in PANELS}
    assert set(bench.FILLING) <= set(WORKSPACES)
    for name, workspace in WORKSPACES.items():
        experiment = bench.workload(bench.FILLING.get(name))
        can = build.objective(experiment, standard()).can
        shown = {panel for row in workspace.rows for panel in row if requires[panel] <= can}
        missing = {panel for row in workspace.rows for panel in row} - shown
        assert missing <= {"reconstruction", "basins"}  # of autoencoders, and of functions of two variables
        assert (experiment.show.speed, experiment.show.pause_at) == (0, 0)


def test_window_refuses_an_experiment_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("PySide6")
    assert main(["bench", "window", "--experiment", "moon"]) != 0
    assert "There is no experiment or file 'moon'" in " ".join(capsys.readouterr().err.split())


def test_window_refuses_a_workspace_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("PySide6")
    assert main(["bench", "window", "--workspace", "Attic"]) != 0
    assert "workspace 'Attic' is not known; choose one of Curvature" in " ".join(capsys.readouterr().err.split())


def test_journeys_tell_whether_what_is_shown_again_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "journeys", "W1", "--only", "W1", "--updates", "300", "--count", "5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])["W1"]
    assert found["same"] == 5
    assert found["keyframes"] >= 1
    assert 0 <= found["coarse"] <= found["exact"]


def test_surface_ends_with_the_line_that_is_compared(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    timed = benchmarks.time_surface
    monkeypatch.setattr(benchmarks, "time_surface", lambda name, threads: timed(name, threads, 5, 1e-9))
    assert main(["bench", "surface", "--json"]) == 0
    *table, last = capsys.readouterr().out.splitlines()
    found = json.loads(last)
    assert list(found) == ["W2", "W3"]
    assert all(0 < timing["us"] < 1e6 for timing in found.values())
    assert [line.split()[:2] for line in table[1:]] == [["W2", "500"], ["W3", "1,797"]]
    assert main(["bench", "surface", "--only", "W3", "--threads", "1", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out.splitlines()[-1])) == ["W3"]


def test_surface_refuses_a_workload_that_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "surface", "--only", "W1"]) == 2
    assert "W2" in capsys.readouterr().err
