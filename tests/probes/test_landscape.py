from dataclasses import fields, replace

import numpy as np
import pytest

from gdexplorer.landscape.plane import identity
from gdexplorer.landscape.surface import Surface, Window
from gdexplorer.probes.landscape import Landscape, LandscapeReport, Track

OTHER = {"kind": "random", "serial": 3, "follow": True, "pair": (4, 7), "window": Window((0, 1), (0, 1)), "most": 97,
         "profile": True, "arrows": True, "model": True}  # fmt: skip
ANOTHER_PLANE = {"kind", "serial", "follow"}


@pytest.mark.parametrize("name", OTHER)
def test_another_request_is_another_plane_only_if_kind_serial_or_origin_differ(name):
    assert OTHER.keys() == {field.name for field in fields(Landscape)}
    request = Landscape()
    other = replace(request, **{name: OTHER[name]})
    assert other != request
    assert hash(other) is not None
    assert (other.plane != request.plane) == (name in ANOTHER_PLANE)


def test_a_pair_makes_a_plane_only_where_a_pair_is_asked_for():
    assert Landscape("pair", pair=(0, 1)).plane != Landscape("pair", pair=(0, 2)).plane
    assert Landscape("pca", pair=(0, 1)).plane == Landscape("pca", pair=(0, 2)).plane


def test_what_a_report_says_of_the_path_is_the_first_lanes():
    axis = np.linspace(-1, 1, 3)
    surface = Surface(identity(), axis, axis, np.zeros((3, 3)))
    tracks = tuple(
        Track(f"lane {k}", "", np.full((2, 2), k), np.array([0, k]), np.full(2, k), float(k)) for k in (5, 6)
    )
    report = LandscapeReport(9, 8, surface, tracks, np.zeros(2), 2, 0.0)
    assert report.path is tracks[0].path
    assert report.steps is tracks[0].steps
    assert report.off_plane is tracks[0].off_plane
    assert report.point_loss == 5
