from pathlib import Path

import numpy as np
import pytest

from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.streams import Streams
from gdexplorer.objectives.turns import BOTH, DISCRIMINATOR, GENERATOR, whose_turn
from tests.differences import STEP
from tests.objectives.games import gan, start
from tests.over_rows import over_rows

FIXTURE = np.load(Path(__file__).parent.parent / "fixtures" / "gan.npz")
NONE = np.zeros(0)


def value(objective, theta, batch, out=None):
    out = np.empty_like(theta) if out is None else out
    with np.errstate(all="ignore"):
        return objective.program(batch).value_and_gradient(theta, NONE, batch, out)


def differences(objective, theta, batch, part):
    """∂L/∂θ of one slice by central differences."""
    out, found = np.empty_like(theta), np.empty(part.stop - part.start)
    program, moving = objective.program(batch), theta.copy()
    with np.errstate(all="ignore"):
        for k, at in enumerate(range(part.start, part.stop)):
            sides = []
            for sign in (1, -1):
                moving[at] = theta[at] + sign * STEP
                sides.append(program.value_and_gradient(moving, NONE, batch, out))
            moving[at] = theta[at]
            found[k] = (sides[0] - sides[1]) / (2 * STEP)
    return found


def of(batch, *movers):
    return Batch(batch.arrays, batch.size, movers)


@over_rows("mover", BOTH)
@over_rows("loss", ["non-saturating", "saturating"])
@over_rows("activation", ["tanh", "softplus", "gelu"])
def test_each_sides_gradient_is_that_of_its_own_loss_and_zero_for_the_other(activation, loss, mover):
    objective = gan(activation, generator_loss=loss)
    theta = start(objective, activation) + 0.1
    batch, out = of(objective.full(), mover), np.full_like(theta, np.nan)
    value(objective, theta, batch, out)
    own, other = (objective.players[k].parameters for k in (mover, 1 - mover))
    wanted = differences(objective, theta, batch, own)
    assert np.abs(wanted).max() > 1e-4
    assert np.abs(out[own] - wanted).max() <= 1e-7 * np.abs(wanted).max()
    assert (out[other] == 0).all()


def test_layer_norm_can_take_part():
    norm = [{"id": "h1", "units": 6, "activation": "tanh"}, {"kind": "layer_norm", "id": "n"}]
    objective = gan(discriminator=norm)
    theta = start(objective) + 0.1
    for mover in BOTH:
        part, out, batch = objective.players[mover].parameters, np.empty_like(theta), of(objective.full(), mover)
        value(objective, theta, batch, out)
        wanted = differences(objective, theta, batch, part)
        assert np.abs(out[part] - wanted).max() <= 1e-7 * np.abs(wanted).max()


@pytest.mark.parametrize(("mover", "name"), [(DISCRIMINATOR, "D"), (GENERATOR, "G"), (GENERATOR, "saturating")])
def test_loss_and_gradient_are_pytorchs(mover, name):
    objective = gan(generator_loss="saturating" if name == "saturating" else "non-saturating")
    theta = FIXTURE["theta"] if mover == DISCRIMINATOR else FIXTURE["theta.D"]
    z = FIXTURE["z.D" if mover == DISCRIMINATOR else "z.G"]
    batch, out = objective._batch(z, FIXTURE["real"], (mover,)), np.empty_like(theta)
    assert value(objective, theta, batch, out) == pytest.approx(float(FIXTURE[f"loss.{name}"]), abs=1e-12)
    found = out[objective.players[mover].parameters]
    assert np.abs(found - FIXTURE[f"gradient.{name}"]).max() <= 1e-10


def test_both_at_once_are_the_two_alone():
    objective = gan()
    theta, full = start(objective), objective.full()
    outs = [np.empty_like(theta) for _ in range(3)]
    losses = [
        value(objective, theta, of(full, *movers), out) for movers, out in zip([(0,), (1,), BOTH], outs, strict=True)
    ]
    assert full.movers == BOTH
    assert losses[2] == losses[0]
    np.testing.assert_array_equal(outs[2], outs[0] + outs[1])


