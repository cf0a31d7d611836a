import subprocess
import sys
from pathlib import Path

import pytest

from gdexplorer import __version__
from gdexplorer.cli.main import main


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"gdexplorer {__version__}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in ("run", "replay", "export", "list", "bench", "shot", "selftest"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fly"], "No such command 'fly'; see 'gdexplorer --help'."),
        (["rates"], "No such command 'rates'; did you mean 'range'?"),
        (["bench", "all"], "No such command 'all'; see 'gdexplorer bench --help'."),
        (["run"], "Missing argument 'EXPERIMENT'; see 'gdexplorer run --help'."),
        (["run", "first", "--steps"], "Option '--steps' requires an argument; see 'gdexplorer --help'."),
        (["run", "first", "--steps", "many"], "--steps must be a whole number, not 'many'."),
        (["run", "first", "--steps", "-3"], "--steps must be at least 1, not '-3'."),
        (["shot", "--out", "o.png", "--scale", "nan"], "--scale must be at most 3, not 'nan'."),
        (["list", "all"], "Got unexpected extra argument(s) (all); see 'gdexplorer list --help'."),
    ],
)
def test_wrong_usage_is_one_sentence(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(arguments, capsys) == sentence + "\n"


def test_a_group_without_a_command_prints_its_help_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench"]) == 2
    said = capsys.readouterr()
    assert "journeys" in said.out
    assert said.err == ""


BROKEN_TOML = "[network]\nlayers = [\n"
UNKNOWN_NAME = '[network]\nlayers = []\n[optimizer]\nkind = "adamm"\n'
OUT_OF_BOUNDS = "[network]\nlayers = []\n[training]\nbatch_size = 0\n"
WRONG_TYPE = '[network]\nlayers = []\n[training]\nbatch_size = "big"\n'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (BROKEN_TOML, "no valid TOML"),
        (UNKNOWN_NAME, "'adamm' is not known; did you mean 'adam'?"),
        (OUT_OF_BOUNDS, "training.batch_size in e.toml must be at least 1, not 0."),
        (WRONG_TYPE, "training.batch_size in e.toml must be a whole number, not 'big'."),
    ],
)
def test_a_bad_experiment_is_refused_in_one_sentence(
    content: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "e.toml").write_text(content)
    assert words in refused(["run", str(tmp_path / "e.toml"), "--steps", "3"], capsys)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "frist", "--steps", "3"], "did you mean 'first'?"),
        (["run", "none.toml", "--steps", "3"], "no experiment or file 'none.toml'"),
        (["run", "first", "--steps", "3", "--set", "optimizer.rate=1"], "setting 'optimizer.rate' is not known"),
        (["run", "first", "--steps", "3", "--set", "training.batch_size=0"], "must be at least 1, not 0"),
        (["run", "first", "--steps", "3", "--set", "data.kind=mons"], "'mons' is not known; did you mean 'moons'?"),
        (["run", "first", "--steps", "3", "--set", "batch size"], "--set takes [UPDATE:]path=value"),
        (["run", "first", "--steps", "3", "--set", "2:seed=-1"], "must be at least 0, not -1"),
        (["run", "first", "--steps", "3", "--set", "4:seed=1"], "comes after the last update, 3"),
        (["run", "first", "--steps", "3", "--save", "no/such/folder/s.gdx"], "There is no folder 'no/such/folder'"),
        (["run", "first", "--steps", "1000000000", "--save", "s.txt"], "'s.txt' would be a .gdx file"),
        (["run", "first", "--steps", "1000000000", "--save", "."], "'.' is no name for a file"),
        (["export", "first", "--steps", "1000000000", "--curves", "c.npz"], "'c.npz' would be a .csv file"),
        (["export", "first", "--steps", "1000000000", "--weights", "no/w"], "There is no folder 'no'"),
        (["film", "first", "no/f.gif"], "There is no folder 'no'"),
        (["shot", "--out", "o.jpg"], "'o.jpg' would be a .png file"),
        (["selftest", "--out", "no/o.png"], "There is no folder 'no'"),
        (["shot", "--out", "o.png", "--size", "9999x9999"], "from 100 to 8192, not '9999x9999'"),
        (["shot", "--out", "o.png", "--steps", "3", "--set", "4:seed=1"], "comes after the last update, 3"),
        (["shot", "--out", "o.png", "--steps", "3", "--branch", "4:seed=1"], "comes after the last update, 3"),
        (
            ["run", "first", "--steps", "3", "--set", "seed=1e99"],
            "seed must be a whole number of fewer digits, not 1e+99",
        ),
        (["replay", "none.gdx"], "There is no file 'none.gdx'"),
        (["bench", "steps", "--only", "W9"], "workload 'W9' is not known"),
        (["shot", "--out", "o.png", "--size", "wide"], "not 'wide'"),
        (["shot", "--out", "o.png", "--experiment", "frist"], "did you mean 'first'?"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words in refused(arguments, capsys)


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert said.err.endswith((".\n", "?\n"))
    assert "Traceback" not in said.err
    return said.err


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-W", "error", *arguments], capture_output=True, text=True, check=False)


def test_it_runs_as_a_module_without_a_traceback() -> None:
    done = python("-m", "gdexplorer", "run", "frist", "--steps", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "There is no experiment or file 'frist'; did you mean 'first'?\n"


def test_neither_start_loads_what_it_does_not_need() -> None:
    source = "import sys, gdexplorer.{}; print([m for m in {} if m in sys.modules])"
    window = python("-c", source.format("__main__", ("typer", "rich", "gdexplorer.cli", "PySide6")))
    assert window.stdout == "[]\n", window.stderr
    command = python("-c", source.format("cli.main", ("PySide6", "pyqtgraph", "gdexplorer.app")))
    assert command.stdout == "[]\n", command.stderr
