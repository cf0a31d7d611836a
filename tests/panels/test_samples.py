import numpy as np
import pytest

from gdexplorer.data import SOURCES, load
from gdexplorer.data.source import Data
from gdexplorer.panels.palette import BLUE, DARK, LIGHT, ORANGE, Palette, contrast
from gdexplorer.panels.samples import MOST, SHADES, clouds, drawn, halos, plain, scale_of, targets, wrong


def data(name: str) -> Data:
    source = next(source for source in SOURCES if source.name == name)
    return load(source, 60, source.noise, 0.5, 0)


def test_two_classes_wear_their_own_colors_filled_or_hollow() -> None:
    moons = data("moons")
    made = clouds(moons, ("train", "test"), scale_of(moons, LIGHT), LIGHT)
    assert [cloud.color for cloud in made] == [BLUE, ORANGE, BLUE, ORANGE]
    assert [bool(cloud.inside) for cloud in made] == [True, True, False, False]
    assert sum(len(cloud.x) for cloud in made) == 60
    assert sum(len(cloud.x) for cloud in clouds(moons, ("test",), scale_of(moons, LIGHT), LIGHT)) == 30
    blue = made[2]
    assert np.column_stack([blue.x, blue.y]) == pytest.approx(moons.train.x[moons.train.y == 0])


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_values_are_colored_on_a_symmetric_scale_that_is_not_the_classes(palette: Palette) -> None:
    bumps = data("playground_multi_gauss")
    scale = scale_of(bumps, palette)
    assert scale.levels[1] == -scale.levels[0] == np.abs(bumps.train.y).max()
    assert not {BLUE, ORANGE} & set(scale.ends)
    assert all(contrast(color, palette.panel) >= 3 for color in scale.ends)
    made = clouds(bumps, ("train",), scale, palette)
    assert len(made) == SHADES
    assert sum(len(cloud.x) for cloud in made) == 30
    assert all(contrast(cloud.rim, palette.panel) > 2 for cloud in made)


def test_an_output_on_the_other_side_is_wrong() -> None:
    moons = data("moons")
    right = targets(moons, moons.train)
    assert set(right) == {-1, 1}
    assert not wrong(moons, moons.train, 0.5 * right).any()
    assert wrong(moons, moons.train, -0.5 * right).all()
    assert not wrong(moons, moons.train, np.full(30, np.nan)).any()
    (ring,) = halos(moons, ("train",), {"train": np.where(np.arange(30) == 3, -right, right)}, LIGHT)
    assert (ring.x[0], ring.y[0]) == tuple(moons.train.x[3])
    assert len(ring.x) == 1


def test_points_of_a_curve_are_filled_or_hollow() -> None:
    x = np.arange(3.0)
    assert plain(x, x, True, LIGHT).inside == LIGHT.panel
    assert plain(x, x, False, LIGHT).inside == ""


def test_of_very_many_the_last_are_drawn() -> None:
    moons = load(next(source for source in SOURCES if source.name == "moons"), 3 * MOST, 0.1, 0.9, 0)
    assert drawn(moons.test) is moons.test
    assert np.array_equal(drawn(moons.train).x, moons.train.x[-MOST:])
    made = clouds(moons, ("train",), scale_of(moons, LIGHT), LIGHT)
    assert sum(len(cloud.x) for cloud in made) == MOST
    outputs = -targets(moons, moons.train)
    outputs[-1] *= -1
    (rings,) = halos(moons, ("train",), {"train": outputs}, LIGHT)
    assert np.array_equal(np.column_stack([rings.x, rings.y]), moons.train.x[-MOST:-1])
