from concurrent.futures import Executor, Future
from typing import Any

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.lab.basins import BasinMaps, assign, survey
from gdexplorer.lab.commands import Change
from gdexplorer.lab.descents import descend
from gdexplorer.lab.errands import Errands, Inline
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.probes.basins import DIVERGED, FLAT, MOVING, BasinReport, Basins
from tests.lab.test_descents import CATALOGUE, run

THREE = {"sgd": 0.01, "momentum": 0.01, "adam": 0.1}


def ends(kind: str, rate: float, starts: Array, updates: int = 1000) -> list[tuple[float, float] | int]:
    """Return where each start ends: the minimum, or the label of those that end nowhere."""
    made = run(kind, learning_rate=rate)
    points, moved = descend(made.objective, made.rule, made.state.experiment.optimizer, starts, updates, 7)  # type: ignore[arg-type]
    labels, found = assign(made.objective, points, moved)  # type: ignore[arg-type]
    return [tuple(found[k].theta.round(3)) if k >= 0 else int(k) for k in labels]


def mapped(made: Run, size: int = 12) -> BasinReport:
    return survey(made.objective, made.rule, made.state.experiment.optimizer, 7, size)  # type: ignore[arg-type]


def grid(half: float, count: int = 15) -> Array:
    line = np.linspace(-half, half, count)
    return np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)


def test_basins_belong_to_the_method() -> None:
    """CURRICULUM L07 counts 106 and 35 of 225 starts: they are those on ±5.7."""
    sgd, momentum, adam = (ends(kind, rate, grid(5.7)) for kind, rate in THREE.items())
    assert sum(a != b for a, b in zip(sgd, momentum, strict=True)) == 106
    assert sum(a != b for a, b in zip(sgd, adam, strict=True)) == 35
    assert momentum.count(DIVERGED) == 32


@pytest.mark.parametrize(
    ("start", "expected"),
    [((1, -1), ((3.584, -1.848), (3.584, -1.848), (3, 2))),
     ((0, -4), ((-3.779, -3.283), (-2.805, 3.131), (-3.779, -3.283)))],
)  # fmt: skip
def test_the_starts_of_the_lesson(start: tuple[float, float], expected: tuple[tuple[float, float], ...]) -> None:
    found = [ends(kind, rate, np.array([start], float))[0] for kind, rate in THREE.items()]
    assert found == list(expected)


@pytest.mark.parametrize(("kind", "rate"), THREE.items())
def test_a_map_agrees_with_sessions_of_their_own(kind: str, rate: float) -> None:
    made = run(kind, learning_rate=rate)
    report = mapped(made)
    for row, column in ((0, 0), (1, 7), (5, 5), (6, 2), (9, 10), (11, 3)):
        start = (report.xs[column], report.ys[row])
        alone = Session(run(kind, start, learning_rate=rate).state.experiment, CATALOGUE)
        alone.advance(2000)
        label = report.labels[row, column]
        if label == DIVERGED:
            assert alone.run.state.status.health == "diverged"
        else:
            np.testing.assert_allclose(alone.run.state.theta, report.ends[label].theta, atol=0.05)


def test_shares_and_counts_are_of_all_starts() -> None:
    report = mapped(run("sgd", learning_rate=0.01), 10)
    assert report.labels.shape == (10, 10)
    assert sum(end.count for end in report.ends) == 100
    assert sum(report.share(k) for k in range(len(report.ends))) == pytest.approx(1)
    assert (report.xs[0], report.xs[-1]) == pytest.approx((-5.4, 5.4))
    assert [end.loss for end in report.ends] == pytest.approx([0] * 4, abs=1e-12)


def test_minima_that_nobody_listed_are_found() -> None:
    """Rastrigin has 121 minima in its domain, near the whole numbers; one is listed."""
    report = mapped(run("sgd", problem="rastrigin", learning_rate=0.002), 24)
    thetas = np.array([end.theta for end in report.ends])
    assert len(thetas) == 121
    assert np.abs(thetas - thetas.round()).max() < 0.05
    assert report.ends[0].theta.tolist() == [0, 0]
    assert all(a.loss <= b.loss + 1e-8 for a, b in zip(report.ends, report.ends[1:], strict=False))
    assert len({tuple(theta.round(2)) for theta in thetas}) == len(thetas)


def test_typed_formulas_have_basins_too() -> None:
    made = run("sgd", problem="double_well", learning_rate=0.1)
    known = mapped(made, 8)
    text = {"kind": "formula", "text": "0.25*(x**2 - 1)**2 + 0.5*y**2", "reach": 2}
    typed = mapped(Run(made.state.experiment.model_copy(update={"problem": CATALOGUE.settings("problems", text)}),
                       CATALOGUE), 8)  # fmt: skip
    left, right = ({tuple(end.theta.round(6) + 0.0) for end in report.ends} for report in (known, typed))
    assert left == right == {(-1, 0), (1, 0)}
    assert [end.count for end in typed.ends] == [32, 32]


