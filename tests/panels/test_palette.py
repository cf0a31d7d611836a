import pytest

from gdexplorer.panels.palette import DARK, LIGHT, PALETTES, PROJECTOR, Palette, contrast, mix, readable

EVERY = pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())


def test_contrast_agrees_with_published_ratios() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert contrast("#FFFFFF", "#777777") == contrast("#777777", "#FFFFFF")
    assert contrast("#0072B2", "#0072B2") == 1


def test_mix_goes_from_the_first_color_to_the_second() -> None:
    assert mix("#102030", "#FFFFFF", 0) == "#102030"
    assert mix("#102030", "#FFFFFF", 1) == "#FFFFFF"
    assert mix("#000000", "#FF8000", 0.5) == "#804000"


@pytest.mark.parametrize("color", ["#E69F00", "#56B4E9", "#FFFFFF", "#808080", "#000000"])
@pytest.mark.parametrize("background", ["#FFFFFF", "#1C2026", "#808080"])
def test_readable_reaches_three_to_one(color: str, background: str) -> None:
    shade = readable(color, background)
    assert contrast(shade, background) >= 3
    if contrast(color, background) >= 3:
        assert shade == color


def test_a_color_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        contrast("red", "#FFFFFF")


@EVERY
def test_text_is_readable_on_its_backgrounds(palette: Palette) -> None:
    for background in (palette.window, palette.panel):
        for color in (palette.text, palette.muted, palette.accent, palette.warning, palette.danger, palette.good):
            assert contrast(color, background) >= 4.5, (color, background)
    assert contrast(palette.on_accent, palette.accent) >= 4.5


@EVERY
def test_eight_lanes_are_readable_and_differ_by_color_and_neighbor_dash(palette: Palette) -> None:
    lanes = [palette.lane(index) for index in range(8)]
    assert all(contrast(lane.color, palette.panel) >= 3 for lane in lanes)
    assert len(set(lanes)) == 8
    assert len({lane.dash for lane in lanes[:4]}) == 4
    assert lanes[7].color == palette.text
    assert palette.lane(8) == lanes[0]


def test_only_the_paused_projector_draws_wide_lines() -> None:
    assert [palette.line_width(False) for palette in PALETTES.values()] == [1, 1, 1]
    assert (LIGHT.line_width(True), DARK.line_width(True), PROJECTOR.line_width(True)) == (1, 1, 3)


def test_the_projector_shows_no_text_below_18_points() -> None:
    assert min(PROJECTOR.body, PROJECTOR.small, PROJECTOR.title) >= 18


def test_scaling_multiplies_every_size() -> None:
    scaled = LIGHT.scaled(1.5)
    assert (scaled.body, scaled.small, scaled.title) == (15, 12, 16.5)
    assert scaled.icon_size == 30
