"""What a network learns from: toy sets, the Playground's six, curves, images and sequences; scaled or not."""

from gdexplorer.data import images, playground, regression, scenes, sequences, toy
from gdexplorer.data.features import FEATURES, Feature, expand
from gdexplorer.data.scaling import Scaler, Scaling
from gdexplorer.data.source import Data, Dataset, Source, Task, load
from gdexplorer.data.table import OWN, Table

SOURCES: tuple[Source, ...] = (
    toy.GENTLE_SPIRAL,
    toy.MOONS,
    toy.RINGS,
    toy.XOR,
    toy.BLOBS,
    images.DIGITS,
    images.FASHION,
    scenes.SCENES,
    sequences.DELAYED_SUM,
    sequences.PARITY,
    sequences.SINE_CONTINUATION,
    sequences.ADDING,
    regression.SINE,
    regression.WAVE,
    regression.EVEN_WAVE,
    regression.LINE,
    regression.STANDARD_LINE,
    regression.STEP,
    regression.ONE_EXAMPLE,
    playground.CIRCLE,
    playground.GAUSS,
    playground.XOR,
    playground.SPIRAL,
    playground.PLANE,
    playground.MULTI_GAUSS,
)

__all__ = [
    "FEATURES", "OWN", "SOURCES", "Data", "Dataset", "Feature", "Scaler", "Scaling", "Source", "Table", "Task",
    "expand", "load",
]  # fmt: skip
