import numpy as np
import pytest

from gdexplorer.fields import Settings
from gdexplorer.probes.learning import LearningReport, mean

NAN = np.nan


def test_the_mean_leaves_out_what_is_not_finite():
    found = mean(np.array([[1.0, NAN, NAN], [3.0, 5.0, np.inf]]))
    assert found[:2].tolist() == [2.0, 5.0]
    assert np.isnan(found[2])


def test_gaps_are_means_of_each_seeds_own():
    losses = np.array([[[1.0, 4.0], [2.0, 2.5]], [[1.0, NAN], [3.0, 3.1]]])
    report = LearningReport((5, 9), losses, losses, 10, 0, Settings())
    assert report.gaps == pytest.approx([3.0, 0.3])


@pytest.mark.parametrize(("share", "refused", "finished"), [(0.9, "", False), (1.0, "", True), (0.2, "No.", True)])
def test_it_is_finished_when_nothing_more_comes(share, refused, finished):
    none = np.zeros((1, 0, 2))
    assert LearningReport((), none, none, 1, 0, Settings(), share, refused).finished is finished
