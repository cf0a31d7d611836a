"""Settings of every kind, for the tests of their controls."""

from typing import Literal

from gdexplorer.fields import Settings, describe, knob


class Everything(Settings):
    rate: float = knob(
        0.1, "learning rate", "Step factor, θ − ηg.", symbol="η", log=True, gt=0, le=1e6, slider=(1e-4, 10)
    )
    batch: int = knob(32, "batch size", "Examples per update.", log=True, ge=1, le=100_000, slider=(1, 512))
    seed: int = knob(7, "seed", "Start of all randomness.", live=False, ge=0)
    nesterov: bool = knob(False, "look-ahead", "Gradient at the point ahead.")
    loss: Literal["mse", "half_mse"] = knob("mse", "loss", "Mean <b>squared</b> error.")
    optimizer: str = knob("sgd", "optimizer", "How θ moves.")
    features: tuple[str, ...] = knob(("x", "y"), "input features", "What the network sees.")
    signs: tuple[Literal["plus", "minus"], ...] = knob(("plus",), "signs", "Which signs.")
    name: str = knob("spiral", "name", "Title of the experiment.")
    odd: dict[str, int] = knob({}, "odd", "Nothing that a control fits.")


DESCRIPTIONS = {description.name: description for description in describe(Everything)}
CHOICES = (("sgd", "SGD", "Plain steps."), ("adam", "Adam", "Steps scaled by <i>moments</i>."))
FEATURES = (("x", "x", ""), ("y", "y", ""), ("x2", "x²", "Square of x."))
