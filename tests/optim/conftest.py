import json
from pathlib import Path

import numpy as np
import pytest

from gdexplorer.optim import RULES


class Reference:
    """The frozen PyTorch runs: the cases by name, and the arrays."""

    def __init__(self):
        with np.load(Path(__file__).parents[1] / "fixtures" / "optimizers.npz") as file:
            self.arrays = {name: file[name] for name in file.files}
        self.cases = {case["name"]: case for case in json.loads(str(self.arrays["cases"]))}


REFERENCE = Reference()
_RULES = {rule.name: rule for rule in RULES}


@pytest.fixture(scope="session")
def reference():
    return REFERENCE.arrays


@pytest.fixture(params=REFERENCE.cases)
def case(request):
    return REFERENCE.cases[request.param]


@pytest.fixture
def rule(case):
    return _RULES[case["rule"]]


@pytest.fixture
def begin(case, rule):
    """Fresh slots for a case: ``begin(size, dtype)``; its mask is repeated to the size."""

    def slots(size=5, dtype=np.float64):
        mask = np.resize(np.array(case["mask"], float), size) if "mask" in case else None
        return rule.init(size, np.dtype(dtype), rule.Knobs(**case["knobs"]), mask)

    return slots
