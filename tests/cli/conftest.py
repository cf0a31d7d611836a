"""What tests of the command line share: a small experiment in a file."""

from pathlib import Path

import pytest

EXPERIMENT = """
title = "A test"
[data]
kind = "moons"
amount = 60
[network]
layers = [{ id = "h1", units = 6, activation = "tanh" }]
[training]
batch_size = 7
"""


@pytest.fixture
def toml(tmp_path: Path) -> str:
    """Return the path of the experiment."""
    path = tmp_path / "test.toml"
    path.write_text(EXPERIMENT)
    return str(path)
