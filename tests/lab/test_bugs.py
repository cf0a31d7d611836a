"""Injected bugs: what each does, and that a run that has one can be told from a right one."""

from dataclasses import replace

import numpy as np
import pytest

from gdexplorer.fields import describe
from gdexplorer.lab import experiments, race
from gdexplorer.lab.archive import load, save
from gdexplorer.lab.bugs import BugSettings
from gdexplorer.lab.commands import Change
from gdexplorer.lab.replay import replay
from gdexplorer.lab.run import Run
from gdexplorer.lab.session import Session
from gdexplorer.objectives.streams import Streams
from gdexplorer.optim import Rule
from tests.builders import CATALOGUE, begin, digest, experiment
from tests.lab.races import begun, rival
from tests.over_rows import over_rows

RULES = [name for name, rule in CATALOGUE.optimizers.items() if isinstance(rule, Rule)]
BUGS = [field.name for field in describe(BugSettings) if field.name != "lab"]


def having(*names):
    return {"bugs": {"lab": True} | dict.fromkeys(names, True)}


def own(name, updates=30, **changes):
    """A run with a bug and one without, after so many updates."""
    runs = begin(changes | having(name)), begin(changes)
    for run in runs:
        run.advance(updates)
    return runs


@over_rows("bugs", [{}, {"lab": True}, dict.fromkeys(BUGS, True)], ids=["none", "open", "closed"])
@over_rows("optimizer", RULES)
def test_none_acts_unless_it_is_in_and_the_lab_open(optimizer, bugs):
    run, plain = begin({"optimizer": optimizer, "bugs": bugs}), begin({"optimizer": optimizer})
    assert run.proposer() is run.rule.propose
    for one in (run, plain):
        one.advance(20)
    assert run.state.theta.tobytes() == plain.state.theta.tobytes()
    assert run.state.experiment.bugs.present == ()


@pytest.mark.parametrize("optimizer", [name for name in RULES if name not in ("adamw", "ascent")])
def test_with_the_wrong_sign_the_first_update_is_the_mirror_image(optimizer):
    bad, good = own("wrong_sign", 1, optimizer=optimizer)
    start = begin().state.theta
    np.testing.assert_allclose(bad.state.theta - start, start - good.state.theta, rtol=1e-9, atol=1e-15)
    np.testing.assert_array_equal(bad.state.slots[0].gradient, good.state.slots[0].gradient)


def test_with_the_wrong_sign_the_loss_rises_and_decay_still_decays():
    bad, good = own("wrong_sign")
    assert bad.total_loss() > begin().total_loss() > good.total_loss()
    assert own("wrong_sign", optimizer="ascent")[0].state.theta.tobytes() == good.state.theta.tobytes()
    decayed, gentle = (begin(having("wrong_sign") | {"optimizer": {"kind": "adamw", "weight_decay": decay}})
                       for decay in (300.0, 0.0))  # fmt: skip
    for run in (decayed, gentle):
        run.advance(10)
    weights = decayed.objective.layout.weights
    assert np.linalg.norm(decayed.state.theta[weights]) < 0.1 * np.linalg.norm(gentle.state.theta[weights])


def uncorrected(kind, gradients, rate, beta1, beta2, psi=4e-3):
    """θ after each gradient, from 0, with m̂ = m and v̂ = v."""
    theta = m = v = np.zeros_like(gradients[0])
    for t, g in enumerate(gradients, 1):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        top = m
        if kind == "nadam":
            mu, after = (beta1 * (1 - 0.5 * 0.96 ** (s * psi)) for s in (t, t + 1))
            top = (1 - mu) * g + after * m
        if kind == "adamw":
            theta = theta * (1 - rate * 0.01)
        theta = theta - rate * top / (np.sqrt(v) + 1e-8)
        yield theta


