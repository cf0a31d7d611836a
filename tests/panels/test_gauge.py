import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.panels.gauge import COLORS, ROWS, SHORT, WORDS, Gauge, Reading, level_of, rising
from gdexplorer.panels.palette import PALETTES


@pytest.mark.parametrize(("ratio", "rises", "level"), [
    (-0.3, True, "below"), (0.0, False, "below"), (0.5, True, "below"), (0.89, False, "below"),
    (0.95, False, "near"), (0.95, True, "near"), (1.0, True, "near"), (1.04, False, "near"),
    (1.04, True, "rising"), (1.3, False, "above"), (1.3, True, "rising"), (50.0, False, "above"),
])  # fmt: skip
def test_red_needs_a_rising_loss_and_amber_is_for_near_and_above(ratio: float, rises: bool, level: str) -> None:
    assert level_of(ratio, rises) == level


def test_the_colors() -> None:
    assert [COLORS[level] for level in ("below", "near", "above", "rising")] == [
        "accent", "warning", "warning", "danger"]  # fmt: skip


def _parts(losses: list[float], cut: int = 0) -> tuple[np.ndarray, ...]:
    rows = np.zeros((len(losses), 7))
    rows[:, 0], rows[:, 1] = np.arange(len(losses)), losses
    return (rows[:cut], rows[cut:]) if cut else (rows,)


def test_a_loss_rises_when_all_new_ones_lie_above_the_mean_before() -> None:
    up = np.geomspace(1, 100, 2 * ROWS)
    assert rising(_parts([*up]))
    assert rising(_parts([5.0] * 300 + [*up], cut=300 + ROWS))
    assert not rising(_parts([*up[::-1]]))
    assert not rising(_parts([1.0] * 40))
    assert not rising(_parts([*np.tile([1.0, 2.0], ROWS)])), "up and down at the edge is no alarm"
    assert not rising(_parts([*up, *np.full(ROWS, 0.5)]))
    assert not rising(()), "nothing is known"
    assert not rising(_parts([1.0, 2.0]))


def test_losses_of_another_meaning_do_not_count() -> None:
    losses = [1.0] * 20 + [7.0] * 10
    assert rising(_parts(losses))
    assert not rising(_parts(losses), since=20)


def test_a_loss_that_is_no_number_does_not_rise() -> None:
    assert not rising(_parts([1.0] * 10 + [float("nan")] * 10))


@pytest.fixture
def gauge(qtbot: QtBot) -> Gauge:
    made = Gauge()
    qtbot.addWidget(made)
    made.resize(400, made.sizeHint().height())
    made.show()
    return made


def _colors(gauge: Gauge) -> set[str]:
    image, bar = gauge.grab().toImage(), gauge.bar()
    return {image.pixelColor(x, round(bar.center().y())).name().upper() for x in range(image.width())}


@pytest.mark.parametrize("name", PALETTES)
def test_the_bar_is_filled_up_to_the_ratio_in_the_levels_color(name: str, gauge: Gauge) -> None:
    palette = PALETTES[name]
    gauge.show_palette(palette)
    gauge.resize(500, gauge.sizeHint().height())
    for ratio, level in ((0.5, "below"), (0.95, "near"), (1.5, "rising"), (7.0, "above")):
        gauge.show_reading(Reading("ηS/2", ratio, level, WORDS[level]))  # type: ignore[arg-type,index]
        image, bar = gauge.grab().toImage(), gauge.bar()
        color = getattr(palette, COLORS[level]).upper()  # type: ignore[index]
        row = [image.pixelColor(x, round(bar.center().y())).name().upper() for x in range(image.width())]
        assert row.count(color) / bar.width() == pytest.approx(min(ratio / 2, 1), abs=0.03)
        assert gauge.accessibleDescription() == f"{gauge.reading.text}: {WORDS[level]}"  # type: ignore[index,union-attr]


def test_one_stands_in_the_middle_and_what_is_beyond_at_the_end(gauge: Gauge) -> None:
    bar = gauge.bar()
    assert gauge.place(1.0) == pytest.approx(bar.center().x())
    assert gauge.place(9.0) == gauge.place(2.0) == pytest.approx(bar.right())
    assert gauge.place(-1.0) == pytest.approx(bar.left())


def test_without_a_threshold_there_is_no_bar(gauge: Gauge) -> None:
    gauge.show_reading(Reading("S", 2.3456, None, "no threshold is claimed: none is known for adam"))
    assert gauge.reading is not None
    assert gauge.reading.text == "S = 2.35"
    assert PALETTES["light"].accent.upper() not in _colors(gauge)
    assert PALETTES["light"].warning.upper() not in _colors(gauge)


@pytest.mark.parametrize("name", PALETTES)
def test_the_color_does_not_speak_alone(name: str, gauge: Gauge) -> None:
    gauge.show_palette(PALETTES[name])
    for level, short in SHORT.items():
        gauge.show_reading(Reading("ηS/2", 1.02, level, WORDS[level]))
        assert gauge.reading is not None
        seen = set()
        for width in (900, 600, 410):
            gauge.resize(width, gauge.sizeHint().height())
            font, words = gauge._fitting(gauge.reading)
            assert words in (WORDS[level], short)
            assert font.pointSizeF() >= PALETTES[name].title
            seen.add(words)
        assert WORDS[level] in seen
