"""Firing rates of infinitely wide networks of SpikeNAS-Bench, sampled without any network, and `spike-paths` of them.

Each output of a convolution is a sum over all its inputs. With infinitely many, random weights make it a Gaussian
process over the timesteps, whose covariance is that of what comes in; BatchNorm over images, positions and timesteps
takes its mean away and sets its variance to 1; and what comes into a node over several connections adds up. So a layer
is `SAMPLES` independent neurons with T correlated inputs each, drawn, integrated and counted.

Positions matter in one place: the pooling between the cells takes a mean of four neighbours, which are alike where
images are smooth. It is given as a share of the variance that it leaves, and everything else needs no image at all.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spikesearch.architectures.cell_edges import OUTPUT, PAIRS, Edge
from spikesearch.architectures.cell_plan import CELL_TAU
from spikesearch.architectures.spikenas_bench import parse_entry
from spikesearch.errors import UserError
from spikesearch.scores.spike_paths import gain

SAMPLES = 600
POOLED = 0.5  # on CIFAR-10; 0.45 to 0.58 in eight random networks of C = 32, of images of noise 0.27 to 0.29
_SILENT = 1e-9  # variance below which nothing comes in
_FLOOR = 2.2250738585072014e-308  # of a step without any way, as spike-paths has it


@dataclass(frozen=True)
class WideRates:
    """Firing rates, spikes / (neurons · T).

    Attributes:
        cells: of both cells' connections with a convolution, by the connection.
        reduction: of the neurons between the cells.
        end: of those behind the second one.
    """

    cells: tuple[Mapping[Edge, float], Mapping[Edge, float]]
    reduction: float
    end: float


class WideNetwork:
    """The networks of one size; the draws are the same for all cells, so that cells compare well.

    Args:
        timesteps: T.
        samples: neurons drawn for each layer.
        pooled: share of the variance that the pooling between the cells leaves.
        seed: of the draws.
    """

    def __init__(self, *, timesteps: int = 5, samples: int = SAMPLES, pooled: float = POOLED, seed: int = 0) -> None:
        self.timesteps = timesteps
        self._pooled = pooled
        rng = np.random.default_rng(seed)
        self._image = np.tile(rng.standard_normal(samples), (timesteps, 1))  # [T, samples]: a still image
        self._normal = rng.standard_normal((2 * len(PAIRS) + 1, timesteps, samples))

    def rates(self, edges: Sequence[Edge]) -> WideRates:
        """Of a cell without feedback whose connections are convolutions and skips.

        Raises:
            UserError: it has others.
        """
        wrong = [edge.name for edge in edges if edge.feedback or edge.op.kind not in ("conv", "skip")]
        if wrong:
            raise UserError(f"connection {wrong[0]}: the limit is known of convolutions and skips forward only")
        first, values = self._cell(edges, self._image, 0)
        reduction = self._spikes(_normalised(values), 1.0)
        between = math.sqrt(self._pooled) * self._convolved(reduction, 2 * len(PAIRS))
        second, values = self._cell(edges, between, len(PAIRS))
        end = self._spikes(_normalised(values), 1.0)
        return WideRates((first, second), float(reduction.mean()), float(end.mean()))

    def _cell(self, edges: Sequence[Edge], x: np.ndarray, begin: int) -> tuple[dict[Edge, float], np.ndarray]:
        """Rates of a cell with input x [T, samples], and its output."""
        nodes, rates = [x], {}
        for node in range(1, OUTPUT + 1):
            total = np.zeros_like(x)
            for edge in edges:
                if edge.target != node:
                    continue
                if edge.op.kind == "skip":
                    total = total + nodes[edge.source]
                    continue
                spikes = self._spikes(nodes[edge.source], edge.op.v_threshold or 1.0)
                rates[edge] = float(spikes.mean())
                total = total + self._convolved(spikes, begin + PAIRS.index((edge.source, edge.target)))
            nodes.append(total)
        return rates, nodes[OUTPUT]

    def _spikes(self, x: np.ndarray, threshold: float) -> np.ndarray:
        """LIF neurons with inputs x [T, samples] → 0 and 1: V ← V + (x − V)/τ, a hard reset to 0."""
        membrane = np.zeros(x.shape[1])
        spikes = np.empty_like(x)
        for t in range(self.timesteps):
            membrane = membrane + (x[t] - membrane) / CELL_TAU
            spikes[t] = membrane >= threshold
            membrane = np.where(spikes[t], 0.0, membrane)
        return spikes

    def _convolved(self, spikes: np.ndarray, place: int) -> np.ndarray:
        """Draws of the BatchNorm's output [T, samples] behind a convolution that reads these spikes."""
        centred = spikes - spikes.mean()
        covariance = centred @ centred.T / spikes.shape[1]
        variance = np.trace(covariance) / self.timesteps
        if variance < _SILENT:
            return np.zeros_like(spikes)
        values, vectors = np.linalg.eigh(covariance / variance)
        found: np.ndarray = (vectors * np.sqrt(values.clip(0.0))) @ self._normal[place]
        return found


