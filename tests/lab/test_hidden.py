"""What no visible panel asks for is not measured: every probe's `measure` is counted."""

import importlib
import pkgutil
from typing import get_args

import pytest

from gdexplorer import probes
from gdexplorer.lab.errands import Inline
from gdexplorer.lab.frame import Probe
from gdexplorer.lab.measure import Measurer
from gdexplorer.probes.learning import Learning
from tests.builders import begin

NAMES = [module.name for module in pkgutil.iter_modules(probes.__path__)]
MODULES = [importlib.import_module(f"gdexplorer.probes.{name}") for name in NAMES]
COUNTED = [module for module in MODULES if hasattr(module, "measure")]
OWNERS = {module.__name__: module for module in COUNTED}
KINDS = [kind for kind in get_args(Probe) if kind.__module__ in OWNERS]


@pytest.fixture
def calls(monkeypatch):
    """How often each probe was called, by module."""
    counts = {}

    def counted(module):
        original = module.measure

        def measure(*arguments, **keywords):
            counts[module.__name__] = counts.get(module.__name__, 0) + 1
            return original(*arguments, **keywords)

        return measure

    for module in COUNTED:
        monkeypatch.setattr(module, "measure", counted(module))
    return counts


def _moments(run, needs):
    measurer = Measurer(Inline())
    for _ in range(4):
        run.advance(3)
        for _ in range(3):
            measurer.measure([run], needs)


def test_without_a_visible_panel_no_probe_is_called(calls):
    _moments(begin(), frozenset())
    assert not calls


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_one_that_is_asked_for_calls_no_other(calls, kind):
    request = kind(updates=2, seeds=1) if kind is Learning else kind()
    _moments(begin(), frozenset({request}))
    assert set(calls) <= {kind.__module__}


def test_those_of_noise_are_called_when_they_are_asked_for(calls):
    names = {"alpha", "cloud", "noise", "norm_test", "successive"}
    kinds = [kind for kind in KINDS if kind.__module__.rpartition(".")[2] in names]
    _moments(begin(), frozenset(kind() for kind in kinds))
    assert {name.rpartition(".")[2] for name in calls} == names
    assert min(calls.values()) >= 2
