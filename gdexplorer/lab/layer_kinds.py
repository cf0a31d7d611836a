"""Kinds of hidden layers by name: the settings of each, and the layer that they describe."""

from typing import Any, Literal

from gdexplorer.fields import knob
from gdexplorer.lab.layers import ActivationKnobs, LayerKind, LayerSettings, Records, activation
from gdexplorer.nn.layers.convolution import Convolution
from gdexplorer.nn.layers.dense import Dense
from gdexplorer.nn.layers.dropout import Dropout
from gdexplorer.nn.layers.gru import Gru
from gdexplorer.nn.layers.layer import Layer
from gdexplorer.nn.layers.normalization import BatchNorm, LayerNorm
from gdexplorer.nn.layers.pooling import AveragePooling, MaxPooling
from gdexplorer.nn.layers.recurrent import Returns, Start
from gdexplorer.nn.layers.reshape import Reshape, Upsampling
from gdexplorer.nn.layers.rnn import Rnn


class DenseSettings(LayerSettings):
    """A fully connected layer."""

    kind: Literal["dense"] = "dense"
    units: int = knob(8, "units", "Number of units of the layer.", ge=1, le=4096)
    activation: ActivationKnobs = knob(..., "activation", "Nonlinearity f of the layer: a = f(W x + b).")


def _dense(settings: DenseSettings, catalogue: Records) -> Layer:
    return Dense(id=settings.id, units=settings.units, **activation(settings, catalogue))


DENSE = LayerKind("dense", "dense", "Fully connected: a = f(W x + b); images and sequences are taken as their numbers "
                  "in a row.", DenseSettings, _dense)  # fmt: skip


def _normalized() -> Any:
    return knob({"kind": "linear"}, "activation", "Nonlinearity behind it; the layer before is then best left linear.",
                validate_default=True)  # fmt: skip


class BatchNormSettings(LayerSettings):
    """Each feature, or channel of an image, normalized over the batch."""

    kind: Literal["batch_norm"] = "batch_norm"
    activation: ActivationKnobs = _normalized()


def _batch_norm(settings: BatchNormSettings, catalogue: Records) -> Layer:
    return BatchNorm(id=settings.id, **activation(settings, catalogue))


class LayerNormSettings(LayerSettings):
    """The features of each example normalized."""

    kind: Literal["layer_norm"] = "layer_norm"
    activation: ActivationKnobs = _normalized()


def _layer_norm(settings: LayerNormSettings, catalogue: Records) -> Layer:
    return LayerNorm(id=settings.id, **activation(settings, catalogue))


class DropoutSettings(LayerSettings):
    """Numbers dropped at random while training."""

    kind: Literal["dropout"] = "dropout"
    rate: float = knob(0.5, "rate", "Probability p that a number is 0 in training; the others are divided by 1 − p.",
                       symbol="p", ge=0, le=0.99, slider=(0, 0.9))  # fmt: skip


def _dropout(settings: DropoutSettings, catalogue: Records) -> Layer:
    return Dropout(id=settings.id, rate=settings.rate)


BATCH_NORM = LayerKind(
    "batch_norm", "batch norm", "(x − m)/√(v + 10⁻⁵)·γ + β by mean and variance of the batch; curves and boundary by "
    "running ones.", BatchNormSettings, _batch_norm,
)  # fmt: skip
LAYER_NORM = LayerKind(
    "layer_norm", "layer norm", "(x − m)/√(v + 10⁻⁵)·γ + β by mean and variance over each example's features.",
    LayerNormSettings, _layer_norm,
)  # fmt: skip
DROPOUT = LayerKind("dropout", "dropout", "In training each number is 0 with probability p; curves, boundary and "
                    "landscape are without.", DropoutSettings, _dropout, weighs=False)  # fmt: skip


class RecurrentSettings(LayerSettings):
    """A layer over sequences."""

    units: int = knob(16, "units", "Number H of units, which are the hidden state.", symbol="H", ge=1, le=1024)
    returns: Returns = knob("last", "returns", "The hidden state behind the last step, or those behind all steps, as a "
                            "sequence for a recurrent layer to follow.")  # fmt: skip
    start: Start = knob(
        "orthogonal", "recurrent start", "What weights from one state to the next are drawn as: ρ times a random "
        "orthogonal matrix, ρ times the identity, or as the initializer says; takes effect when weights are drawn.",
        more=True,
    )  # fmt: skip
    radius: float = knob(
        1.0, "spectral radius", "Factor by which a linear state would grow with each step; for a start that is "
        "orthogonal or the identity; takes effect when weights are drawn.", symbol="ρ", ge=0, le=1000,
        slider=(0, 2), more=True,
    )  # fmt: skip


def recurrence(settings: RecurrentSettings) -> dict[str, Any]:
    """Return what recurrent layers have in common."""
    return {name: getattr(settings, name) for name in ("id", "units", "returns", "start", "radius")}


class RnnSettings(RecurrentSettings):
    """A simple recurrent layer."""

    kind: Literal["rnn"] = "rnn"
    activation: ActivationKnobs = knob({"kind": "tanh"}, "activation", "Nonlinearity f of each step: "
                                       "h′ = f(W x + b + W_h h).", validate_default=True)  # fmt: skip


def _rnn(settings: RnnSettings, catalogue: Records) -> Layer:
    f = activation(settings, catalogue)
    return Rnn(**recurrence(settings), inner=f["activation"], inner_knobs=f["knobs"])


class GruSettings(RecurrentSettings):
    """A layer of gated recurrent units."""

    kind: Literal["gru"] = "gru"


