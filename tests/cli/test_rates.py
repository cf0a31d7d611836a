import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gdexplorer.cli.main import main
from gdexplorer.lab import experiments
from gdexplorer.lab.rates import range_test
from gdexplorer.lab.run import Run
from gdexplorer.probes.rates import RangeReport, RangeTest
from tests.builders import CATALOGUE
from tests.cli.test_run import trained

STOPS = ["--set", "optimizer.kind=adam", "--set", "optimizer.learning_rate=0.05", "--set", "training.stop_after=30",
         "--set", "training.stop_threshold=0.05"]  # fmt: skip


def printed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["range", *arguments, "--json"]) == 0
    values: dict[str, Any] = json.loads(capsys.readouterr().out)
    return values


def test_json_is_the_report(toml: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = printed([toml, "--low", "1e-4", "--high", "3", "--updates", "120", "--steps", "15"], capsys)
    run = Run(experiments.load(toml, CATALOGUE), CATALOGUE)
    run.advance(15)
    report = range_test(run.state, CATALOGUE, RangeTest(1, 1e-4, 3, 120))
    assert isinstance(report, RangeReport)
    assert (found["experiment"], found["step"], found["optimizer"], found["end"]) == (toml, 15, "SGD", report.end)
    for name in ("rates", "losses", "smooth"):
        np.testing.assert_array_equal(found[name], getattr(report, name))
    assert (found["steepest"], found["tenth"], found["doubtful"]) == (report.steepest, report.tenth, report.doubtful)


def test_the_table_ends_with_the_rule_of_thumb(toml: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["range", toml]) == 0
    *rows, last = capsys.readouterr().out.splitlines()
    assert last.startswith("Rule of thumb: η ")
    assert len(rows) == 2 + 16
    assert main(["range", toml, "--set", "optimizer.kind=ascent", "--set", "training.batch_size=1000"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("No suggestion")
    assert main(["range", toml, "--set", "training.batch_size=1"]) == 0
    assert "noise of the batches" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(("arguments", "sentence"), [
    (["--low", "1", "--high", "0.1"], "--low must be below --high"),
    (["--set", "optimizer.kind=random_search"], "random search chooses its own steps"),
    (["--set", "5:optimizer.kind=adam"], "comes after the last update, 0"),
])  # fmt: skip
def test_what_cannot_be_is_said(toml: str, arguments: list[str], sentence: str,
                                capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    assert main(["range", toml, *arguments]) == 2
    assert sentence in capsys.readouterr().err


def test_a_run_stops_early_and_says_so(toml: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = trained([toml, "--steps", "5000", *STOPS], capsys)
    stopped = found["stopped"]
    assert found["status"] == "fine"
    assert 30 < found["steps"] == stopped["step"] < 5000
    assert stopped["best_step"] <= stopped["step"] - 30
    at_best = trained([toml, "--steps", str(stopped["best_step"]), *STOPS], capsys)
    assert at_best["test_loss"] == pytest.approx(stopped["best_loss"], rel=1e-12)
    assert "stopped" not in at_best
    late = trained([toml, "--steps", "5000", *STOPS, "--set", "4000:optimizer.kind=sgd"], capsys)
    assert late["sha256"] == found["sha256"]


def test_the_table_says_so_too_and_the_session_is_replayed(
    toml: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    saved = str(tmp_path / "a.gdx")
    assert main(["run", toml, "--steps", "5000", *STOPS, "--save", saved]) == 0
    assert "Paused: the test loss has not fallen below its best" in " ".join(capsys.readouterr().out.split())
    assert main(["replay", saved, "--check"]) == 0
