from pathlib import Path

import numpy as np
import pytest

from gdexplorer.arrays import Array
from gdexplorer.lab import experiments
from gdexplorer.lab.apply import apply
from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.commands import Change, Restart
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.lab.state import Health
from gdexplorer.probes.gradients import GradientReport, Gradients
from gdexplorer.probes.noise import Noise, NoiseReport
from tests.over_rows import over_rows

CATALOGUE = standard()
NAMES = experiments.names()
OVERFLOWING = {"too-fast", "exploding", "exploding-rnn"}


def started(name: str, seed: int = 7) -> Run:
    return Run(experiments.load(name, CATALOGUE).model_copy(update={"seed": seed}), CATALOGUE)


def after(name: str, updates: int, seed: int = 7) -> Run:
    run = started(name, seed)
    run.advance(updates)
    return run


def score(run: Run, split: str = "test") -> tuple[float, float]:
    """Loss without penalty, and accuracy, NaN for a regression."""
    scored = run.scorer.score(run.state.theta, run.state.buffers, run.objective.full(split))
    return scored.loss, np.nan if scored.accuracy is None else scored.accuracy


def weights(run: Run, layer: str) -> Array:
    return run.objective.layout.block(run.state.theta, layer)


# ---- every experiment that ships ---------------------------------------------


def test_names_come_in_the_order_they_are_shown() -> None:
    orders = [experiments.load(name, CATALOGUE).show.order for name in NAMES]
    assert NAMES[0] == "first"
    assert len(NAMES) >= 14
    assert orders == sorted(set(orders))


@over_rows("name", NAMES)
def test_it_says_what_it_is_and_at_what_speed(name: str) -> None:
    experiment = experiments.load(name, CATALOGUE)
    assert len(experiment.title) > 5
    assert len(experiment.commentary) > 40
    assert "\n" not in experiment.commentary
    assert "speed" in experiment.show.model_fields_set
    assert bool(experiment.show.invitation) == (experiment.show.pause_at > 0)
    assert experiment.show.workspace or name == "first"  # else it is shown in whatever the one before left


@over_rows("name", NAMES)
def test_it_runs_or_overflows_in_a_named_layer(name: str) -> None:
    run = after(name, 50 if name not in OVERFLOWING else 200)
    assert np.isfinite(run.state.theta).all()
    if name in OVERFLOWING:
        assert run.state.status.health is Health.DIVERGED
        assert run.state.status.layer in run.objective.layout.by_id
    else:
        assert run.state.status.health is Health.FINE
        assert run.state.step == 50


@pytest.mark.parametrize("name", NAMES)
def test_it_loads_back_equal(name: str, tmp_path: Path) -> None:
    experiment = experiments.load(name, CATALOGUE)
    assert reloaded(experiment, tmp_path) == experiment


def test_any_text_and_number_loads_back_equal(tmp_path: Path) -> None:
    experiment = experiments.load("moons", CATALOGUE)
    optimizer = experiment.optimizer.model_copy(update={"learning_rate": 1e-7})
    odd = {"title": 'a "b" \\ #', "commentary": "η → 0\n\t''' é\x7f", "optimizer": optimizer, "seed": 2**32 - 1}
    changed = experiment.model_copy(update=odd)
    assert reloaded(changed, tmp_path) == changed


def reloaded(experiment: Experiment, folder: Path) -> Experiment:
    file = folder / "copy.toml"
    file.write_text(experiments.dump(experiment), encoding="utf-8")
    return experiments.load(str(file), CATALOGUE)


# ---- what their titles and commentaries promise --------------------------------


@pytest.mark.parametrize(
    ("name", "updates", "accuracy"),
    [("spiral", 20_000, 0.97), ("digits", 3000, 0.96), ("moons", 1500, 0.98), ("rings", 1200, 0.98),
     ("xor", 600, 0.96), ("playground", 6000, 0.98)],
)  # fmt: skip
def test_good_ones_learn(name: str, updates: int, accuracy: float) -> None:
    for seed in (7, 1):
        assert score(after(name, updates, seed))[1] >= accuracy


