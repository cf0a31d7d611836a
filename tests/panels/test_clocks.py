import numpy as np
import pytest

from gdexplorer.lab.history import CHUNK, Recorder
from gdexplorer.panels.clocks import CLOCKS, EPOCHS, EVALUATIONS, SECONDS, UPDATES, Clock, Pace


def recorded(rows: int = 40) -> Recorder:
    """Evaluated every 5 updates; 3 evaluations and a tenth of an epoch an update."""
    made = Recorder(2)
    for step in range(0, 5 * rows, 5):
        made.curves.append(step, 1.0, 1.0, np.nan, np.nan, 3 * step, step / 10)
    return made


@pytest.mark.parametrize(
    ("clock", "per_update"), [(UPDATES, 1.0), (EPOCHS, 0.1), (EVALUATIONS, 3.0), (SECONDS, 0.25)]
)  # fmt: skip
def test_each_clock_counts_its_own(clock: Clock, per_update: float) -> None:
    pace = Pace(clock, recorded().view(), 0.25 if clock is SECONDS else 1.0)
    assert pace.newest == pytest.approx(195 * per_update)
    assert pace.earliest == pytest.approx(5 * per_update)
    steps = np.array([0.0, 1.0, 12.5, 195.0])
    np.testing.assert_allclose(pace.at(steps), steps * per_update)


def test_a_long_history_is_interpolated_between_a_few_rows() -> None:
    pace = Pace(EVALUATIONS, recorded(2 * CHUNK + 100).view())
    steps = np.linspace(0, 5 * (2 * CHUNK + 99), 1000)
    np.testing.assert_allclose(pace.at(steps), 3 * steps)


def test_nothing_is_earlier_than_the_first_update() -> None:
    assert np.isnan(Pace(UPDATES, recorded(1).view()).earliest)
    assert len({clock.name for clock in CLOCKS}) == 4
