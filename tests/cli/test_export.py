"""`gdexplorer export`."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from gdexplorer.cli.main import BAD_INPUT, main


def test_all_four_files_with_their_extensions(
    toml: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    files = [f"--{name}={tmp_path / name}" for name in ("weights", "pytorch", "surface", "curves")]
    assert main(["export", toml, "--steps", "8", "--set", "optimizer.learning_rate=0.03", *files]) == 0
    names = ["weights.safetensors", "pytorch.py", "surface.npz", "curves.csv", "curves-batch.csv"]
    assert capsys.readouterr().out.split("\n")[:-1] == [f"Wrote {tmp_path / name}." for name in names]
    assert load_file(tmp_path / "weights.safetensors")["h1.weight"].shape == (6, 2)
    compile((tmp_path / "pytorch.py").read_text(), "pytorch.py", "exec")
    assert (tmp_path / "curves-batch.csv").read_text().count("\n") == 9
    with np.load(tmp_path / "surface.npz", allow_pickle=False) as file:
        facts = json.loads(str(file["facts"]))
        assert file["losses"].shape == (49, 49)
    assert facts["update"] == 8
    assert facts["experiment"]["optimizer"]["learning_rate"] == 0.03


def test_a_session_is_taken_as_it_was_saved_or_goes_on(toml: str, tmp_path: Path) -> None:
    session, out = tmp_path / "s.gdx", tmp_path / "c.csv"
    assert main(["run", toml, "--steps", "10", "--save", str(session)]) == 0
    for steps, last in (([], 10), (["--steps", "14"], 14)):
        assert main(["export", str(session), *steps, "--curves", str(out)]) == 0
        assert int(out.read_text().splitlines()[-1].split(",")[0]) == last
    assert main(["export", str(session), "--steps", "5", "--curves", str(out)]) == BAD_INPUT


def test_of_a_run_that_diverges_the_last_weights_are_written_and_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    out = tmp_path / "w.safetensors"
    assert main(["export", "too-fast", "--steps", "300", "--weights", str(out)]) == 0
    assert capsys.readouterr().err.startswith("Stopped before update 132: the loss is inf, first in layer output.")
    assert all(np.isfinite(array).all() for array in load_file(out).values())


def test_a_function_has_a_surface_but_no_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "himmelblau", "--steps", "9", "--surface", str(tmp_path / "s.npz")]) == 0
    with np.load(tmp_path / "s.npz", allow_pickle=False) as file:
        assert json.loads(str(file["facts"]))["plane"] == "weights"
    assert main(["export", "himmelblau", "--steps", "9", "--pytorch", str(tmp_path / "s.py")]) == BAD_INPUT
    assert "network that learns from examples" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "why"), [
        ([], "Say what to write"),
        (["--weights", "/missing/folder/w"], "There is no folder"),
        (["--curves", "c.csv", "--set", "5:seed=1"], "leave the update away")],
)  # fmt: skip
def test_bad_input_is_one_sentence(
    arguments: list[str], why: str, toml: str, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    assert main(["export", toml, "--steps", "3", *arguments]) == BAD_INPUT
    told = capsys.readouterr().err
    assert why in told
    assert told.count("\n") == 1


def test_an_onnx_model_or_how_to_get_what_writes_it(
    toml: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    code = main(["export", toml, "--steps", "3", "--onnx", str(tmp_path / "net")])
    told = capsys.readouterr()
    if find_spec("onnx") is None:
        assert code == BAD_INPUT
        assert "pip install 'gdexplorer[onnx]'" in told.err
    else:
        assert told.out == f"Wrote {tmp_path / 'net.onnx'}.\n"
        assert b"h1.weight" in (tmp_path / "net.onnx").read_bytes()