@pytest.mark.parametrize("kind", ["adam", "adamw", "nadam"])
def test_without_bias_correction_updates_are_those_of_the_averages_themselves(kind):
    rate, beta1, beta2 = 0.01, 0.8, 0.99
    knobs = {"kind": kind, "learning_rate": rate, "beta1": beta1, "beta2": beta2}
    run = begin({"optimizer": knobs} | having("no_bias_correction"))
    slots, propose = run.state.slots[0], run.proposer()
    gradients = np.random.default_rng(0).normal(size=(50, slots.gradient.size))
    mask = run.objective.layout.weights
    theta, out = np.zeros(gradients.shape[1]), np.zeros(gradients.shape[1])
    for gradient, expected in zip(gradients, uncorrected(kind, gradients, rate, beta1, beta2), strict=True):
        slots.gradient[:] = gradient
        propose(theta, slots, out)
        theta[:] = out
        np.testing.assert_allclose(theta[mask], expected[mask], rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("kind", ["adam", "adamw", "nadam"])
def test_bias_correction_that_comes_back_is_the_one_that_was_left(kind):
    run, plain = begin({"optimizer": kind} | having("no_bias_correction")), begin({"optimizer": kind})
    for one in (run, plain):
        one.advance(300)
    left, right = ({key: value for key, value in one.state.slots[0].numbers.items() if "product" in key}
                   for one in (run, plain))  # fmt: skip
    assert left == right


@pytest.mark.parametrize("optimizer", [name for name in RULES if name not in ("adam", "adamw", "nadam")])
def test_other_rules_have_no_bias_to_correct(optimizer):
    bad, good = own("no_bias_correction", optimizer=optimizer)
    assert bad.state.theta.tobytes() == good.state.theta.tobytes()


def test_an_omitted_derivative_makes_the_gradient_a_wrong_one_and_leaves_the_loss():
    bad, good = own("omitted_slope", 1)
    assert bad.recorder.batch.parts()[0][0, 1] == good.recorder.batch.parts()[0][0, 1]
    plain = replace(bad.objective, network=replace(bad.objective.network, omit_slope=False))
    assert plain == good.objective
    layout, gradients = bad.objective.layout, [run.state.slots[0].gradient for run in (bad, good)]
    same = [np.array_equal(*(layout.block(g, id) for g in gradients)) for id in layout.by_id]
    assert same == [False, False, True], "the output layer is linear"


def test_an_omitted_derivative_is_one_of_both_sides_of_a_game():
    bad, good = own("omitted_slope", 2, problem="gan")
    assert all(network.omit_slope for network in (bad.objective.generator, bad.objective.discriminator))
    for mine, theirs in zip(bad.state.slots, good.state.slots, strict=True):
        assert not np.array_equal(mine.gradient, theirs.gradient)


def test_without_shuffling_every_epoch_is_in_the_order_of_the_split():
    run = begin(having("no_shuffling"))
    for _ in range(3):
        for start in range(0, 24, 7):
            batch = run.objective.draw(run.state.streams)
            np.testing.assert_array_equal(batch.xt, run.objective.full().xt[start : start + 7])


def test_shuffling_stops_and_comes_back_with_the_next_epoch():
    session = Session(experiment(), CATALOGUE)
    session.advance(2)
    drawn = session.run.state.streams.permutation.copy()
    session.send(Change("bugs", {"lab": True, "no_shuffling": True}))
    session.advance(1)
    streams = session.run.state.streams
    np.testing.assert_array_equal(streams.permutation, drawn)
    session.advance(3)
    np.testing.assert_array_equal(streams.permutation, np.arange(24))
    session.send(Change("bugs.lab", False))
    session.advance(4)
    generator = Streams.of(session.start.seed).generators["order"]
    np.testing.assert_array_equal(generator.permutation(24), drawn)
    np.testing.assert_array_equal(streams.permutation, generator.permutation(24))


@pytest.mark.parametrize("name", BUGS)
def test_a_change_is_marked_logged_replayed_and_saved(tmp_path, name):
    session = Session(experiment({"optimizer": "adam"}), CATALOGUE)
    label = next(field.label for field in describe(BugSettings) if field.name == name)
    script = [("bugs.lab", True, "bug lab on"), (f"bugs.{name}", True, f"{label} on"),
              (f"bugs.{name}", False, f"{label} off"), (f"bugs.{name}", True, f"{label} on")]  # fmt: skip
    for path, value, said in script:
        session.advance(9)
        assert session.send(Change(path, value)).text == said
        assert session.run.recorder.markers[-1].label == said
    session.advance(9)
    assert session.run.state.experiment.bugs.present == (label,)
    assert digest(replay(session, CATALOGUE).run.state) == digest(session.run.state)
    save(session, tmp_path / "a.gdx")
    again, copy = load(tmp_path / "a.gdx", CATALOGUE), Run.of(session.run.state.copy(), CATALOGUE)
    for one in (session, again, copy):
        one.advance(30)
    assert digest(again.run.state) == digest(session.run.state) == digest(copy.state)
    (tmp_path / "a.toml").write_text(experiments.dump(session.run.state.experiment), encoding="utf-8")
    assert experiments.load(str(tmp_path / "a.toml"), CATALOGUE).bugs == session.run.state.experiment.bugs


@pytest.mark.parametrize("name", BUGS)
def test_all_lanes_of_a_race_have_it_and_go_where_they_would_go_alone(name):
    session = begun({"rivals": [rival("a", "adam"), rival("m", "momentum"), rival("n", "nadam")], **having(name)})
    session.advance(60)
    assert session.active._lanes._together
    for lane, run in zip(race.lanes(session.start), session.runs, strict=True):
        solo = Run(lane, CATALOGUE)
        solo.advance(60)
        assert digest(solo.state) == digest(run.state)
