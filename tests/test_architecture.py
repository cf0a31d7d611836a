"""The core knows no Qt: it imports where Qt cannot be imported."""

import subprocess
import sys

import pytest

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
package = importlib.import_module("gdexplorer." + sys.argv[1])
print(package.__name__)
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    print(importlib.import_module(module.name).__name__)
"""


def python(source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", WALL + source, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("package", CORE)
def test_core_imports_without_qt(package: str) -> None:
    done = python(IMPORT_ALL, package)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) > 1, "the package is empty"


def test_the_wall_holds() -> None:
    done = python("from PySide6 import QtCore")
    assert done.returncode == 1
    assert "PySide6 is Qt" in done.stderr
