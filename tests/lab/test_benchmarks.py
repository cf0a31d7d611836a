import numpy as np
import pytest

from gdexplorer.lab import benchmarks
from gdexplorer.lab.run import Run

# (training examples, batch size, parameters) of 2-4-2-1, 2-16-16-16-1, 64-64-32-10, 784-256-128-10 and 8 filters,
# pooling and 10
SIZES = {"W1": (250, 10, 25), "W2": (512, 32, 609), "W3": (1792, 64, 6570), "W4": (2560, 128, 235146),
         "W5": (1792, 32, 810)}  # fmt: skip


@pytest.mark.parametrize("name", benchmarks.WORKLOADS)
def test_a_workload_has_the_size_that_peers_are_timed_at(name: str) -> None:
    run = Run(benchmarks.workload(name), benchmarks.catalogue())
    objective = run.objective
    assert (objective.full().size, objective.batch_size, objective.layout.size) == SIZES[name]
    assert run.state.theta.dtype == np.float32
    assert run.advance(20) == 20


def test_the_targets_of_the_small_workloads_are_signs() -> None:
    batch = Run(benchmarks.workload("W1"), benchmarks.catalogue()).objective.full()
    np.testing.assert_array_equal(batch.y[0], np.sign(batch.x[0] * batch.x[1]))


@pytest.mark.parametrize(("name", "examples", "size"), [("W2", 500, 609), ("W3", 1797, 6570)])
def test_a_surface_is_over_as_many_examples_as_those_of_the_peers(name: str, examples: int, size: int) -> None:
    objective = benchmarks.surface_objective(name)
    assert (objective.full().size, objective.layout.size, objective.dtype) == (examples, size, np.float32)
    assert len(np.unique(objective.full().x, axis=1).T) > 0.99 * examples  # every example once


def test_a_surface_is_timed_by_the_point() -> None:
    assert 0 < benchmarks.time_surface("W2", threads=1, side=5, seconds=1e-9) < 1e6


@pytest.mark.parametrize(("name", "lanes", "chosen"), [("W1", 4, True), ("W1", 3, False), ("W3", 4, False)])
def test_lanes_are_timed_both_ways(monkeypatch: pytest.MonkeyPatch, name: str, lanes: int, chosen: bool) -> None:
    monkeypatch.setattr(benchmarks, "WARM_UP_SECONDS", 0.0)
    timing = benchmarks.time_lanes(name, lanes, 1e-9)
    assert 0 < timing.together < 1e6
    assert 0 < timing.apart < 1e6
    assert timing.chosen == chosen
