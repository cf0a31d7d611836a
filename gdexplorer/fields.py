"""One description of every setting, from which widgets, tooltips, the command line and files are made.

A setting is a field of a frozen pydantic model; what a person must know about it stands in the field itself::

    class Knobs(Settings):
        kind: Literal["sgd"] = "sgd"
        learning_rate: float = knob(0.1, "learning rate", "Factor that turns the gradient into a step.",
                                    symbol="η", log=True, gt=0, le=1e6, slider=(1e-4, 10))
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo


class Settings(BaseModel):
    """A frozen group of settings; unknown names and non-finite numbers are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def knob(
    default: Any,
    label: str,
    help: str,
    *,
    symbol: str = "",
    unit: str = "",
    log: bool = False,
    slider: tuple[float, float] | None = None,
    live: bool = True,
    more: bool = False,
    **bounds: Any,
) -> Any:
    """Declare one setting: its default, what a person reads about it, and its bounds.

    Parameters
    ----------
    default
        The value when nothing is said; ``...`` makes the setting required.
    label, help
        Lower-case name in the field's standard term; one sentence, with the formula where there is one.
    symbol, unit
        Letter in formulas (``"η"``) and unit (``"updates/s"``).
    log
        Whether a slider moves logarithmically.
    slider
        The range a slider covers; numbers beyond it may be typed, within ``bounds``.
    live
        Whether a change takes effect at the next step and keeps the weights; where it is false the
        control says before that weights are drawn anew.
    more
        Whether the setting stays under "More".
    bounds
        pydantic's ``gt``, ``ge``, ``lt``, ``le``, ``max_length``, ``default_factory`` …
    """
    extra: dict[str, Any] = {"symbol": symbol, "unit": unit, "log": log, "slider": slider, "live": live, "more": more}
    if "default_factory" not in bounds:
        bounds["default"] = default
    return Field(title=label, description=help, json_schema_extra=extra, **bounds)


@dataclass(frozen=True, slots=True)
class Description:
    """What a widget, a tooltip or a help page needs to know about one setting."""

    name: str
    label: str
    help: str
    symbol: str
    unit: str
    log: bool
    slider: tuple[float, float] | None
    live: bool
    more: bool
    low: float | None
    high: float | None
    annotation: Any
    default: Any

    @property
    def tooltip(self) -> str:
        """Name, symbol, meaning, unit and bounds in plain text."""
        head = self.label + (f" {self.symbol}" if self.symbol else "") + (f" [{self.unit}]" if self.unit else "")
        bounds = "" if self.low is None or self.high is None else f"\nBetween {self.low:g} and {self.high:g}."
        reset = "" if self.live else "\nChanging it draws weights anew."
        return f"{head}\n{self.help}{bounds}{reset}"


@cache
def describe(model: type[BaseModel]) -> tuple[Description, ...]:
    """Return the description of every setting of a model, in the order of declaration."""
    fields = model.model_fields.items()
    return tuple(_description(name, info) for name, info in fields if isinstance(info.json_schema_extra, dict))


def _description(name: str, info: FieldInfo) -> Description:
    assert isinstance(info.json_schema_extra, dict)
    extra: dict[str, Any] = dict(info.json_schema_extra)
    bound: dict[str, float] = {}
    for constraint in info.metadata:
        for key in ("gt", "ge", "lt", "le"):
            if (value := getattr(constraint, key, None)) is not None:
                bound[key] = value
    return Description(
        name=name,
        label=info.title or name,
        help=info.description or "",
        low=bound.get("gt", bound.get("ge")),
        high=bound.get("lt", bound.get("le")),
        annotation=info.annotation,
        default=info.get_default(call_default_factory=True) if not info.is_required() else None,
        **extra,
    )
