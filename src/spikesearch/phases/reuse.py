"""Using one run's supernet in another: the costly phase is paid once for many searches."""

import shutil
from collections.abc import Mapping
from typing import Any

from spikesearch.assembly.workbench import Workbench
from spikesearch.config.sections import Config
from spikesearch.errors import UserError
from spikesearch.networks.supernet import Supernet
from spikesearch.studies.files import atomic_write
from spikesearch.studies.run import RunFolder, differences
from spikesearch.training.checkpoints import load_checkpoint

# What a supernet's weights and N_avg depend on; everything else may differ between the two runs. The facts tell of
# the user's own objects, which the sections do not know.
_SECTIONS = ("data", "space", "network")
_FACTS = ("data", "class_names", "dimensions", "images", "images_sha256", "space", "candidates")


def check_supernet(source: RunFolder, config: Config, facts: Mapping[str, Any]) -> None:
    """Make sure that the supernet of `source` is the one that `config` and `facts` ask for.

    Raises:
        UserError: it is not trained yet, or belongs to other data, another space or another size.
    """
    if not source.checkpoint("supernet").is_file():
        raise UserError(f"the supernet of {source.path} is not trained yet: spikesearch resume {source.path}")
    wanted = {section: getattr(config, section).model_dump(mode="json") for section in _SECTIONS}
    # a key that is missing in a run written before there was one means its default
    defaults = {section: type(getattr(config, section))().model_dump(mode="json") for section in _SECTIONS}
    stored = {section: defaults[section] | source.config[section] for section in _SECTIONS}
    for sections in (wanted, stored):
        sections["data"] = {key: value for key, value in sections["data"].items() if key not in ("folder", "cache")}
    found = differences(stored, wanted)
    known = source.config["facts"]
    names = [name for name in _FACTS if name in known]  # older versions stored fewer
    found = found or differences({name: known[name] for name in names}, {name: facts[name] for name in names})
    if found:
        listed = "\n".join(f"  {line}" for line in found)
        raise UserError(f"the supernet of {source.path} does not fit this search; they differ in\n{listed}")


def load_supernet(bench: Workbench) -> Supernet:
    """The supernet of this run, or of the one that it takes the weights from.

    Raises:
        UserError: there is none, or it cannot be read.
    """
    own = bench.folder.checkpoint("supernet")
    if bench.config.run.supernet is not None and not own.is_file():  # a run without a search has no copy
        own = RunFolder.open(bench.config.run.supernet).checkpoint("supernet")
    supernet, _ = load_checkpoint(own, bench.parts.words, compile=bench.config.run.compile is True)
    assert isinstance(supernet, Supernet)
    return supernet


def borrow_supernet(source: RunFolder, target: RunFolder) -> None:
    """Copy the supernet's weights and its epochs; the split it was trained on, `Workbench.split` takes over."""
    for record in source.metrics.read("supernet"):
        target.metrics.append(**record)
    # Last, because its presence says that the phase is done.
    with (
        open(source.checkpoint("supernet"), "rb") as weights,
        atomic_write(target.checkpoint("supernet"), "wb") as copy,
    ):
        shutil.copyfileobj(weights, copy)