def test_regression_has_two_parameters_and_finds_them() -> None:
    run = after("line", 60)
    assert weights(run, "output") == pytest.approx(np.array([[1.0, 0.0]]), abs=0.1)


def test_raw_units_stall_the_intercept() -> None:
    run = after("line-raw", 10)
    slope, intercept = weights(run, "output")[0].copy()
    run.advance(590)
    assert weights(run, "output")[0, 0] == pytest.approx(slope, abs=0.01)
    assert abs(weights(run, "output")[0, 1] - 50) > 45
    assert abs(intercept - 50) > 45
    x = run.objective.encode(run.objective.data.train.x)
    assert np.linalg.cond(x.T @ x) > 1e5
    apply(run, Change("data.scaling", "standardize"))  # as it invites to
    apply(run, Change("optimizer.learning_rate", 1.0))
    run.advance(1)
    np.testing.assert_allclose(run.state.theta, run.objective.solution(), rtol=1e-10)


def test_a_logistic_regression_has_three_parameters() -> None:
    run = after("logistic", 20)
    early = np.linalg.norm(weights(run, "output")[0, :2])
    run.advance(980)
    assert run.state.theta.size == 3
    assert np.linalg.norm(weights(run, "output")[0, :2]) > 2 * early


def test_the_sine_is_fitted_to_its_noise() -> None:
    assert score(after("sine", 2000))[0] < 1.5 * 0.1**2 / 2


def test_at_the_edge_the_loss_rises_often_and_falls_in_the_long_run() -> None:
    losses = batch_losses(run := after("edge", 4000))
    assert np.mean(np.diff(losses[2000:]) > 0) > 0.2
    assert losses[3500:].mean() < 0.6 * losses[2000:2500].mean()
    apply(run, Change("optimizer.learning_rate", 0.1))
    run.advance(1000)
    assert not (np.diff(batch_losses(run)[4100:]) > 0).any()


def batch_losses(run: Run) -> Array:
    return np.concatenate([part[:, 1] for part in run.recorder.batch.parts()])


def test_too_slow_is_slow_and_heals() -> None:
    run = after("too-slow", 1200)
    assert score(run, "train")[0] > 0.3
    apply(run, Change("optimizer.learning_rate", 0.1))
    run.advance(1200)
    assert score(run)[1] > 0.95


def test_unstable_jumps_and_stays_finite() -> None:
    losses = batch_losses(run := after("unstable", 300))
    assert run.state.status.health is Health.FINE
    assert losses[100:].max() > 10 * np.median(losses[100:].reshape(-1, 20).min(axis=1))
    assert score(run)[1] < 0.9


def test_too_much_momentum_does_not_settle() -> None:
    run, losses = started("momentum"), []
    for _ in range(60):
        run.advance(25)
        losses.append(score(run, "train")[0])
    assert min(losses[:10]) < 0.1
    assert max(losses[10:]) > 0.4
    assert np.mean(np.array(losses[10:]) > 2 * min(losses[:10])) > 0.5


def test_a_smaller_batch_gets_further_in_as_many_epochs() -> None:
    run = after("full-batch", 40)
    before, epochs = score(run)[1], run.state.streams.epoch
    apply(run, Change("training.batch_size", 8))
    run.advance(1520)
    assert run.state.streams.epoch == 2 * epochs == 80
    assert score(run)[1] > 0.97 > 0.93 > before


def test_zeros_stay_exactly_alike() -> None:
    run = after("zeros", 300)
    assert np.ptp(weights(run, "h1"), axis=0).max() == 0
    assert np.ptp(weights(run, "output")[0, :-1]) == 0
    assert score(run)[1] < 0.6


