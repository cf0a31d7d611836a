import json

import pytest

from gdexplorer.cli.main import main
from gdexplorer.lab import benchmarks


def test_steps_ends_with_the_line_that_is_compared(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmarks, "CHUNKS", 1)
    monkeypatch.setattr(benchmarks, "WARM_UP_SECONDS", 0.01)
    monkeypatch.setattr(benchmarks, "time_updates", lambda name, time=benchmarks.time_updates: time(name, 0.001))
    assert main(["bench", "steps", "--json", "--only", "W1", "W4"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(found) == ["W1", "W4"]
    assert all(0 < timing["us"] < 1e6 for timing in found.values())


def test_window_ends_with_the_figures_of_the_window(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("PySide6")
    from gdexplorer.app import bench

    asked = []

    def measured(seconds: float, landscape: bool) -> dict[str, float]:
        asked.append((seconds, landscape))
        return {"p99_ms": 3.5}

    monkeypatch.setattr(bench, "window", measured)
    assert main(["bench", "window", "--json", "--landscape", "--seconds", "2"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"p99_ms": 3.5}
    assert asked == [(2.0, True)]
