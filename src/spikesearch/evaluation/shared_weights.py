"""Evaluation of a search's candidates with the weights of a supernet (AutoSNN §4.3)."""

from collections.abc import Iterator, Sequence

import torch

from spikesearch.architectures.architecture import Architecture
from spikesearch.data.augment import Normalisation
from spikesearch.data.loader import TensorData
from spikesearch.evaluation.prefixes import PrefixStore
from spikesearch.evaluation.trie import measure_paths
from spikesearch.networks.supernet import Supernet
from spikesearch.strategies.evaluator import Measurement
from spikesearch.training.precision import check_precision


class SharedWeightsEvaluator:
    """Implements `strategies.evaluator.Evaluator`: each architecture runs as its path of one trained supernet.

    Weights and running statistics are inherited and never changed, so the numbers of an architecture depend on
    nothing else that is evaluated. Architectures with the same first blocks share their computation (`measure_paths`):
    those asked for together, and with `kept_bytes` also those asked for one after the other.

    Args:
        supernet: trained; it is moved to where the images lie.
        data: D_val, moved once.
        normalisation: the one the supernet was trained with.
        batch_size: images at a time.
        precision: the one the supernet was trained with.
        device: where to run; the default is where `data` lies.
        kept_bytes: memory for spikes behind first blocks, see `PrefixStore`; 0 keeps none. Where all of them fit, an
            evolution's candidates are measured about 1.5 times faster than with each generation by itself.

    Raises:
        UserError: an unknown precision, or a negative memory.
    """

    def __init__(
        self,
        supernet: Supernet,
        data: TensorData,
        *,
        normalisation: Normalisation,
        batch_size: int = 500,
        precision: str = "fp32",
        device: torch.device | str | None = None,
        kept_bytes: int = 2**30,
    ) -> None:
        check_precision(precision)
        self.data = data if device is None else data.to(device)
        self.supernet = supernet.to(self.data.device).eval()
        self.normalisation = normalisation
        self.batch_size = batch_size
        self.precision = precision
        self._store = PrefixStore(supernet.plan, len(self.data), kept_bytes)

    def evaluate(self, architectures: Sequence[Architecture]) -> Iterator[Measurement]:
        """One measurement for each architecture, in the order given.

        Raises:
            UserError: an architecture is not in the supernet's space; before anything is run.
        """
        paths = [self.supernet.space.encode(architecture) for architecture in architectures]
        return measure_paths(
            self.supernet,
            self.data,
            paths,
            normalisation=self.normalisation,
            batch_size=self.batch_size,
            precision=self.precision,
            store=self._store,
        )