def deltas(name: str) -> Array:
    """Return the root mean square of δ by hidden layer, before the first update."""
    session = Session(experiments.load(name, CATALOGUE), CATALOGUE)
    report: GradientReport = session.frame(frozenset([Gradients()])).lane.views[Gradients()]
    return np.array([layer.delta for layer in report.layers[:-1]])


def test_deltas_vanish_and_explode_geometrically() -> None:
    back = deltas("vanishing")
    assert 3.5 < (back[-1] / back[0]) ** (1 / 9) < 5
    back = deltas("exploding")
    assert 2.5 < (back[0] / back[-1]) ** (1 / 9) < 3.6
    assert score(after("vanishing", 1500))[1] < 0.6
    assert score(after("exploding", 1), "train")[0] > 1e20


def test_separable_classes_let_the_loss_fall_until_there_is_a_penalty() -> None:
    run = after("separable", 1000)
    before = score(run, "train")
    run.advance(1000)
    assert before[1] == score(run, "train")[1] == 1
    assert 0.4 < score(run, "train")[0] / before[0] < 0.6
    apply(run, Change("penalty.l2", 0.01))
    run.advance(200)
    settled = run.total_loss()
    run.advance(1000)
    assert run.total_loss() == pytest.approx(settled, rel=2e-3)


def test_equal_units_stay_equal_while_they_learn() -> None:
    run = after("constant", 1000)
    assert np.ptp(weights(run, "h1"), axis=0).max() == 0
    assert (weights(run, "h1") != 0.5).any()
    assert score(run, "train")[1] < 0.8


def from_the_bottom(run: Run, updates: int) -> float:
    """Root mean square of the distance from the least-squares point, over some updates."""
    best, squares = run.objective.solution(), list[float]()
    assert best is not None
    for _ in range(updates):
        run.advance(1)
        squares.append(float(np.sum((run.state.theta - best) ** 2)))
    return float(np.sqrt(np.mean(squares)))


@pytest.mark.parametrize("change", [Change("training.batch_size", 16), Change("optimizer.learning_rate", 0.1 / 16)])
def test_one_example_at_a_time_never_settles(change: Change) -> None:
    run = after("noise-floor", 100)
    floor = from_the_bottom(run, 900)
    apply(run, change)
    run.advance(500)
    assert 3.5 < floor / from_the_bottom(run, 1000) < 6


def test_a_loss_a_thousand_times_as_large_changes_one_path_in_four() -> None:
    session = raced("thousandfold")
    ends = [run.state.theta.copy() for run in session.runs]
    for command in (Change("problem.factor", 1000.0), Restart()):
        assert session.send(command).accepted
    session.advance(session.start.show.pause_at)
    away = [float(np.abs(run.state.theta - end).max()) for run, end in zip(session.runs, ends, strict=True)]
    assert away[0] > 1e100
    assert max(away[1:]) < 1e-6


def test_forgetting_to_zero_swings_past_the_minimum_ever_further() -> None:
    run = started("zero-grad")
    minimum, away = run.objective.solution(), []
    for _ in range(2000):
        run.advance(1)
        away.append(np.linalg.norm(run.state.theta - minimum))
    assert np.max(away[1500:]) > 1.5 * np.max(away[100:600])
    assert np.max(away[1500:]) > 0.5
    apply(run, Change("training.zero_gradient", True))
    run.advance(300)
    assert np.linalg.norm(run.state.theta - minimum) < 0.1


def test_of_seven_features_l1_leaves_two() -> None:
    run = after("sparse", 1000)
    np.testing.assert_array_equal(np.flatnonzero(weights(run, "output")[0, :-1]), [2, 3])
    assert score(run)[1] > 0.95


def test_dead_units_stay_dead() -> None:
    run = after("dead", 8)
    apply(run, Change("optimizer.learning_rate", 0.1))
    run.advance(480)
    z = run.objective.encode(run.objective.data.train.x).T
    for layer in ("h1", "h2"):
        z = np.vstack([np.maximum(weights(run, layer) @ z, 0), np.ones(z.shape[1])])
    assert np.mean(z[:-1].max(axis=1) == 0) > 0.9


