"""Phase 3 of a run: networks are trained from scratch, and each is tested once."""

import logging
from typing import Any

from spikesearch.assembly.parts import Parts
from spikesearch.assembly.workbench import Workbench
from spikesearch.data.events.loading import SENSOR
from spikesearch.evaluation.measure import measure
from spikesearch.phases.candidates import Candidate, trainings
from spikesearch.phases.choosing import tell_of_front
from spikesearch.phases.figures import store_results
from spikesearch.phases.fitting import fit_network, starts_warm
from spikesearch.phases.progress import EpochProgress
from spikesearch.processes.side_by_side import run_workers
from spikesearch.studies.progress import Reporter
from spikesearch.training.checkpoints import save_checkpoint

logger = logging.getLogger("spikesearch")


def train_networks(bench: Workbench, reporter: Reporter) -> None:
    """Phase 3: each network from scratch, then one look at the test part, stored with its weights."""
    wanted = trainings(bench)
    left = [one for one in wanted if not bench.folder.checkpoint(one.name).is_file()]
    source = bench.folder.config.get("source", {})
    tell_of_front(reporter, len(bench.config.train_only), source, bench.config.train.front_limit)
    for candidate in left:
        begins = ", from the supernet's weights" if starts_warm(bench, candidate.architecture) else ""
        reporter.note(f"to train: {_titled(candidate)}{begins}")
    workers = min(bench.config.run.workers, len(left))
    if workers > 1 and bench.parts == Parts() and bench.crew is None:
        run_workers(bench.folder.path, [candidate.name for candidate in left], workers, reporter)
    else:
        for candidate in left:
            train_and_test(bench, reporter, candidate)
    store_results(bench, reporter)


def _titled(candidate: Candidate) -> str:
    text = str(candidate.architecture)
    return text if candidate.title == text else f"{candidate.title}: {text}"


def train_and_test(bench: Workbench, reporter: Reporter, candidate: Candidate) -> None:
    """Train one network, look at the test part once, and write the checkpoint with its figures."""
    section = bench.config.train
    everything = section.on == "train+validation"
    warm = starts_warm(bench, candidate.architecture)
    if warm:
        logger.info("%s (%s) starts from the supernet's weights", candidate.title, candidate.architecture)
    progress = EpochProgress(bench, reporter, candidate.name, f"training {candidate.title}", section.epochs)
    network, _ = fit_network(bench, candidate.architecture, candidate.repeat, progress.on_step, progress.on_epoch)
    measuring: dict[str, Any] = {
        "normalisation": bench.normalisation,
        "batch_size": bench.config.search.batch_size,
        "precision": bench.config.run.precision,
    }
    extra: dict[str, Any] = {
        "data": bench.config.data.model_dump(mode="json"),
        "dataset": bench.dataset.name,  # the user's own one has a name that the configuration does not know
        "class_names": list(bench.dataset.class_names),
        "precision": bench.config.run.precision,
    }
    if SENSOR in bench.dataset.about:  # recordings of the same camera can be cut alike
        extra[SENSOR] = bench.dataset.about[SENSOR]
    if warm:
        extra["warm_start"] = True
    if not everything:
        extra["validation"] = measure(network, bench.validation_data, **measuring).as_dict()
    tested = measure(network, bench.test_data(), **measuring)
    extra["test"] = tested.as_dict()
    save_checkpoint(bench.folder.checkpoint(candidate.name), network, normalisation=bench.normalisation, extra=extra)
    bench.folder.checkpoint(f"{candidate.name}.state").unlink(missing_ok=True)
    logger.info(
        "%s (%s): test accuracy %.4f (balanced %.4f)%s",
        candidate.title,
        candidate.architecture,
        tested.accuracy,
        tested.balanced_accuracy,
        f", {tested.spikes_per_image:.1f} spikes per image" * bench.dimensions.spiking,
    )
