"""What the narrator can say: one plain sentence, a panel that shows it, and commands that may mend it."""

from dataclasses import dataclass
from typing import Literal

from gdexplorer.lab.commands import Command

Mood = Literal["plain", "good", "warning", "trouble"]

NON_FINITE = "non-finite"  # the rule of a run that has diverged

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Mend:
    """What may mend it: the text of a button, and what that sends."""

    text: str
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """What the narrator says, and the two buttons beside it."""

    text: str
    mood: Mood = "plain"
    panel: str = ""  # name of the panel that shows it; none for what can be seen anyway
    mend: Mend | None = None
    rule: str = ""  # name of the rule that it is of


def number(value: float) -> str:
    """Return three digits, as panels write them: 0.0123, 24,300, 7.89×10⁻³¹."""
    if 1000 <= abs(value) < 1e6:
        return f"{float(f'{value:.3g}'):,.0f}"
    digits, _, exponent = f"{value:.3g}".partition("e")
    return f"{digits}×10{str(int(exponent)).translate(_SUPERSCRIPT)}" if exponent else digits
