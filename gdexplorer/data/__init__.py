"""What a network learns from: toy sets, the Playground's six, regression curves and digits; scaled or not."""

from gdexplorer.data import images, playground, regression, toy
from gdexplorer.data.features import FEATURES, Feature, expand
from gdexplorer.data.scaling import Scaler, Scaling
from gdexplorer.data.source import Data, Dataset, Source, Task, load

SOURCES: tuple[Source, ...] = (
    toy.GENTLE_SPIRAL,
    toy.MOONS,
    toy.RINGS,
    toy.XOR,
    toy.BLOBS,
    images.DIGITS,
    regression.SINE,
    regression.WAVE,
    regression.EVEN_WAVE,
    regression.LINE,
    regression.STANDARD_LINE,
    regression.STEP,
    playground.CIRCLE,
    playground.GAUSS,
    playground.XOR,
    playground.SPIRAL,
    playground.PLANE,
    playground.MULTI_GAUSS,
)

__all__ = ["FEATURES", "SOURCES", "Data", "Dataset", "Feature", "Scaler", "Scaling", "Source", "Task", "expand", "load"]
