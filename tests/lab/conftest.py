"""What tests of measurements share."""

import pytest

from gdexplorer.lab.measure import Measurer
from tests.builders import Manual


@pytest.fixture
def executor():
    return Manual()


@pytest.fixture
def measurer(executor):
    return Measurer(executor)
