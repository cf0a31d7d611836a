import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from gdexplorer.lab import build, memory
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.run import Run
from gdexplorer.objectives.supervised import SupervisedObjective
from tests.builders import CATALOGUE, experiment

GIB = 2**30


def tall(count: int, units: int) -> list[dict[str, Any]]:
    return [{"id": f"h{k}", "units": units, "activation": {"kind": "tanh"}} for k in range(count)]


def supervised(changes: dict[str, Any]) -> SupervisedObjective:
    built = build.objective(experiment(changes), CATALOGUE)
    assert isinstance(built, SupervisedObjective)
    return built


LARGE: dict[str, dict[str, Any]] = {
    "many examples": {"network.layers": tall(3, 300), "data.amount": 4000, "training.batch_size": 300},
    "many parameters": {"network.layers": tall(2, 1500), "optimizer": {"kind": "adam"}},
    "one batch of all": {"network.layers": tall(4, 200), "data.amount": 4000, "training.batch_size": 100_000},
    "convolutions": {
        "data.kind": "digits", "data.amount": 1797, "training.batch_size": 100, "loss.kind": "softmax_cross_entropy",
        "network.layers": [
            {"kind": "convolution", "id": "c1", "filters": 24, "size": 3, "padding": 1, "activation": {"kind": "relu"}},
            {"kind": "convolution", "id": "c2", "filters": 24, "size": 3, "padding": 1, "activation": {"kind": "relu"}},
        ],
    },
}  # fmt: skip


@pytest.mark.parametrize("changes", LARGE.values(), ids=LARGE.keys())
def test_the_estimate_is_what_a_run_takes(changes: dict[str, Any]) -> None:
    """What a run allocates as it begins, is looked at and makes updates is the witness."""
    estimate = memory.estimate(supervised(changes))
    tracemalloc.start()
    run = Run(experiment(changes), CATALOGUE)
    run.look()
    run.advance(2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    vectors = memory.VECTORS * run.state.theta.nbytes + max(memory.PATH_BYTES, 4 * memory.POINTS * run.state.theta.size)
    assert estimate > memory.SMALL / 2
    assert 0.9 * peak < estimate < 1.2 * peak + vectors


def test_pairs_of_vectors_that_an_optimizer_remembers_count() -> None:
    built = supervised(LARGE["many parameters"])
    size = built.layout.size * 8
    assert memory.estimate(built, 10) - memory.estimate(built) == 20 * size


def test_what_does_not_fit_is_refused_with_both_numbers() -> None:
    changes = {"network.layers": tall(12, 600), "data.amount": 20_000}
    built = supervised(changes)
    needed = memory.estimate(built)
    memory.require(built, experiment(changes), lambda: int(1.3 * needed))
    with pytest.raises(Complaint) as refused:
        memory.require(built, experiment(changes), lambda: int(1.2 * needed))
    assert f"{needed / GIB:,.1f} GB" in str(refused.value)
    assert f"{1.2 * needed / GIB:,.1f} GB are free" in str(refused.value)


def test_every_lane_counts() -> None:
    changes = {"network.layers": tall(6, 500), "data.amount": 4000}
    rivals = [{"id": f"r{k}", "optimizer": {"kind": "adam"}} for k in range(3)]
    built = supervised(changes)
    free = int(2 * memory.estimate(built))
    memory.require(built, experiment(changes), lambda: free)
    with pytest.raises(Complaint, match="GB"):
        memory.require(built, experiment(changes | {"rivals": rivals}), lambda: free)


def test_an_architecture_beyond_the_machine_is_refused_before_it_is_allocated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "available", lambda: GIB)
    changes = {"network.layers": tall(30, 390), "data.amount": 100_000}
    tracemalloc.start()
    with pytest.raises(Complaint, match=r"need about 43.\d GB of memory, and 1.0 GB are free"):
        build.objective(experiment(changes), CATALOGUE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < GIB / 2


def test_small_runs_ask_nobody() -> None:
    def refuse() -> int:
        raise AssertionError("asked")

    memory.require(supervised({}), experiment(), refuse)


def _raising(error: type[Exception]) -> Callable[[], int]:
    def limit() -> int:
        raise error

    return limit


def test_the_tightest_limit_counts_and_those_that_are_not_known_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_system", lambda: 8 * GIB)
    monkeypatch.setattr(memory, "_container", lambda: 2 * GIB)
    monkeypatch.setattr(memory, "_limit", _raising(ValueError))
    assert memory.available() == 2 * GIB
    monkeypatch.setattr(memory, "_container", lambda: -1)
    assert memory.available() == 0
    for name in ("_system", "_container"):
        monkeypatch.setattr(memory, name, _raising(OSError))
    assert memory.available() == memory.UNKNOWN


def test_this_machine_has_memory() -> None:
    assert 2**20 < memory._system() < 2**46
