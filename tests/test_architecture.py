"""The core knows no Qt: it imports where Qt cannot be imported."""

import subprocess
import sys

CORE = ("nn", "data", "optim", "objectives", "landscape", "probes", "lab")

WALL = """
import importlib, pkgutil, sys

class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("PySide6", "shiboken6", "pyqtgraph"):
            raise ImportError(f"{name} is Qt")

sys.meta_path.insert(0, Wall())
"""
IMPORT_ALL = """
for name in sys.argv[1:]:
    package = importlib.import_module("gdexplorer." + name)
    count = 0
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
        count += 1
    print(name, count)
"""


def python(source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", WALL + source, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_core_imports_without_qt() -> None:
    done = python(IMPORT_ALL, *CORE)
    assert done.returncode == 0, done.stderr
    counts = dict(line.split() for line in done.stdout.splitlines())
    assert tuple(counts) == CORE
    assert all(int(count) > 0 for count in counts.values()), "a package is empty"


def test_the_wall_holds() -> None:
    done = python("from PySide6 import QtCore")
    assert done.returncode == 1
    assert "PySide6 is Qt" in done.stderr
