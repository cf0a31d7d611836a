import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.panels.palette import PALETTES
from gdexplorer.panels.throughtime import ThroughTime
from gdexplorer.probes.sequences import Recurrence


def recurrence(norms: list[float], radius: float | None = 0.8, units: int = 3) -> Recurrence:
    rng = np.random.default_rng(0)
    return Recurrence("r1", "tanh RNN", rng.uniform(-0.5, 0.5, (len(norms), units)), np.array(norms), radius)


@pytest.fixture
def through(qtbot: QtBot) -> ThroughTime:
    made = ThroughTime()
    qtbot.addWidget(made)
    made.resize(460, 420)
    made.show()
    return made


def test_norms_are_drawn_as_powers_of_ten_under_their_steps(through: ThroughTime) -> None:
    through.draw(recurrence([1e-3, 0.0, 1e-1, 1.0]))
    x, y = through.norms._line.getData()
    assert x.tolist() == [0, 1, 2, 3]
    assert y[[0, 2, 3]] == pytest.approx([-3, -1, 0])
    assert np.isnan(y[1])
    low, high = through.norms.view()[2:]
    assert low < -3 < 0 < high
    assert through.norms.view()[:2] == through.hidden.view()[:2] == (-0.5, 3.5)


def test_ticks_count_backwards(through: ThroughTime) -> None:
    through.draw(recurrence([1.0] * 21))
    assert dict(through.norms._lags(-0.5, 20.5, 5)) == {0: "20", 5: "15", 10: "10", 15: "5", 20: "0"}


def test_the_dashed_line_is_a_power_of_the_radius(through: ThroughTime) -> None:
    through.draw(recurrence([0.1, 0.2, 0.4, 0.5], 0.8))
    x, y = through.norms._rho.getData()
    for step, height in zip(x, y, strict=True):
        assert 10**height == pytest.approx(0.5 * 0.8 ** (3 - step))
    through.draw(recurrence([0.1, 0.2, 0.4, 0.5], 8.0))
    high = through.norms.view()[3]
    assert high > np.log10(0.5) + 1  # it is followed for a while beyond the norms
    assert high < np.log10(0.5) + 3 * np.log10(8)


@pytest.mark.parametrize(("norms", "radius"), [([1.0, 1.0], None), ([1.0, 0.0], 0.9), ([1.0, 1.0], 0.0)])
def test_there_is_no_dashed_line_without_a_radius_or_a_beginning(through: ThroughTime, norms, radius) -> None:
    through.draw(recurrence([0.5, 1.0], 0.7))
    assert through.norms._rho.isVisible()
    through.draw(recurrence(norms, radius))
    assert not through.norms._rho.isVisible()
    assert not through.norms._name.isVisible()


def test_titles_say_what_is_seen(through: ThroughTime) -> None:
    through.draw(recurrence([0.25, 0.5, 1.0], 0.8))
    through.grab()
    assert through.hidden._title.text() == "hidden state h of r1, 3 units over 3 steps"
    assert through.norms._title.text() == "‖∂ℓ/∂h‖ by lag, log: ×0.500 a step back"
    assert through.norms._name.text() == "ρ^lag, ρ = 0.800"
    through.resize(220, 420)
    through.grab()
    assert through.norms._title.text() == "‖∂ℓ/∂h‖ ×0.500 a step"


def test_hovering_tells_the_numbers(through: ThroughTime) -> None:
    made = recurrence([0.25, 0.5, 1.0])
    through.draw(made)
    assert through.norms._read(0.1, 0.0) == "step 0, lag 2\n‖∂ℓ/∂h‖ = 0.25"
    assert through.norms._read(5.0, 0.0) == ""
    assert through.hidden._read(1.0, 2.0).startswith("step 1, unit 2\nh = ")
    assert through.hidden._read(1.0, 9.0) == ""


def test_each_number_of_the_hidden_state_is_a_block_of_its_color(through: ThroughTime) -> None:
    made = Recurrence("r1", "GRU", np.array([[1.0, -1.0], [0.0, 1.0]]), np.ones(2), None)
    through.draw(made)
    image, colors = through.hidden._map._image, through.hidden.colors()
    width, height = image.width(), image.height()

    def at(step: int, unit: int) -> int:
        return image.pixel((2 * step + 1) * width // 4, (2 * unit + 1) * height // 4)

    assert [at(0, 0), at(0, 1), at(1, 1)] == [colors[255], colors[0], colors[255]]
    assert at(1, 0) in colors[126:130]
    assert through.hidden.most == 1.0


@pytest.mark.parametrize("norms", [[np.nan, np.inf, 1.0], [0.0, 0.0], [1e-300, 1e-10]])
def test_whatever_the_numbers_it_is_drawn(through: ThroughTime, norms: list[float]) -> None:
    broken = recurrence(norms)
    hidden = broken.hidden.copy()
    hidden[0, 0] = np.nan
    through.draw(Recurrence("r1", "tanh RNN", hidden, broken.norms, 1e12))
    for palette in PALETTES.values():
        through.show_palette(palette, True)
        assert not through.grab().isNull()
    assert np.isfinite(through.norms.view()).all()
