"""Set gdexplorer up from a fresh clone, then run it or test it.

    python3 packaging/bootstrap.py run [arguments of gdexplorer]
    python3 packaging/bootstrap.py test [arguments of pytest]
    python3 packaging/bootstrap.py test-core     the core's tests, where Qt is not installed
    python3 packaging/bootstrap.py setup         only set up

Needs nothing but Python 3.11 or newer: the packages go to .venv, at the versions and hashes of requirements.lock.
When all is set up it starts at once.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "packaging" / "requirements.lock"
VENV = ROOT / ".venv"
BUILD = ROOT / "build"
CORE_VENV = BUILD / "core-venv"

# Soname -> Debian and Ubuntu package. What Qt's libraries link to: always, under X11, and under Wayland.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
X11_LIBRARIES = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WAYLAND_LIBRARIES = {"libwayland-client.so.0": "libwayland-client0", "libwayland-cursor.so.0": "libwayland-cursor0"}

# a process for each core, and one more, for tests of the window wait half of their time
SIDE_BY_SIDE = ("-n", str((os.cpu_count() or 1) + 1), "--dist", "worksteal")
CORE_TESTS = ("nn", "data", "optim", "objectives", "landscape", "probes", "lab", "test_architecture.py")
QT_PACKAGES = {"pyqtgraph", "pyside6-essentials", "shiboken6"}
QT_PACKAGES |= {"pytest-qt", "pytest-xvfb", "pyvirtualdisplay"}


class SetupError(Exception):
    """The reason why it cannot go on, as one sentence, and the exit code that says so."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


