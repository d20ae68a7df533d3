"""Our side of the comparisons, through the same functions that a search uses."""

from collections.abc import Callable

from benchmarks.peers.setting import Path, Setting
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.networks.options import NetworkOptions
from spikesearch.networks.recorder import record
from spikesearch.networks.supernet import Supernet, build_supernet
from spikesearch.neurons.options import NeuronOptions
from spikesearch.training.allocator import keep_freed_memory
from spikesearch.training.loop import TrainingStep, make_optimizer
from spikesearch.training.options import TrainingOptions


def build(setting: Setting, *, compiled: bool = False) -> Supernet:
    """The supernet of AutoSNN's space, with the sizes of the comparison."""
    space = get_space("autosnn")
    dimensions = type(space.defaults)(
        channels=setting.channels,
        timesteps=setting.timesteps,
        classes=setting.classes,
        image=(3, setting.size, setting.size),
    )
    options = NetworkOptions(neuron=NeuronOptions(compile=compiled))
    return build_supernet(space, dimensions, options).to(setting.device)


def training_side(
    setting: Setting, precision: str, compiled: bool = True, recording: bool = True
) -> Callable[[Path], object]:
    """One training step of a path; like all sides it counts spikes, which a search does in its last epoch only."""
    keep_freed_memory()
    network = build(setting, compiled=compiled).train()
    options = TrainingOptions(precision=precision, batch_size=setting.batch)
    step = TrainingStep(network, make_optimizer(network, options), options)
    images, labels = setting.batch_of_images()
    if not recording:
        return lambda path: step(images, labels, path)

    def counted(path: Path) -> float:
        with record(network) as activity:
            loss, *_ = step(images, labels, path)
        return float(loss) + activity.spikes_per_image

    return counted