# losses of the lanes, between two bounds each, when the run pauses or else after 200 updates
FUNCTIONS = [
    ("saddle", [(0, 1e-6)]),
    ("plateau", [(0.99, 1), (0.01, 0.02), (0, 0.01), (0, 0.01), (0, 0.01)]),
    ("sharp-flat", [(-1.0076, -1.002)]),
    ("regimes", [(0.001, 0.002), (0, 1e-9), (0, 1e-6), (184, 185)]),
    ("rosenbrock", [(3, 4), (0, 1e-3), (0.01, 0.1), (0, 1e-20)]),
    ("beale", [(0.01, 1), (0, 1e-3), (0, 1e-3)]),
    ("rastrigin", [(7.959, 7.96)] * 3 + [(0, 2)]),
    ("formula", [(0.18, 0.181)] * 2 + [(-0.739, -0.738)]),
]


def raced(name: str) -> Session:
    session = Session(experiments.load(name, CATALOGUE), CATALOGUE)
    session.advance(session.start.show.pause_at or 200)
    return session


@pytest.mark.parametrize(("name", "bounds"), FUNCTIONS)
def test_on_a_function_each_comes_as_far_as_it_should(name: str, bounds: list[tuple[float, float]]) -> None:
    for run, (low, high) in zip(raced(name).runs, bounds, strict=True):
        assert low <= run.total_loss() <= high


def test_a_start_off_the_ridge_leaves_the_saddle() -> None:
    session = raced("saddle")
    assert session.send(Change("problem.y", 1e-4)).accepted
    session.advance(100)
    assert session.run.total_loss() < -0.2


@pytest.mark.parametrize(("rate", "low", "high"), [(0.05, -1.65, -1.3), (0.1, -1.65, -1.2), (0.2, 0.98, 1.02)])
def test_a_large_rate_cannot_stay_in_the_sharp_minimum(rate: float, low: float, high: float) -> None:
    session = raced("sharp-flat")
    assert session.send(Change("optimizer.learning_rate", rate)).accepted
    session.advance(200)
    assert low < session.run.state.theta[0] < high
    assert (abs(session.run.state.theta[0] + 1.4993) > 0.02) or rate < 0.2


def lanes_after(name: str, updates: int) -> list[Run]:
    session = Session(experiments.load(name, CATALOGUE), CATALOGUE)
    session.advance(updates)
    return session.runs


def test_beyond_the_limit_the_steep_direction_swings_further_each_time() -> None:
    slow, best, zigzag, away = lanes_after("regimes", 0)
    for run, factor in ((slow, 0.6), (best, 0), (zigzag, -0.8), (away, -1.04)):  # 1 − 4η
        ys = [run.state.theta[1]]
        for _ in range(10):
            run.advance(1)
            ys.append(run.state.theta[1])
        assert ys == pytest.approx(2.0 * float(factor) ** np.arange(11), abs=1e-9)


def test_four_times_the_batch_halves_the_noise() -> None:
    session = Session(experiments.load("batch-noise", CATALOGUE), CATALOGUE)
    session.advance(20)
    report = session.frame(frozenset({Noise()})).lane.views[Noise()]
    assert isinstance(report, NoiseReport)
    assert report.examples == 1024
    few = np.sqrt(np.mean(report.drawn**2, axis=1)) / np.sqrt(1 - report.sizes / report.examples)  # as if many more
    assert np.polyfit(np.log(report.sizes), np.log(few), 1)[0] == pytest.approx(-0.5, abs=0.1)


