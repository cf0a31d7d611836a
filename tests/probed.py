"""What hypothesis asks to be measured: every kind of probe, small enough to be answered at once."""

from typing import Any, get_args

from hypothesis import strategies as st

from gdexplorer.lab.frame import Probe
from gdexplorer.landscape.surface import Window
from gdexplorer.probes.attribution import Attribution
from gdexplorer.probes.basins import Basins
from gdexplorer.probes.boundary import Boundary
from gdexplorer.probes.check import GradientCheck
from gdexplorer.probes.confusion import Confusion
from gdexplorer.probes.cost import Cost
from gdexplorer.probes.landscape import Landscape
from gdexplorer.probes.latent import Latent
from gdexplorer.probes.learning import Learning
from gdexplorer.probes.maps import Maps
from gdexplorer.probes.modes import Modes
from gdexplorer.probes.oneweight import OneWeight, Weight
from gdexplorer.probes.rates import RangeTest
from gdexplorer.probes.sequences import Sequences
from gdexplorer.probes.stepwise import Phase, StepByStep
from gdexplorer.probes.units import Units

KINDS = get_args(Probe)
INDEX = st.integers(-1, 40)
SPLIT = st.sampled_from(["train", "test"])
LAYER = st.sampled_from(["", "h1", "h2", "c1", "g1", "output", "none"])
PLANES = ["weights", "pca", "random", "layer", "plain", "hessian", "gradient", "points", "pair"]
NEAR, YES = st.floats(-3, 3), st.booleans()
SIZE = st.integers(2, 6)
WEIGHT = st.builds(Weight, LAYER, INDEX, INDEX)

_OWN: dict[Any, st.SearchStrategy[Any]] = {
    Landscape: st.builds(
        Landscape, st.sampled_from(PLANES), st.integers(0, 2), YES, st.sampled_from([(0, 1), (1, 0), (3, 9), (0, 40)]),
        st.none() | st.just(Window((-1.0, 1.0), (-2.0, 0.5))), st.just(25), YES, YES, YES,
    ),
    Boundary: st.builds(Boundary, st.integers(2, 9)),
    Basins: st.builds(Basins, st.integers(2, 8), st.integers(0, 3)),
    Confusion: st.builds(Confusion, SPLIT),
    Learning: st.builds(Learning, st.integers(1, 4), st.just(1), st.just(()), st.integers(0, 2)),
    RangeTest: st.builds(RangeTest, st.integers(0, 2), st.just(1e-4), st.just(1.0), st.integers(2, 6)),
    Modes: st.builds(Modes, st.integers(2, 9)),
    Maps: st.builds(Maps, SPLIT, INDEX, st.booleans(), LAYER),
    Latent: st.builds(Latent, SPLIT, st.none() | st.tuples(NEAR, NEAR)),
    Sequences: st.builds(Sequences, SPLIT, INDEX, LAYER),
    Units: st.builds(Units, st.integers(2, 6), st.none() | INDEX, st.none() | st.tuples(LAYER, INDEX), SIZE),
    OneWeight: st.builds(OneWeight, st.none() | WEIGHT, st.sampled_from([0.0, -1.0, 2.5])),
    StepByStep: st.builds(StepByStep, st.integers(0, 2), st.sampled_from(list(Phase)), st.none() | INDEX),
    Attribution: st.builds(Attribution, SPLIT, INDEX, st.booleans(), st.sampled_from(["predicted", "true", 0, 3, 99])),
    GradientCheck: st.builds(GradientCheck, st.integers(0, 2)),
}  # fmt: skip

# A cost is measured for a second; tests of its own count what it does.
PROBES = st.one_of(*(_OWN.get(kind, st.builds(kind)) for kind in KINDS if kind is not Cost))
