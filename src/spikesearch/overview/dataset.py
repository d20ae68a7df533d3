"""A data set as a run would read it: figures and a contact sheet."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spikesearch.assembly.making import make_dataset
from spikesearch.assembly.parts import Parts
from spikesearch.config.reading import config_from_dict, merged
from spikesearch.data.check import describe_dataset
from spikesearch.data.contact_sheet import write_contact_sheet
from spikesearch.errors import UserError


def check_data(
    name: str,
    data: str | Path | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    sheet: str | Path | None = None,
) -> dict[str, Any]:
    """What a data set is, read as a run would read it.

    Args:
        name: as in `spikesearch list datasets`.
        data: folder with its files.
        settings: keys of `[data]`, and `network.timesteps` for event data, nested.
        sheet: PNG file for a contact sheet; none: it is not drawn.

    Returns:
        Counts, shapes, classes and values of each part, as JSON values, the file of the sheet, and how many classes are
        in it.

    Raises:
        UserError: there is no such data set, files are missing or damaged, or the sheet cannot be written.
    """
    given = {"name": name} if data is None else {"name": name, "folder": str(data)}
    config = config_from_dict(merged(settings or {}, {"data": given}))
    dataset = make_dataset(config, Parts())
    drawn = None
    if sheet is not None:
        try:
            drawn = write_contact_sheet(dataset, sheet)
        except OSError as error:
            raise UserError(f"the contact sheet {sheet} cannot be written: {error.strerror or error}") from error
    return {**describe_dataset(dataset), "sheet": None if sheet is None else str(sheet), "sheet_classes": drawn}
