"""The Dirac GAN against its closed forms (Mescheder, Geiger and Nowozin, 2018)."""

import numpy as np
import pytest

from gdexplorer.landscape import plane as planes
from gdexplorer.landscape.field import downhill, streamlines
from gdexplorer.landscape.surface import Window, refine, sample
from gdexplorer.objectives.batch import Batch
from gdexplorer.objectives.dirac import DiracObjective
from gdexplorer.objectives.turns import BOTH
from tests.objectives.games import dirac

CRITERIA = ("standard", "non-saturating", "wasserstein")
NONE = np.zeros(0)


def radii(session, updates):
    found = [np.hypot(*session.run.state.theta)]
    for _ in range(updates):
        assert session.advance(1) == 1
        found.append(np.hypot(*session.run.state.theta))
    return np.array(found)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_the_field_is_each_players_own_derivative(criterion):
    objective, step, out = DiracObjective(criterion, 0.3), 1e-6, np.empty(2)
    theta = np.array([0.7, -1.1])
    program = objective.program(objective.full())
    program.value_and_gradient(theta, NONE, objective.full(), out)
    for mover in BOTH:
        along = np.eye(2)[mover] * step
        batch = Batch((), 1, (mover,))
        above, below = (program.losses((theta + sign * along)[None], NONE, batch)[0] for sign in (1, -1))
        assert out[mover] == pytest.approx((above - below) / (2 * step), rel=1e-7)
        alone = np.empty(2)
        assert program.value_and_gradient(theta, NONE, batch, alone) == program.score(theta, NONE, batch).loss
        assert alone[mover] == out[mover]
        assert alone[1 - mover] == 0


@pytest.mark.parametrize(("criterion", "field"), [
    ("standard", (-0.5 / (1 + np.exp(1)), 2 / (1 + np.exp(1)))),
    ("non-saturating", (-0.5 / (1 + np.exp(-1)), 2 / (1 + np.exp(1)))),
    ("wasserstein", (-0.5, 2.0)),
])  # fmt: skip
def test_the_field_is_the_papers(criterion, field):
    """v(θ, ψ) = (−ψ f′(±θψ), θ f′(θψ)), f′(t) = 1/(1 + eᵗ) or 1, here at (2, ½)."""
    objective, out = DiracObjective(criterion), np.empty(2)
    objective.program(objective.full()).value_and_gradient(np.array([2.0, 0.5]), NONE, objective.full(), out)
    assert -out == pytest.approx(field, rel=1e-12)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5])
def test_simultaneous_wasserstein_updates_spiral_outward_by_a_factor(rate):
    found = radii(dirac(rate, criterion="wasserstein"), 50)
    assert found[1:] / found[:-1] == pytest.approx(np.sqrt(1 + rate**2), rel=1e-12)


def test_alternating_wasserstein_updates_stay_on_an_ellipse():
    """A round's matrix has determinant 1 and trace 2 − η²: complex eigenvalues of length 1."""
    session = dirac(0.1, criterion="wasserstein", updates="alternating")
    found = radii(session, 2000)
    assert found.max() / found.min() < 1.12
    assert session.run.state.streams.epoch == 1000
    theta, psi = session.run.state.theta.copy()
    session.advance(2)
    psi += 0.1 * theta
    assert session.run.state.theta == pytest.approx([theta - 0.1 * psi, psi], rel=1e-14)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_r1_makes_it_converge_at_the_rate_of_its_eigenvalues(criterion):
    """At (0, 0) the update is I + η ((0, −f′), (f′, −γ)), f′(0) = ½ or 1: here of spectral radius below 1."""
    rate, gamma, slope = 0.1, 0.4, 1.0 if criterion == "wasserstein" else 0.5
    session = dirac(rate, criterion=criterion, gamma=gamma, x=0.01, y=0.01)
    found = radii(session, 600)
    largest = np.abs(np.linalg.eigvals(np.eye(2) + rate * np.array([[0, -slope], [slope, -gamma]]))).max()
    assert largest < 1
    assert found[-1] < 1e-5
    assert np.log(found[500] / found[100]) / 400 == pytest.approx(np.log(largest), abs=1e-3)


def test_without_it_no_criterion_converges():
    for criterion in CRITERIA:
        found = radii(dirac(0.1, criterion=criterion, x=0.3, y=0.0), 300)
        assert found[-1] > found[0]


def test_a_landscape_has_the_games_field_and_not_a_gradient():
    objective = DiracObjective("wasserstein")
    surface = sample(objective, planes.identity(), Window((-2, 2), (-2, 2)), 25)
    field = downhill(surface)
    x, y = np.meshgrid(surface.xs, surface.ys)
    assert field == pytest.approx(np.stack([-y, x], axis=-1), abs=1e-12)
    assert surface.losses == pytest.approx(x * y, abs=1e-6)  # the generator's loss, whose gradient is (ψ, θ)
    finer = refine(objective, surface)
    assert finer.flow is surface.flow
    assert len(finer.xs) == 49
    for line in streamlines(finer):
        r = np.hypot(*line.T)
        assert r.max() - r.min() < 0.05  # circles


def test_the_equilibrium_is_a_landmark_and_rests():
    objective = DiracObjective()
    (mark,) = objective.landmarks
    assert mark.name == "equilibrium"
    session = dirac(x=0.0, y=0.0)
    session.advance(20)
    assert (session.run.state.theta == 0).all()
