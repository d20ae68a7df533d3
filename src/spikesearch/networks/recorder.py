"""Counting spikes: a context manager fed at explicit spike sites.

Not forward hooks: they do not fire inside compiled modules, and they cannot tell a spike from a current. Every module
that emits spikes is a `SpikeSite` and says so once per call; while nobody records, that costs one look at an empty
tuple. Counts stay on the device as integers (float32 sums lose spikes above 2²⁴, bfloat16 above 2⁸) and are moved to
the host once, when they are read.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spikesearch.errors import UserError
from spikesearch.neurons.count import count_spikes


class SpikeSite(nn.Module):
    """Base of every module whose output is spikes that count: neuron layers and pooling of spikes.

    Whoever subclasses it calls `emit` with each output exactly once per call. The builder fills in `site` and `block`.

    Attributes:
        site: the layer's name in `describe`, such as `tbd1.neuron1`.
        block: the block it belongs to, such as `SRB_k5`; tells the candidates of a supernet's slot apart.
        readout: whether these are the neurons of the last layer, which the firing rate leaves out (AutoSNN's count).
        spiking: whether its outputs are spikes; not in a network of ReLUs, where nothing is reported.
    """

    site: str = ""
    block: str = ""
    readout: bool = False
    spiking: bool = True

    def emit(self, spikes: Tensor) -> Tensor:
        """Reports spikes [T, N, ...] (zeros and ones of any type) to those who record, and returns them."""
        if self.spiking:
            emit(self, spikes)
        return spikes


@dataclass(frozen=True, kw_only=True)
class SiteActivity:
    """The spikes of one layer, as means over all images that the recorded network has seen.

    Attributes:
        name: the layer's name in `describe`, such as `tbd1.neuron1`.
        block: the block it belongs to. Recording several paths of a supernet gives one entry for each candidate that
            ran, with the same name and different blocks.
        positions: its neurons or pooling outputs per image and timestep.
        readout: whether it is the last layer, left out of the overall firing rate.
        spikes: all spikes counted, over all images and timesteps.
        images: images that passed this layer; in a supernet fewer than were seen.
        spikes_per_image: spikes / images seen by the network, so that the layers add up to the network's figure.
        firing_rate: spikes / (positions · T · images that passed this layer).
    """

    name: str
    block: str
    positions: int
    readout: bool
    spikes: int
    images: int
    spikes_per_image: float
    firing_rate: float


class Activity:
    """What a network did while it was recorded; can be read during and after. Reading waits for the device.

    Counts by AutoSNN's definition: the spikes of the stem, of every neuron in every block, of pooling and global
    pooling outputs and of the FC neurons, over all T timesteps; an identity skip emits none.
    """

    definition = "autosnn"

    def __init__(self, network: nn.Module) -> None:
        modules = list(network.modules())
        self._modules = frozenset(modules)
        self._sites = [module for module in modules if isinstance(module, SpikeSite)]
        if not self._sites:
            raise UserError(f"cannot record a {type(network).__name__}: it has no spike site; give a built network")
        self._index = {site: index for index, site in enumerate(self._sites)}
        self._totals: dict[torch.device, Tensor] = {}  # device → int64 [sites]
        self._positions = [0] * len(self._sites)
        self._chances = [0] * len(self._sites)  # positions · T · images that passed
        self._passed = [0] * len(self._sites)
        self._images = 0

    def _add(self, site: SpikeSite, shape: torch.Size, count: Tensor) -> None:
        index = self._index[site]
        self._positions[index] = shape[2:].numel()
        self._chances[index] += shape.numel()
        if not _SAME_IMAGES.get():
            self._passed[index] += shape[1]
        self._totals_on(count.device)[index].add_(count)

    def _totals_on(self, device: torch.device) -> Tensor:
        totals = self._totals.get(device)
        if totals is None:
            with torch.inference_mode(False):  # else it could not be added to once inference mode is left
                totals = torch.zeros(len(self._sites), dtype=torch.int64, device=device)
            self._totals[device] = totals
        return totals

    def counts_on(self, device: torch.device) -> Tensor:
        """Spikes of every site counted on this device, int64 [sites], still there; zeros where none were."""
        return self._totals_on(device)

    def _merge(self, part: "Activity", counts: Tensor) -> None:
        """Adds one more call of a part of the network: shapes as `part` saw them, spikes [sites of the part]."""
        ran = [number for number, passed in enumerate(part._passed) if passed and part._sites[number] in self._index]
        if not ran:
            return
        places = [self._index[part._sites[number]] for number in ran]
        for number, index in zip(ran, places, strict=True):
            self._positions[index] = part._positions[number]
            self._chances[index] += part._chances[number]
            self._passed[index] += part._passed[number]
        totals = self._totals_on(counts.device)
        if places == list(range(places[0], places[0] + len(counts))):
            totals[places[0] : places[0] + len(counts)].add_(counts)  # a part's sites stand together: one addition
        else:
            for number, index in zip(ran, places, strict=True):
                totals[index].add_(counts[number])

    @property
    def images(self) -> int:
        """Images that entered the network."""
        return self._images

    @property
    def layers(self) -> tuple[SiteActivity, ...]:
        """The layers that ran, in the order of the network; of a supernet, those on the paths that ran."""
        counts = [0] * len(self._sites)
        for totals in self._totals.values():
            counts = [known + more for known, more in zip(counts, totals.tolist(), strict=True)]
        return tuple(
            SiteActivity(
                name=site.site,
                block=site.block,
                positions=self._positions[index],
                readout=site.readout,
                spikes=counts[index],
                images=self._passed[index],
                spikes_per_image=_ratio(counts[index], self._images),
                firing_rate=_ratio(counts[index], self._chances[index]),
            )
            for index, site in enumerate(self._sites)
            if self._passed[index]
        )

    @property
    def spikes(self) -> int:
        """All spikes, FC neurons included."""
        return sum(layer.spikes for layer in self.layers)

    @property
    def spikes_per_image(self) -> float:
        """All spikes of an image over all T, FC neurons included; the mean over the images seen, 0 before any."""
        return _ratio(self.spikes, self._images)

    @property
    def firing_rate(self) -> float:
        """Spikes without the FC neurons / (spiking positions · T), over the images seen; 0 before any."""
        spikes = sum(layer.spikes for layer in self.layers if not layer.readout)
        chances = [count for count, site in zip(self._chances, self._sites, strict=True) if not site.readout]
        return _ratio(spikes, sum(chances))


# A context variable: two threads that run the same network record apart.
_ACTIVE: ContextVar[tuple[Activity, ...]] = ContextVar("active_recordings", default=())


@contextmanager
def record(network: nn.Module) -> Iterator[Activity]:
    """Counts the spikes of one network while the context is open.

        with record(network) as activity:
            network(images)
        activity.spikes_per_image

    May be nested, for the same or other networks; sees nothing of other networks. Counts are detached from autograd.

    Args:
        network: a built network, a supernet, or a module that contains one.

    Raises:
        UserError: nothing in the module emits spikes.
    """
    activity = Activity(network)
    with recording(activity):
        yield activity


@contextmanager
def recording(activity: Activity) -> Iterator[None]:
    """Goes on with a recording: what is counted inside is added to what it holds."""
    _ACTIVE.set((*_ACTIVE.get(), activity))
    try:
        yield
    finally:
        # Not a token's reset: recordings opened in a generator may close out of order.
        _ACTIVE.set(tuple(other for other in _ACTIVE.get() if other is not activity))


class SpikeListener(ABC):
    """Hears the spikes themselves, where a recording counts them: for whoever compares the codes of images."""

    @abstractmethod
    def hear(self, site: SpikeSite, spikes: Tensor) -> None:
        """One call of a spike site.

        Args:
            site: which layer.
            spikes: [T, N, ...], zeros and ones of any type; may carry a gradient, and must not be changed. A layer
                that steps through time is heard once for each timestep, [1, N, ...].
        """


_LISTENING: ContextVar[tuple[tuple[frozenset[nn.Module], SpikeListener], ...]] = ContextVar("listening", default=())


@contextmanager
def listening(network: nn.Module, listener: SpikeListener) -> Iterator[None]:
    """Inside, `listener` hears the spike sites of `network`."""
    token = _LISTENING.set((*_LISTENING.get(), (frozenset(network.modules()), listener)))
    try:
        yield
    finally:
        _LISTENING.reset(token)


@contextmanager
def not_recording() -> Iterator[None]:
    """Nothing is counted or heard inside: for forward passes that repeat one before, such as recomputation."""
    token, hearing = _ACTIVE.set(()), _LISTENING.set(())
    try:
        yield
    finally:
        _ACTIVE.reset(token)
        _LISTENING.reset(hearing)


# Whether what runs now are further timesteps of images that have been counted.
_SAME_IMAGES: ContextVar[bool] = ContextVar("same_images", default=False)


@contextmanager
def same_images(same: bool = True) -> Iterator[None]:
    """Inside, spikes are counted, images are not: for further timesteps of the same images."""
    token = _SAME_IMAGES.set(same)
    try:
        yield
    finally:
        _SAME_IMAGES.reset(token)


def emit(site: SpikeSite, spikes: Tensor) -> None:
    """Adds spikes [T, N, ...] (zeros and ones of any type) to every recording that `site` belongs to."""
    active = [activity for activity in _ACTIVE.get() if site in activity._index]
    if active:
        count = count_spikes(spikes)
        for activity in active:
            activity._add(site, spikes.shape, count)
    for modules, listener in _LISTENING.get():
        if site in modules:
            listener.hear(site, spikes)


def emit_again(part: Activity, counts: Tensor) -> None:
    """Adds to every recording what one call of a part of its network emitted, if that call was not seen here.

    For calls that are replayed on the device: the modules did not run, but what they count did.

    Args:
        part: a recording of one such call alone, for its shapes.
        counts: spikes of this call, int64 [sites of `part`].
    """
    for activity in _ACTIVE.get():
        activity._merge(part, counts)


def count_images(network: nn.Module, images: int) -> None:
    """Tells every recording of `network` that so many images enter it; networks call it once per forward pass."""
    for activity in _ACTIVE.get():
        if network in activity._modules:
            activity._images += images


def _ratio(count: int, of: int) -> float:
    return count / of if of else 0.0
