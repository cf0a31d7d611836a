from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.builders import experiment
from tests.leftovers import nothing_left_running  # noqa: F401 - every test here stops what it starts
from tests.runtime.bench import Bench


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(qtbot, experiment())
    made.trainer.start()
    yield made
    assert made.trainer.stop(30_000)