def main(arguments: list[str]) -> int:
    """Do what the first argument says and return the exit code."""
    try:
        if sys.version_info < (3, 11):  # noqa: UP036 - reached by whoever starts it with an older Python
            version = ".".join(map(str, sys.version_info[:2]))
            raise SetupError(f"gdexplorer needs Python 3.11 or newer, this is {version}: start me with a newer one.", 2)
        command, rest = (arguments[0] if arguments else ""), arguments[1:]
        if command == "run":
            return run(rest)
        if command == "test":
            return test(rest)
        if command == "test-core" and not rest:
            return test_core()
        if command == "setup" and not rest:
            set_up()
            return 0
        raise SetupError("Say what to do: python3 packaging/bootstrap.py run, test, test-core or setup.", 2)
    except SetupError as error:
        print(error, file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        return 130


def run(arguments: list[str]) -> int:
    """Open the program; without a display, draw one picture of it instead."""
    set_up()
    environment = dict(os.environ)
    command = [str(python_of(VENV)), "-m", "gdexplorer", *arguments]
    if arguments or has_display():
        say("4/4 start: " + " ".join(["gdexplorer", *arguments]))
        return call(command, environment)
    picture = BUILD / "selftest.png"
    BUILD.mkdir(exist_ok=True)
    say(f"4/4 start: there is no display here, so the window is drawn to {picture} instead")
    environment["QT_QPA_PLATFORM"] = "offscreen"
    picture.unlink(missing_ok=True)
    code = call([*command, "selftest", "--out", str(picture)], environment)
    if code != 0 or not picture.exists():
        raise SetupError(f"The self-test drew no picture, exit code {code}: its reason stands above.", code or 1)
    say(f"The picture of the window is {picture}.")
    return 0


def test(arguments: list[str]) -> int:
    """Run the tests and every habit, also when one of them fails."""
    set_up(testing=True)
    python = str(python_of(VENV))
    tools = Path(python).parent
    checks = {
        "ruff check": [python, "-m", "ruff", "check", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "mypy": [python, "-m", "mypy", "--strict", "gdexplorer", "packaging/bootstrap.py"],
        "import-linter": [str(tools / "lint-imports"), "--no-logo"],
        "pytest": [python, "-m", "pytest", *SIDE_BY_SIDE, *arguments],
    }
    say(f"4/4 checks: {', '.join(checks)}")
    verdicts = {}
    collect = [python, "-m", "pytest", "--collect-only", *arguments]
    compiling = threading.Thread(target=call, args=(collect, keeping_bytecode(), True))
    compiling.start()  # beside the habits, once: each process of the tests would compile all of them for itself
    for name, command in checks.items():
        if name == "pytest":
            compiling.join()
        start = time.monotonic()
        code = call(command, keeping_bytecode())
        verdicts[name] = (code, time.monotonic() - start)
    for name, (code, seconds) in verdicts.items():
        say(f"{name}: {'passed' if code == 0 else f'failed with exit code {code}'} ({seconds:.0f} s)")
    return 0 if all(code == 0 for code, _ in verdicts.values()) else 1


def test_core() -> int:
    """Run the core's tests in an environment that has everything in the lock but Qt."""
    requirements = BUILD / "requirements-core.txt"
    BUILD.mkdir(exist_ok=True)
    requirements.write_text(without(QT_PACKAGES, LOCK.read_text(encoding="utf-8")), encoding="utf-8")
    prepare_system({})
    install(CORE_VENV, requirements)
    python = str(python_of(CORE_VENV))
    if call([python, "-c", "import PySide6"], dict(os.environ), quiet=True) == 0:
        raise SetupError(
            f"Qt can be imported in {CORE_VENV}, so this proves nothing: remove that folder and try again."
        )
    tests = [str(ROOT / "tests" / name) for name in CORE_TESTS if (ROOT / "tests" / name).exists()]
    say("4/4 the core's tests without Qt")
    return call([python, "-m", "pytest", *SIDE_BY_SIDE, *tests], keeping_bytecode())


def keeping_bytecode() -> dict[str, str]:
    """Return an environment in which what is compiled is kept: half a minute for many processes side by side."""
    return dict(os.environ, PYTHONDONTWRITEBYTECODE="")


def set_up(testing: bool = False) -> None:
    """Bring the system libraries and .venv to what the lock says."""
    prepare_system(missing_libraries(testing))
    install(VENV, LOCK)


def missing_libraries(testing: bool = False) -> dict[str, str]:
    """Return what Qt lacks on this system, and the tests: library, font or screen -> Debian package."""
    if not sys.platform.startswith("linux"):
        return {}
    needed = dict(QT_LIBRARIES)
    if testing or os.environ.get("DISPLAY"):
        needed.update(X11_LIBRARIES)
    if os.environ.get("WAYLAND_DISPLAY"):
        needed.update(WAYLAND_LIBRARIES)
    missing = {soname: package for soname, package in needed.items() if not can_load(soname)}
    if not has_font():
        missing["a font"] = "fonts-dejavu-core"
    if testing and shutil.which("Xvfb") is None:
        missing["Xvfb"] = "xvfb"  # the screen in memory on which the tests of 3-D views open windows
    return missing


def can_load(soname: str) -> bool:
    """Whether the dynamic linker finds a library."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def has_font() -> bool:
    """Whether fontconfig, which Qt asks, knows any font."""
    try:
        fontconfig = ctypes.CDLL("libfontconfig.so.1")
    except OSError:
        return False
    fontconfig.FcInitLoadConfigAndFonts.restype = ctypes.c_void_p
    fontconfig.FcConfigGetFonts.restype = ctypes.POINTER(ctypes.c_int)  # FcFontSet *, which begins with the count
    fonts = fontconfig.FcConfigGetFonts(ctypes.c_void_p(fontconfig.FcInitLoadConfigAndFonts()), 0)
    return bool(fonts) and fonts.contents.value > 0


def prepare_system(missing: dict[str, str]) -> None:
    """Install what is missing where that is allowed, else stop with the line that does it."""
    missing = dict(missing)
    if importlib.util.find_spec("ensurepip") is None:
        missing["Python's ensurepip"] = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if not missing:
        say("1/4 system libraries: nothing is missing")
        return
    install_line = ["apt-get", "install", "-y", "--no-install-recommends", *sorted(set(missing.values()))]
    names = ", ".join(missing)
    if not shutil.which("apt-get"):
        raise SetupError(f"This system lacks {names}: install what provides them, then run the same command again.", 2)
    if os.geteuid() != 0:
        line = "sudo apt-get update && sudo " + shlex.join(install_line)
        raise SetupError(f"This system lacks {names}; run this line, then the same command again:\n{line}", 2)
    say(f"1/4 system libraries: installing {names}")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for command in (["apt-get", "update", "-qq"], [*install_line, "-qq"]):
        if call(command, environment) != 0:
            raise SetupError(f"'{shlex.join(command)}' failed, with its reason above: mend that, then run me again.")


def install(venv: Path, requirements: Path) -> None:
    """Make a virtual environment hold the locked packages and the project; return at once if it does."""
    stamp = venv / "bootstrap-stamp"
    python = python_of(venv)
    wanted = fingerprint(requirements)
    name = venv.relative_to(ROOT)
    if python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        say(f"2/4 environment: {name} is there")
        say("3/4 packages: as locked")
        return
    environment = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1")
    stamp.unlink(missing_ok=True)
    if python.exists() and call([str(python), "-m", "pip", "--version"], environment, quiet=True) == 0:
        say(f"2/4 environment: {name} is there")
    else:
        say(f"2/4 environment: making {name}")
        if call([sys.executable, "-m", "venv", "--clear", str(venv)], environment) != 0:
            raise SetupError(f"{venv} could not be made, with the reason above: mend that, then run me again.")
    say(f"3/4 packages: installing what {requirements.relative_to(ROOT)} lists, and the project (once, some minutes)")
    pip = [str(python), "-m", "pip", "install", "-qq", "--no-input"]
    for what in (
        ["--require-hashes", "-r", str(requirements)],
        ["--no-build-isolation", "--no-deps", "-e", str(ROOT)],
    ):
        if call([*pip, *what], environment) != 0:
            raise SetupError("pip could not install the packages, with its reason above: mend that, then run me again.")
    stamp.write_text(wanted, encoding="utf-8")


def fingerprint(requirements: Path) -> str:
    """Hash everything on which an installed environment depends."""
    digest = hashlib.sha256(str(ROOT).encode())  # an editable install holds the folder's path
    for file in (requirements, ROOT / "pyproject.toml"):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def without(packages: set[str], lock: str) -> str:
    """Return a lock without some packages, each with its hashes."""
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", lock)
    return "".join(block for block in blocks if block.partition("==")[0] not in packages)


def has_display() -> bool:
    """Whether a window can be opened."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def python_of(venv: Path) -> Path:
    """Return the interpreter of a virtual environment."""
    return venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def call(command: list[str], environment: dict[str, str], quiet: bool = False) -> int:
    """Run a command in the repository and return its exit code, 128 + n when signal n ended it."""
    silence = subprocess.DEVNULL if quiet else None
    code = subprocess.call(command, cwd=ROOT, env=environment, stdout=silence, stderr=silence)
    return 128 - code if code < 0 else code


def say(line: str) -> None:
    """Print one line now, so that it stands before what a command prints."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
