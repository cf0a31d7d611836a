"""What every test shares; nothing here needs Qt, so that the core is tested without it."""

import gc
import os

# Read when Qt and its wrappers are imported, which no test does before this file.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYTEST_QT_API"] = "pyside6"

import gdexplorer  # noqa: F401, I001 - pins the BLAS threads, so it comes before numpy
import numpy as np
import pytest

gc.disable()  # until all tests are collected


def pytest_collection_finish() -> None:
    """What was imported and collected stays: to find that out again and again takes a tenth of the time."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xvfb_disable() -> bool:
    """An X server is started only for QT_QPA_PLATFORM=xcb."""
    return os.environ["QT_QPA_PLATFORM"] != "xcb"


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator that is the same in every run."""
    return np.random.default_rng(20240229)
