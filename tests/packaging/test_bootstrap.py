"""The set-up, with every command it would start recorded instead of run."""

import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
PIP = "-m pip install"


@pytest.fixture
def bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "packaging" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def clone(bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A fresh clone on a Linux machine that lacks nothing, and the commands that were started in it."""
    (tmp_path / "packaging").mkdir()
    lock = tmp_path / "packaging" / "requirements.lock"
    lock.write_text("numpy==2.2 \\\n    --hash=sha256:0\nshiboken6==6.11 \\\n    --hash=sha256:1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    commands: list[str] = []
    fails: list[str] = []

    def call(command: list[str], environment: dict[str, str], quiet: bool = False) -> int:
        line = " ".join(command)
        commands.append(line)
        if "-m venv" in line:
            (Path(command[-1]) / "bin").mkdir(parents=True, exist_ok=True)
            (Path(command[-1]) / "bin" / "python").touch()
        if "selftest" in line and not fails:
            Path(command[-1]).touch()
        clone.environment = environment
        return 3 if any(word in line for word in fails) else 0

    clone = SimpleNamespace(root=tmp_path, lock=lock, commands=commands, fails=fails, environment={})
    for name, value in {
        "ROOT": tmp_path,
        "LOCK": lock,
        "VENV": tmp_path / ".venv",
        "BUILD": tmp_path / "build",
        "CORE_VENV": tmp_path / "build" / "core-venv",
        "call": call,
        "can_load": lambda soname: True,
        "has_font": lambda: True,
    }.items():
        monkeypatch.setattr(bootstrap, name, value)
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(bootstrap.shutil, "which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return clone


def started(clone: SimpleNamespace, words: str) -> list[str]:
    return [line for line in clone.commands if words in line]


def test_a_fresh_clone_gets_the_lock_by_hash_and_then_the_project(
    bootstrap: ModuleType, clone: SimpleNamespace
) -> None:
    assert bootstrap.main(["setup"]) == 0
    make, packages, project = clone.commands
    assert make == f"{sys.executable} -m venv --clear {clone.root / '.venv'}"
    assert packages.endswith(f"--require-hashes -r {clone.lock}")
    assert project.endswith(f"--no-build-isolation --no-deps -e {clone.root}")


def test_the_second_time_nothing_is_started(bootstrap: ModuleType, clone: SimpleNamespace) -> None:
    bootstrap.main(["setup"])
    clone.commands.clear()
    assert bootstrap.main(["setup"]) == 0
    assert clone.commands == []


@pytest.mark.parametrize("file", ["packaging/requirements.lock", "pyproject.toml"])
def test_a_changed_file_installs_again_into_the_same_environment(
    bootstrap: ModuleType, clone: SimpleNamespace, file: str
) -> None:
    bootstrap.main(["setup"])
    clone.commands.clear()
    (clone.root / file).write_text("# another\n")
    assert bootstrap.main(["setup"]) == 0
    assert len(started(clone, PIP)) == 2
    assert not started(clone, "-m venv")


def test_a_failed_installation_is_said_and_tried_again(
    bootstrap: ModuleType, clone: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    clone.fails.append("--require-hashes")
    assert bootstrap.main(["setup"]) == 1
    assert capsys.readouterr().err.startswith("pip could not install the packages")
    clone.fails.clear()
    assert bootstrap.main(["setup"]) == 0
    assert len(started(clone, "--require-hashes")) == 2


def test_an_environment_without_a_working_pip_is_made_anew(bootstrap: ModuleType, clone: SimpleNamespace) -> None:
    (clone.root / ".venv" / "bin").mkdir(parents=True)
    (clone.root / ".venv" / "bin" / "python").touch()
    clone.fails.extend(["-m pip --version", "-m venv"])
    assert bootstrap.main(["setup"]) == 1
    assert len(started(clone, "-m venv --clear")) == 1


def lacking(*sonames: str) -> Callable[[str], bool]:
    return lambda soname: soname not in sonames


def test_a_missing_library_is_named_with_the_line_that_installs_it(
    bootstrap: ModuleType,
    clone: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(bootstrap, "can_load", lacking("libEGL.so.1", "libglib-2.0.so.0", "libgthread-2.0.so.0"))
    assert bootstrap.main(["run"]) == 2
    assert clone.commands == []
    assert capsys.readouterr().err.splitlines()[1] == (
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends libegl1 libglib2.0-0"
    )


def test_root_installs_what_is_missing(
    bootstrap: ModuleType, clone: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "has_font", lambda: False)
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0)
    assert bootstrap.main(["setup"]) == 0
    venv = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    assert clone.commands[:2] == [
        "apt-get update -qq",
        f"apt-get install -y --no-install-recommends fonts-dejavu-core {venv} -qq",
    ]


def test_without_apt_the_libraries_are_named(
    bootstrap: ModuleType,
    clone: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(bootstrap, "can_load", lacking("libGL.so.1"))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda program: None)
    assert bootstrap.main(["setup"]) == 2
    assert "lacks libGL.so.1: install what provides them" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variable", "soname"), [("DISPLAY", "libxcb-cursor.so.0"), ("WAYLAND_DISPLAY", "libwayland-cursor.so.0")]
)
def test_the_window_system_asks_for_its_own_libraries_only(
    bootstrap: ModuleType, clone: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, variable: str, soname: str
) -> None:
    monkeypatch.setattr(bootstrap, "can_load", lacking("libxcb-cursor.so.0", "libwayland-cursor.so.0"))
    assert bootstrap.missing_libraries() == {}
    monkeypatch.setenv(variable, ":0")
    assert list(bootstrap.missing_libraries()) == [soname]


def test_the_tests_ask_for_a_screen_in_memory(
    bootstrap: ModuleType, clone: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "can_load", lacking("libxcb-cursor.so.0"))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda program: None)
    assert bootstrap.missing_libraries() == {}
    assert bootstrap.missing_libraries(testing=True) == {"libxcb-cursor.so.0": "libxcb-cursor0", "Xvfb": "xvfb"}


def test_can_load(bootstrap: ModuleType) -> None:
    assert not bootstrap.can_load("libnowhere.so.99")


def test_run_opens_the_window(bootstrap: ModuleType, clone: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    assert bootstrap.main(["run"]) == 0
    assert clone.commands[-1] == f"{clone.root}/.venv/bin/python -m gdexplorer"


def test_run_without_a_display_draws_a_picture_and_names_it(
    bootstrap: ModuleType, clone: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main(["run"]) == 0
    picture = clone.root / "build" / "selftest.png"
    assert clone.commands[-1].endswith(f"-m gdexplorer selftest --out {picture}")
    assert clone.environment["QT_QPA_PLATFORM"] == "offscreen"
    said = capsys.readouterr().out
    assert "there is no display here" in said
    assert said.endswith(f"The picture of the window is {picture}.\n")


def test_a_self_test_that_draws_nothing_has_failed(
    bootstrap: ModuleType, clone: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    (clone.root / "build").mkdir()
    (clone.root / "build" / "selftest.png").touch()
    clone.fails.append("no command is called so, it only keeps the picture from being drawn")
    assert bootstrap.main(["run"]) == 1
    assert "The self-test drew no picture" in capsys.readouterr().err
    clone.fails.append("selftest")
    assert bootstrap.main(["run"]) == 3


def test_run_hands_arguments_and_exit_code_through(bootstrap: ModuleType, clone: SimpleNamespace) -> None:
    clone.fails.append("gdexplorer run")
    assert bootstrap.main(["run", "run", "spiral", "--steps", "10"]) == 3
    assert clone.commands[-1].endswith("-m gdexplorer run spiral --steps 10")


@pytest.mark.parametrize("broken", ["-m pytest", "ruff check", "ruff format", "-m mypy", "lint-imports"])
def test_test_runs_everything_and_fails_for_any(
    bootstrap: ModuleType, clone: SimpleNamespace, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    clone.fails.append(broken)
    assert bootstrap.main(["test", "-k", "adam"]) == 1
    assert started(clone, f"-m pytest {' '.join(bootstrap.SIDE_BY_SIDE)} -k adam")
    verdicts = capsys.readouterr().out.splitlines()[-5:]
    assert [": failed with exit code 3" in line for line in verdicts].count(True) == 1
    assert [": passed" in line for line in verdicts].count(True) == 4


def test_test_passes_and_keeps_what_is_compiled(
    bootstrap: ModuleType, clone: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert bootstrap.main(["test"]) == 0
    assert clone.environment["PYTHONDONTWRITEBYTECODE"] == ""


def test_test_core_installs_everything_but_qt(bootstrap: ModuleType, clone: SimpleNamespace) -> None:
    (clone.root / "tests" / "nn").mkdir(parents=True)
    (clone.root / "tests" / "panels").mkdir()
    clone.fails.append("import PySide6")
    assert bootstrap.main(["test-core"]) == 0
    requirements = clone.root / "build" / "requirements-core.txt"
    assert requirements.read_text() == "numpy==2.2 \\\n    --hash=sha256:0\n"
    assert started(clone, f"--require-hashes -r {requirements}")
    side_by_side = " ".join(bootstrap.SIDE_BY_SIDE)
    assert clone.commands[-1].endswith(f"core-venv/bin/python -m pytest {side_by_side} {clone.root / 'tests' / 'nn'}")


def test_test_core_refuses_an_environment_with_qt(
    bootstrap: ModuleType, clone: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main(["test-core"]) == 1
    assert "so this proves nothing" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["jump"], ["setup", "now"]])
def test_an_unknown_command_gets_one_sentence(
    bootstrap: ModuleType, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert bootstrap.main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_an_older_python_gets_one_sentence(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    assert bootstrap.main(["run"]) == 2
    assert capsys.readouterr().err == (
        "gdexplorer needs Python 3.11 or newer, this is 3.9: start me with a newer one.\n"
    )


def test_call_reports_a_signal_as_a_shell_does(bootstrap: ModuleType) -> None:
    assert bootstrap.call([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], {}) == 137
    assert bootstrap.call([sys.executable, "-c", "raise SystemExit(5)"], {}) == 5


def test_every_qt_package_left_out_of_the_core_is_a_locked_one(bootstrap: ModuleType) -> None:
    lock = (ROOT / "packaging" / "requirements.lock").read_text()
    locked = set(re.findall(r"(?m)^([a-z0-9-]+)==", lock))
    assert locked >= bootstrap.QT_PACKAGES
