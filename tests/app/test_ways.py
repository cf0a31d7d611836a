"""The same picture whichever way led to it: through other workspaces, themes and sizes, or straight."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from PySide6.QtGui import QImage

from gdexplorer.app.window import Window
from gdexplorer.app.workspaces import WORKSPACES
from gdexplorer.lab import archive, experiments
from gdexplorer.lab.session import Session
from gdexplorer.panels.palette import PALETTES
from tests.app.driver import Driver
from tests.builders import CATALOGUE

EXPERIMENTS = {"first": 300, "digits": 200, "himmelblau": 100, "moons-race": 120, "gan-ring": 150, "digits-cnn": 60,
               "delayed-sum-rnn": 80, "spiral": 200, "edge": 100, "line": 30}  # fmt: skip
TIMED = "Race"  # it shows seconds, which are measured
USUAL = ((1280, 720), (1920, 1080))
SIZES = ((900, 560), (1024, 640), (1280, 720), (1500, 820), (1920, 1080))

TELLING = (0, 72, 99)  # seeds whose ways once left a trace each

Way = tuple[str, str, tuple[int, int], bool]  # workspace, theme, size, and whether to wait until all is drawn


def way(random: Random) -> Way:
    workspace = random.choice([name for name in WORKSPACES if name != TIMED])
    return workspace, random.choice(list(PALETTES)), random.choice(SIZES), random.random() < 0.7


def trained(experiment: str, path: Path) -> Path:
    """Keep a session in which a run is at its end: whoever opens it has seen no other moment."""
    session = Session(experiments.load(experiment, CATALOGUE), CATALOGUE)
    steps = EXPERIMENTS[experiment]
    while session.step < steps:
        session.train(steps - session.step)
    archive.save(session, path)
    return path


def opened(driver: Driver, session: Path) -> Driver:
    driver.window.resize(1280, 720)
    driver.window.narrator.pace.setInterval(0)
    assert driver.conductor.open_path(str(session), playing=False)
    driver.settle()
    return driver


def go(driver: Driver, way: Way) -> None:
    workspace, theme, size, awaited = way
    driver.window.host.show_workspace(workspace)
    driver.window.set_theme(theme, 1.0)
    driver.window.resize(*size)
    if awaited:
        driver.settle()


def picture(driver: Driver, last: Way) -> QImage:
    go(driver, last)
    driver.window.host.show_workspace(last[0])  # as high a window as it is now may take other panels
    for _ in range(2):  # what is drawn may ask for more
        driver.settle()
    return driver.window.grab().toImage()


@pytest.fixture
def compare(
    open_window: Callable[[], Window], driver_of: Callable[[Window], Driver], tmp_path: Path
) -> Callable[[int], None]:
    """Compares two windows at the end of ways of a seed, one of which went straight there."""
    return lambda seed: alike(seed, open_window, driver_of, tmp_path / "run.gdx")


def alike(seed: int, open_window: Callable[[], Window], driver_of: Callable[[Window], Driver], path: Path) -> None:
    random = Random(seed)
    experiment = random.choice(list(EXPERIMENTS))
    *detours, (workspace, theme, _, _) = ways = [way(random) for _ in range(random.randint(2, 5))]
    last = workspace, theme, random.choice(USUAL), True
    session = trained(experiment, path)
    about = opened(driver_of(open_window()), session)
    for detour in detours:
        go(about, detour)
    found = picture(about, last)
    about.window.close()
    expected = picture(opened(driver_of(open_window()), session), last)
    assert found == expected, (experiment, ways)


@pytest.mark.parametrize("seed", TELLING)
def test_the_way_to_a_picture_leaves_no_trace(seed: int, compare: Callable[[int], None]) -> None:
    compare(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", [seed for seed in range(103) if seed not in TELLING])
def test_no_way_leaves_a_trace(seed: int, compare: Callable[[int], None]) -> None:
    compare(seed)