def test_momentum_leaves_the_basin_of_the_others() -> None:
    descent, momentum, adam = (run.state.theta for run in lanes_after("himmelblau", 300))
    assert descent == pytest.approx([-3.779, -3.283], abs=0.01)
    assert adam == pytest.approx([-3.779, -3.283], abs=0.01)
    assert momentum == pytest.approx([-2.805, 3.131], abs=0.01)


def test_the_ravine_takes_its_three_times() -> None:
    """CURRICULUM L05: updates until f < 1e-6."""
    for run, updates in zip(lanes_after("ravine", 0), (882, 162, 2), strict=True):
        run.advance(updates - 1)
        assert run.total_loss() >= 1e-6
        run.advance(1)
        assert run.total_loss() < 1e-6


def test_of_eight_on_two_moons_one_goes_uphill() -> None:
    descent, *others, random, ascent = lanes_after("moons-race", 1000)
    start = descent.recorder.curves.parts()[0][0, 1]
    assert len(others) == 5
    assert all(run.total_loss() < descent.total_loss() for run in others)
    assert score(random)[1] > 0.9
    assert random.state.evaluations == 2000
    assert ascent.total_loss() > 50 * start


# ---- complaints ----------------------------------------------------------------


def complaint(text: str | bytes, folder: Path) -> str:
    file = folder / "my.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Complaint) as caught:
        experiments.load(str(file), CATALOGUE)
    return str(caught.value).replace(str(folder) + "/", "")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("noise =", "nois =", "data.nois in my.toml is not a setting; remove it or correct its name."),
        ("amount = 500", "amount = 2", "data.amount in my.toml must be at least 4, not 2."),
        ("learning_rate = 0.1", "learning_rate = 1e7", "my.toml: optimizer.learning_rate must be at most "
         "1e+06, not 10000000.0."),
        ("amount = 500", "amount = 5.5", "data.amount in my.toml must be a whole number, not 5.5."),
        ("learning_rate = 0.1", 'learning_rate = "big"', "my.toml: optimizer.learning_rate must be a number, "
         "not 'big'."),
        ('kind = "sgd"', 'kind = "sdg"', "optimizer in my.toml: optimizer 'sdg' is not known; did you mean 'sgd'?"),
        ('kind = "moons"', 'kind = "moon"', "data.kind in my.toml: data set 'moon' is not known; did you mean "
         "'moons'?"),
        ("seed = 7", "seed = = 7", "'my.toml' is no valid TOML: invalid value at line 3, column 8; correct it there."),
        ("seed = 7", "seed = " + "7" * 5000, "'my.toml' holds a number of too many digits; make it shorter."),
        ("seed = 7", "seed = " + "[" * 5000, "'my.toml' is nested too deeply; remove the inner brackets."),
    ],
)  # fmt: skip
def test_a_bad_file_is_one_plain_sentence(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    good = experiments.dump(experiments.load("moons", CATALOGUE))
    assert good.count(old) == 1
    assert complaint(good.replace(old, new), tmp_path) == sentence


def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path) -> None:
    assert complaint(b"\xff\xfe", tmp_path) == "'my.toml' is no text in UTF-8; choose an experiment's TOML file."
    assert "larger than" in complaint(b"#" * (experiments.MOST_BYTES + 1), tmp_path)


@pytest.mark.parametrize(
    ("asked", "advice"),
    [("sprial", "did you mean 'spiral'?"), ("first.toml", "did you mean 'first'?"),
     ("../first", "did you mean 'first'?"), ("elsewhere/mons.toml", "did you mean 'moons'?"),
     ("my.tml", "did you mean 'my.toml'?"), ("", "choose a file or one of first,"),
     (".", "choose a file"), ("x" * 300, "choose a file"), ("\0", "choose a file")],
)  # fmt: skip
def test_what_is_not_there_is_said_with_the_closest(
    asked: str, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.toml").touch()
    with pytest.raises(Complaint) as caught:
        experiments.load(asked, CATALOGUE)
    assert str(caught.value).startswith(f"There is no experiment or file '{asked}'; {advice}")
