"""What the controls offer to choose from: the kinds that the catalogue has, features, data of one's own."""

from gdexplorer.app.choice import Choice
from gdexplorer.data import FEATURES, OWN, Table
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.panels.drawing import TITLE

TABLES = {"problem": "problems", "loss": "losses", "optimizer": "optimizers", "network.initializer": "initializers",
          "network.output": "activations", "training.schedule": "schedules"}  # fmt: skip


def kinds(catalogue: Catalogue, table: str) -> list[Choice]:
    """Return the kinds in a table of the catalogue, such as ``optimizers``."""
    records = getattr(catalogue, table).values()
    return [Choice(r.name, r.label, "\n".join(filter(None, (getattr(r, "formula", ""), r.help)))) for r in records]


def data_sets(catalogue: Catalogue, own: Table | None) -> list[Choice]:
    """Return the data sets, one's own last, if there are some."""
    choices = kinds(catalogue, "sources")
    if own is not None:
        what = "points" if own.title == TITLE else "rows"
        choices.append(Choice(OWN, f"Own: {len(own):,} {what}", f"Own data: '{own.target}' of {own.title}"))
    return choices


def offered(path: str, catalogue: Catalogue) -> list[Choice] | None:
    """Return what a setting offers whose annotation does not tell; None for others."""
    if path == "data.kind":
        return data_sets(catalogue, None)
    if path == "data.features":
        return [Choice(feature.name, feature.label) for feature in FEATURES]
    return None
