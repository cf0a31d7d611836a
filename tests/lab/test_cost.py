import math
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from gdexplorer.lab import cost
from gdexplorer.lab.commands import Change
from gdexplorer.lab.cost import Costs, seconds_per_update
from gdexplorer.lab.errands import Errands
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.probes.cost import Cost
from tests.lab.test_basins import Queue
from tests.lab.test_descents import CATALOGUE, run


class Clock:
    """Time passes with updates only: a thousandth of a second each, and as much for every look."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        advance = Run.advance

        def timed(run: Run, updates: int) -> int:
            made = advance(run, updates)
            self.now += 1e-3 * made
            return made

        monkeypatch.setattr(Run, "advance", timed)

    def __call__(self) -> float:
        self.now += 1e-9
        return self.now


@pytest.mark.parametrize("kind", ["sgd", "adam", "conjugate_gradient", "newton", "random_search"])
def test_it_is_the_time_of_an_update(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert seconds_per_update([run(kind).state.experiment] * 2, CATALOGUE, Clock(monkeypatch)) == pytest.approx(
        (1e-3, 1e-3)
    )


def test_chunks_grow_until_the_clock_sees_them(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks: list[int] = []
    ticks: Iterator[int] = count()

    def note(run: Run, updates: int) -> int:
        chunks.append(updates)
        return updates

    monkeypatch.setattr(Run, "advance", note)
    seconds_per_update([run("sgd").state.experiment], CATALOGUE, lambda: next(ticks) * 1e-4)
    assert chunks[:5] == [1, 2, 4, 8, 16]


def test_lanes_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[str] = []
    clock, advance = Clock(monkeypatch), Run.advance

    def note(run: Run, updates: int) -> int:
        kind = run.rule.name
        turns.extend([kind] if turns[-1:] != [kind] else [])
        return advance(run, updates)

    monkeypatch.setattr(Run, "advance", note)
    seconds_per_update(
        [run("sgd", learning_rate=1e-3).state.experiment, run("adam").state.experiment], CATALOGUE, clock
    )
    assert turns == ["sgd", "adam"] * cost.ROUNDS


def test_a_lane_that_diverges_is_timed_before_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    hasty = run("sgd", (4.0, 4.0), learning_rate=1.0).state.experiment
    assert seconds_per_update([hasty], CATALOGUE, Clock(monkeypatch)) == pytest.approx((1e-3,))


def test_a_lane_that_makes_no_update_has_no_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "BUDGET", 0.004)
    far = run("sgd", (1e6, 1e6), "beale").state.experiment
    far = far.model_copy(update={"problem": far.problem.model_copy(update={"x": 1e200})})
    assert math.isnan(*seconds_per_update([far], CATALOGUE))


def test_it_measures_when_lanes_change_and_not_when_they_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    timed: list[str] = []

    def note(experiments: Any, catalogue: Any) -> tuple[float, ...]:
        timed.extend(one.optimizer.kind for one in experiments)
        return tuple(1e-6 * (len(timed) - k) for k in range(len(experiments)))

    monkeypatch.setattr(cost, "seconds_per_update", note)
    queue = Queue()
    costs, session = Costs(Errands(queue)), Session(run("sgd", learning_rate=0.01).state.experiment, CATALOGUE)

    def seconds() -> tuple[float, ...] | None:
        report = costs.measure(session.runs, Cost())
        return None if report is None else report.seconds

    def after(change: Callable[[], object]) -> tuple[float, ...] | None:
        change()
        return seconds()

    assert seconds() is None
    queue.work()
    assert seconds() == (1e-6,)
    assert after(lambda: session.advance(10)) == (1e-6,)
    assert after(lambda: session.send(Change("optimizer.learning_rate", 0.02))) == (1e-6,)
    assert not queue.jobs
    assert after(lambda: session.send(Change("rivals", [{"id": "a", "optimizer": "adam"}]))) is None
    queue.work()
    assert seconds() == pytest.approx((3e-6, 2e-6))
    assert after(lambda: session.send(Change("rivals.a.optimizer.kind", "rmsprop"))) is None
    queue.work()
    seconds()
    assert timed == ["sgd", "sgd", "adam", "sgd", "rmsprop"]