@pytest.mark.parametrize(
    ("problem", "point", "kind"),
    [("saddle", (0.0, 0.0), "saddle"), ("himmelblau", (-0.2708445906673476, -0.9230385564799815), "maximum")],
)
def test_who_rests_on_a_saddle_or_a_maximum_ends_there(problem: str, point: tuple[float, float], kind: str) -> None:
    objective: Any = run("sgd", problem=problem).objective
    labels, found = assign(objective, np.array([point, point]), np.array([0.0, 1e-3]))
    assert found[labels[0]].kind == kind
    assert labels[1] == MOVING, "it is only passing"


def test_what_ends_nowhere_says_why() -> None:
    objective: Any = run("sgd", problem="plateau_well").objective
    points = np.array([(5.0, 5.0), (5.0, 5.0), (np.nan, 0.0), (1e120, 0.0), (0.01, 0.0)])
    labels, found = assign(objective, points, np.array([1e-3, 0.0, np.nan, np.inf, 1e-3]))
    assert labels.tolist() == [MOVING, FLAT, DIVERGED, DIVERGED, 0]
    assert found[0].theta.tolist() == [0, 0]


def test_ascent_ends_at_maxima() -> None:
    report = mapped(run("ascent", problem="three_hump_camel", learning_rate=0.01), 6)
    assert report.share(DIVERGED) > 0.5
    formula = {"kind": "formula", "text": "exp(-(x - 1)**2 - y**2) - 0.1*x**2 - 0.1*y**2", "reach": 2}
    made = run("ascent", learning_rate=0.1)
    report = mapped(Run(made.state.experiment.model_copy(update={"problem": CATALOGUE.settings("problems", formula)}),
                        CATALOGUE), 6)  # fmt: skip
    assert [(end.kind, end.count) for end in report.ends] == [("maximum", 36)]


class Queue(Executor):
    """Runs what is submitted when it is told to."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Future[Any], Any]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.jobs.append((Future(), fn))
        return self.jobs[-1][0]

    def work(self) -> None:
        for future, fn in self.jobs:
            future.set_result(fn())
        self.jobs = []


def test_a_coarse_map_comes_first_and_stays_until_a_newer_one() -> None:
    queue, made = Queue(), run("adam", learning_rate=0.1)
    maps, request = BasinMaps(Errands(queue)), Basins(30)
    assert maps.measure([made], request) is None
    queue.work()
    coarse = maps.measure([made], request)
    assert coarse is not None
    assert (len(coarse.xs), coarse.finest) == (24, False)
    queue.work()
    fine = maps.measure([made], request)
    assert fine is not None
    assert (len(fine.xs), fine.finest) == (30, True)
    made.advance(5)
    assert maps.measure([made], request) is fine
    assert not queue.jobs, "no start and no update makes it another map"
    other = run("adam", (2, 2), learning_rate=0.2)
    assert maps.measure([other], request) is fine
    assert len(queue.jobs) == 1
    queue.work()
    newer = maps.measure([other], request)
    assert newer is not None
    assert len(newer.xs) == 24
    assert maps.measure([run("adam", problem="bowl")], request) is None, "another function"


def test_every_lane_has_a_map_of_its_own() -> None:
    session = Session(run("sgd", learning_rate=0.01).state.experiment, CATALOGUE)
    assert session.send(Change("rivals", [{"id": "a", "optimizer": "newton"}])).accepted
    maps = BasinMaps(Errands(Inline()))
    first, second = (maps.measure(session.runs, Basins(24, lane)) for lane in (0, 1))
    assert first is not None
    assert second is not None
    assert (first.optimizer, second.optimizer) == ("SGD", "Newton")
    assert len(second.xs) == 12, "a search goes from one start after the other"


def test_a_network_has_none() -> None:
    session = Session(run("sgd").state.experiment.model_copy(update={"problem": CATALOGUE.settings(
        "problems", "network")}), CATALOGUE)  # fmt: skip
    assert session.frame(frozenset([Basins()])).lane.views == {}


def test_a_map_says_that_it_cuts_no_rate_on_a_plateau() -> None:
    """All starts share one rate, and each would be cut at another update."""
    session, request = Session(run("sgd").state.experiment, CATALOGUE, Inline()), Basins(size=24)
    assert session.frame(frozenset({request})).lane.views[request].optimizer == "SGD"
    assert session.send(Change("training.schedule.kind", "plateau")).accepted
    assert session.frame(frozenset({request})).lane.views[request].optimizer == "SGD without cuts of η"
    assert session.send(Change("training.schedule.kind", "cosine")).accepted
    assert session.frame(frozenset({request})).lane.views[request].optimizer == "SGD"
