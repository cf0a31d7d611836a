"""Tables of which each row is met, and the product of them at length."""

from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest


def paired(first: str, ones: Iterable[Any], second: str, others: Iterable[Any]) -> pytest.MarkDecorator:
    """Parametrize by both tables: as many pairs as the longer has rows, so that each is met; as `long` the rest."""
    ones, others = list(ones), list(others)
    usual = {(k % len(ones), k % len(others)) for k in range(max(len(ones), len(others)))}
    rows = [
        pytest.param(ones[i], others[j], marks=() if (i, j) in usual else pytest.mark.long)
        for i, j in product(range(len(ones)), range(len(others)))
    ]
    return pytest.mark.parametrize((first, second), rows)
