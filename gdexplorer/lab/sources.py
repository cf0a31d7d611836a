"""The data set that an experiment learns from."""

from gdexplorer.data import OWN, Source
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.groups import DataSettings


def source_of(data: DataSettings, catalogue: Catalogue) -> Source:
    """Return the data set of an experiment, its own table's or one of the catalogue's.

    Raises
    ------
    Complaint
        If there is none of that name, or the table is too small.
    """
    if data.kind != OWN or data.table is None:
        source: Source = catalogue.record("sources", data.kind)
        return source
    try:
        return data.table.source()
    except ValueError as error:
        raise Complaint(str(error)) from error