def wide_score(edges: Sequence[Edge], rates: WideRates) -> float:
    """`spike-paths` of these rates."""
    steps = [
        _ways(edges, rates.cells[0]),
        gain(rates.reduction, encodes=True),
        _ways(edges, rates.cells[1]),
        gain(rates.end, encodes=True),
    ]
    return sum(math.log(max(step, _FLOOR)) for step in steps)


def _ways(edges: Sequence[Edge], rates: Mapping[Edge, float]) -> float:
    """The sum over a cell's ways of their products of gains."""
    nodes, spiking = [1.0], [False]  # at each node: ways so far, and whether neurons lie before it
    for node in range(1, OUTPUT + 1):
        arriving = [edge for edge in edges if edge.target == node]
        gains = [gain(rates[one], encodes=not spiking[one.source]) if one in rates else 1.0 for one in arriving]
        nodes.append(sum(nodes[one.source] * factor for one, factor in zip(arriving, gains, strict=True)))
        spiking.append(any(one in rates or spiking[one.source] for one in arriving))
    return nodes[OUTPUT]


def _normalised(values: np.ndarray) -> np.ndarray:
    """What a BatchNorm over everything makes of values [T, samples]."""
    found: np.ndarray = (values - values.mean()) / (values.std() + 1e-9)
    return found


def live_edges(edges: Sequence[Edge]) -> tuple[Edge, ...]:
    """Connections on a way from input to output; without feedback others change nothing."""
    ahead, back = {0}, {OUTPUT}
    for _ in range(OUTPUT):
        ahead |= {edge.target for edge in edges if edge.source in ahead}
        back |= {edge.source for edge in edges if edge.target in back}
    return tuple(edge for edge in edges if edge.source in ahead and edge.target in back)


def run(*, table: str = "", part: str = "develop", networks: int = 0, samples: int = SAMPLES) -> dict[str, Any]:
    """τ of wide `spike-paths` with the test accuracy of a SpikeNAS-Bench table; 0 networks are all of the part."""
    from scipy.stats import kendalltau

    from spikesearch.strategies.table_file import read_table

    if not table:
        raise SystemExit("wide_limit needs the table of SpikeNAS-Bench: give --table FILE, see docs/bench.md")
    chosen = read_table(Path(table)).half(part)
    rows = sorted(np.random.default_rng(0).permutation(len(chosen))[: networks or len(chosen)])
    chosen = chosen.part(rows)
    wide = WideNetwork(samples=samples)
    began = time.process_time()
    scores = []
    for text in chosen.texts:
        edges = live_edges(parse_entry(text.partition(":")[2]).edges)
        scores.append(wide_score(edges, wide.rates(edges)))
    seconds = (time.process_time() - began) / len(scores)
    values = np.array(scores)
    way = values > values.min()
    rows_of_scores = [f"{text},{value!r}" for text, value in zip(chosen.texts, map(float, values), strict=True)]
    return {
        "title": "spike-paths of infinitely wide networks",
        "settings": {"part": part, "networks": len(chosen), "samples": samples, "timesteps": wide.timesteps},
        "tables": [
            {
                "caption": "Kendall's τ-b with test accuracy",
                "rows": [
                    {
                        "networks": f"{len(chosen):,}",
                        "": "all",
                        "τ": f"{kendalltau(values, chosen.test).statistic:.3f}",
                    },
                    {
                        "networks": f"{way.sum():,}",
                        "": "with a way",
                        "τ": f"{kendalltau(values[way], chosen.test[way]).statistic:.3f}",
                    },
                ],
            },
        ],
        "notes": [f"{1e3 * seconds:.1f} ms of processor time for one network; no network is built."],
        "files": {"wide_limit.csv": "\n".join(["architecture,spike-paths", *rows_of_scores]) + "\n"},
    }
