"""What an experiment can name: the records that "relu", "adam" or "moons" stand for.

A catalogue is passed in, never global state, so that a test or a plugin can hand over another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from gdexplorer.data import SOURCES, Source
from gdexplorer.fields import Settings
from gdexplorer.lab.complaints import Complaint, Within, explain, unknown
from gdexplorer.lab.layer_kinds import LAYERS
from gdexplorer.lab.layers import LayerKind
from gdexplorer.lab.problems import PROBLEMS, Problem
from gdexplorer.nn.activations import ACTIVATIONS, Activation
from gdexplorer.nn.initializers import INITIALIZERS, Initializer
from gdexplorer.nn.losses import LOSSES, Loss
from gdexplorer.optim import RULES, SEARCHES, Rule, Search
from gdexplorer.optim.schedules import SCHEDULES, Schedule


class Named(Protocol):
    """A record with a name."""

    @property
    def name(self) -> str:
        """Return the name by which files call it."""
        ...


R = TypeVar("R", bound=Named)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Records by name, one table a kind."""

    problems: Mapping[str, Problem]
    sources: Mapping[str, Source]
    layers: Mapping[str, LayerKind]
    activations: Mapping[str, Activation]
    initializers: Mapping[str, Initializer]
    losses: Mapping[str, Loss]
    optimizers: Mapping[str, Rule[Any] | Search[Any]]
    schedules: Mapping[str, Schedule[Any]]

    def settings(self, table: str, value: object) -> Settings:
        """Return the knobs that a file's ``"adam"`` or ``{kind = "adam", learning_rate = 0.01}`` stands for.

        Raises
        ------
        ValueError
            If the kind is not in the table.
        """
        if isinstance(value, Settings):
            return value
        given = {"kind": value} if isinstance(value, str) else value
        if not isinstance(given, Mapping) or "kind" not in given:
            raise ValueError(f"needs a kind, such as '{next(iter(getattr(self, table)))}'.")
        knobs: type[Settings] = self.record(table, given["kind"]).Knobs
        try:
            return knobs.model_validate(dict(given), context={"catalogue": self})
        except ValidationError as error:
            raise Within(explain(error)) from error

    def record(self, table: str, name: object) -> Any:
        """Return the record of a name.

        Raises
        ------
        Complaint
            If the table has no such name; the sentence offers the closest.
        """
        records: Mapping[str, Any] = getattr(self, table)
        if not isinstance(name, str) or name not in records:
            singular = {"sources": "data set", "losses": "loss"}.get(table, table.removesuffix("s"))
            raise Complaint(unknown(singular, name, records))
        return records[name]


def _table(records: Iterable[R]) -> dict[str, R]:
    return {record.name: record for record in records}


def standard() -> Catalogue:
    """Return everything the program ships with."""
    return Catalogue(
        _table(PROBLEMS), _table(SOURCES), _table(LAYERS), _table(ACTIVATIONS), _table(INITIALIZERS), _table(LOSSES),
        _table((*RULES, *SEARCHES)), _table(SCHEDULES),
    )  # fmt: skip
