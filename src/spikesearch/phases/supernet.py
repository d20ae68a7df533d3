"""Phase 1 of a run: one set of weights for the whole space."""

import logging

from spikesearch.assembly.workbench import Workbench
from spikesearch.errors import RunError
from spikesearch.phases.fitting import SUPERNET_STATE, fit_supernet
from spikesearch.phases.progress import EpochProgress
from spikesearch.phases.reuse import borrow_supernet, check_supernet
from spikesearch.studies.progress import Reporter
from spikesearch.studies.run import RunFolder
from spikesearch.training.checkpoints import save_checkpoint

logger = logging.getLogger("spikesearch")


def train_supernet(bench: Workbench, reporter: Reporter) -> None:
    """Phase 1: one set of weights for the whole space, one architecture drawn uniformly for every mini-batch."""
    if bench.config.run.supernet is not None:
        source = RunFolder.open(bench.config.run.supernet)
        check_supernet(source, bench.config, bench.folder.config["facts"])
        borrow_supernet(source, bench.folder)
        return
    progress = EpochProgress(bench, reporter, "supernet", "training the supernet", bench.config.supernet.epochs)
    supernet, result = fit_supernet(bench, progress.on_step, progress.on_epoch)
    if result.average_spikes <= 0 and bench.dimensions.spiking:
        raise RunError(
            "the supernet emits no spike, so no fitness can be computed: train it longer, or lower network.v_threshold"
        )
    save_checkpoint(
        bench.folder.checkpoint("supernet"),
        supernet,
        normalisation=bench.normalisation,
        extra={"average_spikes": result.average_spikes, "data": bench.config.data.model_dump(mode="json")},
    )
    bench.folder.checkpoint(SUPERNET_STATE).unlink(missing_ok=True)
    logger.info(
        "supernet trained%s", f": N_avg = {result.average_spikes:.1f} spikes per image" * bench.dimensions.spiking
    )
