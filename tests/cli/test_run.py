import json
import math
from pathlib import Path
from typing import Any

import pytest

from gdexplorer.cli.main import main
from gdexplorer.lab.archive import load, save
from tests.builders import CATALOGUE
from tests.cli.conftest import EXPERIMENT

TEN = (
    "10:network.activation=relu", "20:network.layers.h1.activation=gelu", "30:optimizer.kind=adam",
    "40:optimizer.learning_rate=0.0037", "50:training.batch_size=11", "60:penalty.l2=0.001", "70:data.noise=0.21",
    "80:network.initializer.kind=he_normal", "80:seed=5", "90:optimizer.beta1=0.8",
)  # fmt: skip


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return values


def trained(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["run", *arguments, "--json"]) == 0
    return last_line(capsys)


def test_json_ends_with_everything_that_is_promised(toml: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = trained([toml, "--steps", "300"], capsys)
    assert (found["experiment"], found["steps"], found["status"]) == (toml, 300, "fine")
    assert 0 < found["train_loss"] < 0.5
    assert found["test_loss"] > 0
    assert 0.5 < found["train_accuracy"] <= 1
    assert 0.5 < found["test_accuracy"] <= 1
    assert len(found["sha256"]) == 64


def test_two_runs_have_the_same_weights_and_another_seed_has_others(
    toml: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (trained([toml, "--steps", "50"], capsys) for _ in range(2))
    assert first == second
    other = trained([toml, "--steps", "50", "--set", "seed=8"], capsys)
    assert other["sha256"] != first["sha256"]


def test_a_run_that_is_wrong_on_purpose_says_so(toml: str, capsys: pytest.CaptureFixture[str]) -> None:
    bug = [toml, "--steps", "5", "--set", "bugs.lab=true", "--set", "bugs.wrong_sign=true"]
    assert trained(bug, capsys)["wrong_on_purpose"] == ["wrong sign"]
    assert "wrong_on_purpose" not in trained(bug[:5], capsys)
    assert main(["run", *bug]) == 0
    assert "Wrong on purpose: wrong sign\n" in capsys.readouterr().out


def test_regression_has_no_accuracy(toml: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = trained([toml, "--steps", "5", "--set", "data.kind=sine"], capsys)
    assert found["train_accuracy"] is None
    assert found["test_accuracy"] is None


def test_a_setting_applies_before_the_start_or_at_its_update(toml: str, capsys: pytest.CaptureFixture[str]) -> None:
    plain, before, during = (
        trained([toml, "--steps", "20", *sets], capsys)["sha256"]
        for sets in ([], ["--set", "optimizer.learning_rate=0.2"], ["--set", "10:optimizer.learning_rate=0.2"])
    )
    assert len({plain, before, during}) == 3


def test_the_table_ends_at_the_last_update(toml: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", toml, "--steps", "1234"]) == 0
    *_, row, sha = capsys.readouterr().out.splitlines()
    assert row.split()[0] == "1,234"
    assert sha.startswith("sha256 ")


def test_a_run_that_diverges_says_so_and_still_ends_with_json(toml: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--steps", "900", "--set", "data.kind=sine", "--set", "network.activation=relu",
                 "--set", "optimizer.learning_rate=1000", "--json"]  # fmt: skip
    assert main(["run", toml, *arguments]) == 2
    said = capsys.readouterr()
    found = json.loads(said.out.splitlines()[-1])
    assert found["status"] == "diverged"
    assert found["steps"] < 900
    assert found["train_loss"] is None or math.isfinite(found["train_loss"])
    assert said.err.startswith(f"Stopped before update {found['steps'] + 1:,}:")
    assert said.err.count("\n") == 1


def saved(toml: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, dict[str, Any]]:
    path = folder / "ten.gdx"
    sets = [word for text in TEN for word in ("--set", text)]
    return path, trained([toml, "--steps", "140", *sets, "--save", str(path)], capsys)


def test_a_run_with_ten_changes_replays_bit_for_bit(
    toml: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, found = saved(toml, tmp_path, capsys)
    assert main(["replay", str(path), "--check", "--json"]) == 0
    assert last_line(capsys) == found | {"experiment": "ten"}
    assert main(["replay", str(path), "--check"]) == 0
    said = capsys.readouterr().out
    for verdict in ("run 1, 80 updates with 8 changes", "run 2, 140 updates with 1 change"):  # of another seed
        assert f"The replay of {verdict} on the way agrees with the session bit" in said


def test_a_replay_that_differs_has_exit_code_1(
    toml: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = saved(toml, tmp_path, capsys)
    monkeypatch.setattr("gdexplorer.lab.stored_logs.unpacked", lambda *_: [])
    assert main(["replay", str(path), "--check"]) == 1
    said = capsys.readouterr().err
    assert "The replay of run 1, 80 updates with 0 changes on the way ends at other weights than the session" in said


def test_every_run_and_every_keyframe_is_compared(
    toml: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = saved(toml, tmp_path, capsys)
    session = load(path, CATALOGUE)
    session.ghosts[0].keyframes.frames[0].states[0].theta[3] += 1e-15
    save(session, path)
    assert main(["replay", str(path), "--check"]) == 1
    said = capsys.readouterr()
    assert "The replay of run 1, 80 updates with 8 changes on the way is at other weights at the keyf" in said.err
    assert said.err.count("\n") == 1
    assert "The replay of run 2, 140 updates with 1 change on the way agrees" in said.out


RACE = "\n[[rivals]]\nid = 'a'\noptimizer = 'adam'\n[[rivals]]\nid = 'r'\noptimizer = 'rmsprop'\n"


def test_every_lane_of_a_race_is_compared(toml: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path(toml).write_text(EXPERIMENT + RACE)
    path = tmp_path / "race.gdx"
    trained([toml, "--steps", "30", "--set", "10:penalty.l2=0.01", "--save", str(path)], capsys)
    assert main(["replay", str(path), "--check"]) == 0
    assert "30 updates with 1 change on the way agrees" in capsys.readouterr().out
    session = load(path, CATALOGUE)
    session.runs[2].state.theta[3] += 1e-15  # of the last lane alone
    save(session, path)
    assert main(["replay", str(path), "--check"]) == 1
    assert "ends at other weights than the session in lane RMSprop, sha256" in capsys.readouterr().err


def test_the_list_names_what_ships(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in ("first", "spiral", "digits"))


def test_a_race_says_where_all_lanes_stand(capsys):
    assert main(["run", "ravine", "--steps", "20", "--json"]) == 0
    lanes = json.loads(capsys.readouterr().out)["lanes"]
    assert [lane["lane"] for lane in lanes] == ["SGD", "momentum", "conjugate gradient"]
    assert lanes[2]["train_loss"] < 1e-6 < lanes[0]["train_loss"]
    assert main(["run", "ravine", "--steps", "20"]) == 0
    table = capsys.readouterr().out
    assert table.index("conjugate gradient") < table.index("momentum") < table.rindex("SGD")