def _gru(settings: GruSettings, catalogue: Records) -> Layer:
    return Gru(**recurrence(settings))


RNN = LayerKind("rnn", "simple RNN", "Takes a sequence step by step, h′ = f(W x + b + W_h h); trained through time.",
                RnnSettings, _rnn, shaped=True)  # fmt: skip
GRU = LayerKind("gru", "GRU", "Takes a sequence step by step; gates r and z decide what of the state to use and what "
                "to keep, h′ = (1 − z) n + z h.", GruSettings, _gru, shaped=True)  # fmt: skip


class ConvolutionSettings(LayerSettings):
    """Filters that slide over an image."""

    kind: Literal["convolution"] = "convolution"
    filters: int = knob(8, "filters", "Number of filters, each of which makes a channel of the image that comes out.",
                        ge=1, le=512)  # fmt: skip
    size: int = knob(3, "size", "Height and width k of a filter in pixels.", symbol="k", unit="px", ge=1, le=15)
    stride: int = knob(1, "stride", "Pixels from one place of a filter to the next.", symbol="s", ge=1, le=15,
                       more=True)  # fmt: skip
    padding: int = knob(0, "padding", "Zeros put around the image, so many on each side; (k − 1)/2 keep its size.",
                        symbol="p", ge=0, le=14, more=True)  # fmt: skip
    activation: ActivationKnobs = knob({"kind": "relu"}, "activation", "Nonlinearity f of the layer: a = f(w ⋆ x + b).",
                                       validate_default=True)  # fmt: skip


def _convolution(settings: ConvolutionSettings, catalogue: Records) -> Layer:
    own = {name: getattr(settings, name) for name in ("id", "filters", "size", "stride", "padding")}
    return Convolution(**own, **activation(settings, catalogue))


class PoolingSettings(LayerSettings):
    """One number for each window of an image."""

    size: int = knob(2, "size", "Height and width k of a window in pixels.", symbol="k", unit="px", ge=1, le=15)
    stride: int = knob(0, "stride", "Pixels from one window to the next; 0 is the size: windows side by side.",
                       symbol="s", ge=0, le=15, more=True)  # fmt: skip
    padding: int = knob(0, "padding", "Pixels put around the image, so many on each side, at most half the size; they "
                        "count as zeros in a mean and never are the greatest.", symbol="p", ge=0, le=7,
                        more=True)  # fmt: skip


class MaxPoolSettings(PoolingSettings):
    """The greatest number of each window."""

    kind: Literal["max_pool"] = "max_pool"


class AveragePoolSettings(PoolingSettings):
    """The mean of each window."""

    kind: Literal["average_pool"] = "average_pool"


def _pooling(settings: PoolingSettings) -> dict[str, Any]:
    own = {name: getattr(settings, name) for name in ("id", "size", "padding")}
    return own | {"stride": settings.stride or settings.size}


def _max_pool(settings: MaxPoolSettings, catalogue: Records) -> Layer:
    return MaxPooling(**_pooling(settings))


def _average_pool(settings: AveragePoolSettings, catalogue: Records) -> Layer:
    return AveragePooling(**_pooling(settings))


class ReshapeSettings(LayerSettings):
    """Numbers taken as an image."""

    kind: Literal["reshape"] = "reshape"
    channels: int = knob(1, "channels", "Channels C of the image.", symbol="C", ge=1, le=4096)
    height: int = knob(8, "height", "Pixels H from top to bottom.", symbol="H", unit="px", ge=1, le=256)
    width: int = knob(8, "width", "Pixels W from left to right.", symbol="W", unit="px", ge=1, le=256)


def _reshape(settings: ReshapeSettings, catalogue: Records) -> Layer:
    return Reshape(id=settings.id, shape=(settings.channels, settings.height, settings.width))


class UpsampleSettings(LayerSettings):
    """A larger image."""

    kind: Literal["upsample"] = "upsample"
    factor: int = knob(2, "factor", "How many times as high and as wide the image becomes.", symbol="k", ge=1, le=8)


def _upsample(settings: UpsampleSettings, catalogue: Records) -> Layer:
    return Upsampling(id=settings.id, factor=settings.factor)


CONVOLUTION = LayerKind(
    "convolution", "convolution", "Filters slide over an image, each filter's products with what lies under it making "
    "a channel; needs images.", ConvolutionSettings, _convolution, shaped=True,
)  # fmt: skip
MAX_POOL = LayerKind("max_pool", "max pooling", "The greatest number of each window of an image, channel by channel.",
                     MaxPoolSettings, _max_pool, shaped=True, weighs=False)  # fmt: skip
AVERAGE_POOL = LayerKind("average_pool", "average pooling", "The mean of each window of an image, channel by channel.",
                         AveragePoolSettings, _average_pool, shaped=True, weighs=False)  # fmt: skip
RESHAPE = LayerKind("reshape", "reshape", "Takes C·H·W numbers row by row as an image, for layers that need one.",
                    ReshapeSettings, _reshape, weighs=False)  # fmt: skip
UPSAMPLE = LayerKind("upsample", "upsampling", "Each pixel becomes a square of k × k equal ones.", UpsampleSettings,
                     _upsample, shaped=True, weighs=False)  # fmt: skip

LAYERS: tuple[LayerKind, ...] = (
    DENSE, CONVOLUTION, MAX_POOL, AVERAGE_POOL, RESHAPE, UPSAMPLE, BATCH_NORM, LAYER_NORM, DROPOUT, RNN, GRU,
)  # fmt: skip