def test_losses_scores_and_gradients_agree():
    objective = gan()
    theta = start(objective)
    for split, mover in (("train", GENERATOR), ("test", DISCRIMINATOR)):
        batch = objective.full(split)
        program = objective.program(batch)
        loss = value(objective, theta, of(batch, mover))
        assert program.score(theta, NONE, batch).loss == pytest.approx(loss, rel=1e-14)
        grid = program.losses_on(theta, np.stack([theta, np.ones_like(theta)]), np.array([[0.0, 0.0], [0.1, 0.2]]),
                                 NONE, batch)  # fmt: skip
        assert grid == pytest.approx([loss, value(objective, 1.1 * theta + 0.2, of(batch, mover))], rel=1e-12)
        fast = objective.in_precision(np.float32)
        assert fast.program(fast.full(split)).score(theta.astype(np.float32), NONE, fast.full(split)).loss == (
            pytest.approx(loss, rel=1e-5))  # fmt: skip


def test_the_discriminators_share_counts_both_kinds():
    objective = gan()
    theta = np.zeros_like(start(objective))
    theta[-1] = 1.0  # the last bias: everything is held for real
    assert objective.program(objective.full()).score(theta, NONE, objective.full("test")).accuracy == 0.5


def test_judging_is_the_sigmoid_and_pushing_its_derivative():
    objective = gan()
    theta, x = start(objective), np.array([[0.3, -0.2], [1.0, 2.0]])
    _, push = objective.judge(theta, x)
    for k in range(2):
        for axis in range(2):
            sides = []
            for sign in (1, -1):
                moved = x.copy()
                moved[k, axis] += sign * STEP
                sides.append(np.log(objective.judge(theta, moved)[0][k]))
            assert push[k, axis] == pytest.approx((sides[0] - sides[1]) / (2 * STEP), rel=1e-6)


def test_samples_of_the_generator_are_what_the_fixed_loss_sees():
    objective = gan()
    theta, full = start(objective), objective.full()
    made = objective.generate(theta, full.xt[:, :-1])
    said, _ = objective.judge(theta, made)
    assert objective.program(full).score(theta, NONE, full).loss == pytest.approx(-np.log(said).mean(), rel=1e-12)


def test_a_round_is_the_discriminators_steps_then_the_generators():
    streams = Streams.of(0)
    turns = [whose_turn(streams, 3, 2) for _ in range(10)]
    assert turns == [1, 1, 0, 0, 0] * 2
    assert streams.epoch == 2
    assert whose_turn(streams, 3, 2) == DISCRIMINATOR
    assert [whose_turn(streams, 1, 1) for _ in range(3)] == [1, 0, 1]  # another round begins


def test_a_draw_is_all_the_randomness_and_goes_on_from_a_copy():
    objective, streams = gan(generator_steps=2), Streams.of(1)
    for _ in range(4):
        objective.draw(streams)
    twin = streams.copy()
    for _ in range(7):
        one, other = objective.draw(streams), objective.draw(twin)
        assert one.movers == other.movers
        assert len(one.arrays) == (3 if one.movers == (DISCRIMINATOR,) else 2)
        for a, b in zip(one.arrays, other.arrays, strict=True):
            np.testing.assert_array_equal(a, b)


def test_what_has_no_hessian_says_so():
    objective = gan()
    with pytest.raises(ValueError, match="no Hessian"):
        objective.program(objective.full()).linearize(start(objective), NONE, objective.full())
    assert "hvp" not in objective.can


def test_the_same_loss_is_that_of_the_same_networks_and_samples():
    assert gan().same_loss(gan(generator_steps=8, discriminator_rate=2.0))
    for other in (gan(modes=7), gan("relu"), gan(generator_loss="saturating")):
        assert not gan().same_loss(other)
