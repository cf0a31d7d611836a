"""What every test shares; nothing here needs Qt, so that the core is tested without it."""

import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

# Read when Qt and its wrappers are imported, which no test does before this file.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYTEST_QT_API"] = "pyside6"

import gdexplorer  # noqa: F401, I001 - pins the BLAS threads, so it comes before numpy
import numpy as np
import pytest

ROOT = Path(__file__).parents[1]


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Of several processes, let each compile its share of the modules, which the others then find compiled."""
    worker, count = (os.environ.get(f"PYTEST_XDIST_WORKER{suffix}", "") for suffix in ("", "_COUNT"))
    if not worker or sys.dont_write_bytecode:
        return
    given = [Path(argument.partition("::")[0]).resolve() for argument in session.config.args]
    files = sorted({file for path in given for file in (path.rglob("test_*.py") if path.is_dir() else [path])})
    for file in files[int(worker.removeprefix("gw")) :: int(count)]:
        with suppress(Exception, pytest.skip.Exception):  # pytest imports it again and says what is wrong
            import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


@pytest.hookimpl(optionalhook=True)
def pytest_xvfb_disable() -> bool:
    """An X server is started only for QT_QPA_PLATFORM=xcb."""
    return os.environ["QT_QPA_PLATFORM"] != "xcb"


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator that is the same in every run."""
    return np.random.default_rng(20240229)
