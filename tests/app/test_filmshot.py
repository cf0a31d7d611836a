"""A film without a person in front of the window."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gdexplorer.app.film import Order
from gdexplorer.app.filmshot import film
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE, experiment
from tests.leftovers import nothing_left_running  # noqa: F401 - every test here stops what it starts

ORDER = Order(2, 10**9, 2, 10, 200)
SIZE = (800, 500)


def trained() -> Session:
    session = Session(experiment(), CATALOGUE)
    session.train(6)
    return session


def test_the_same_session_gives_the_same_film(tmp_path: Path) -> None:
    films = [tmp_path / name for name in ("a.gif", "b.gif")]
    for path in films:
        film(trained(), path, ORDER, "landscape", SIZE, "light", None)
    with Image.open(films[0]) as image:
        assert (image.size[0], image.n_frames) == (200, 2)  # type: ignore[attr-defined]
        first = np.array(image.convert("RGB"))
        image.seek(1)
        assert not np.array_equal(first, np.array(image.convert("RGB")))
    assert films[0].read_bytes() == films[1].read_bytes()


@pytest.mark.parametrize(
    ("order", "subject", "theme", "why"), [
        (ORDER, "curves", "pink", "theme 'pink' is not known"),
        (ORDER, "loss", "light", "panel 'loss' is not known"),
        (Order(6, 10**9, 2, 10, 200), "curves", "light", "The run has 6 updates, nothing to film from 6 on")],
)  # fmt: skip
def test_what_cannot_be_filmed_is_one_sentence(
    order: Order, subject: str, theme: str, why: str, tmp_path: Path
) -> None:  # fmt: skip
    with pytest.raises(Complaint, match=why):
        film(trained(), tmp_path / "film.gif", order, subject, SIZE, theme, None)
    assert not list(tmp_path.iterdir())
