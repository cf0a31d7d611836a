import numpy as np
import pytest

from gdexplorer.lab import benchmarks
from gdexplorer.lab.run import Run

# (training examples, batch size, parameters) of 2-4-2-1, 2-16-16-16-1, 64-64-32-10 and 784-256-128-10
SIZES = {"W1": (250, 10, 25), "W2": (512, 32, 609), "W3": (1792, 64, 6570), "W4": (2560, 128, 235146)}


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
