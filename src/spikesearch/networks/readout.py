"""From the last spikes to one number per class."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spikesearch.architectures.heads import VoltageHead
from spikesearch.networks.dropout import HeldDropout
from spikesearch.networks.hand_made import MeanReadout
from spikesearch.networks.ops import Neuron, over_time
from spikesearch.networks.options import NetworkOptions
from spikesearch.neurons.step import membrane_dtype

_STD = 0.01  # of the weights at the start (SNASNet's code)


class VotingReadout(nn.Module):
    """Fully connected layer without bias – neuron – vote (AutoSNN §4.1; ten neurons per class).

    Args:
        features: C·H·W of what comes in.
        classes: number of classes.
        votes: K, neurons per class. Neurons K·c … K·c + K - 1 vote for class c.
        options: of the network.
    """

    def __init__(self, features: int, classes: int, votes: int, options: NetworkOptions) -> None:
        super().__init__()
        self.classes = classes
        self.votes = votes
        self.linear = nn.Linear(features, votes * classes, bias=False)
        self.neuron = Neuron(options.neuron)
        self.neuron.readout = True

    def forward(self, x: Tensor) -> Tensor:
        """Spikes [T, N, C, H, W] → firing rates [N, classes] in 0…1, means over T and the votes, float32."""
        return self.rates(self.counts(x), x.shape[0])

    def counts(self, x: Tensor) -> Tensor:
        """Spikes [T, N, C, H, W] → votes for each class [N, classes], summed over T, float32; they add up over time."""
        spikes = self._spikes(x)
        # Sums of ones are exact in float32; a mean in bfloat16, or of means, would not be.
        votes = spikes.sum(0, dtype=membrane_dtype(spikes.dtype))  # [N, classes·votes]
        return votes.view(-1, self.classes, self.votes).sum(2)

    def votes_at(self, x: Tensor) -> Tensor:
        """Spikes [T, N, C, H, W] → votes for each class at each timestep [T, N, classes], 0…K, float32."""
        spikes = self._spikes(x)
        return spikes.view(*spikes.shape[:2], self.classes, self.votes).sum(3, dtype=membrane_dtype(spikes.dtype))

    def _spikes(self, x: Tensor) -> Tensor:
        features = x.flatten(2)  # [T, N, C·H·W], in that order whatever the memory layout
        currents = over_time(lambda folded: F.linear(folded, self.linear.weight.to(x.dtype)), features)
        spikes: Tensor = self.neuron(currents)  # [T, N, classes·votes]
        return spikes

    def rates(self, counts: Tensor, timesteps: int) -> Tensor:
        """Votes over all T timesteps [N, classes] → firing rates [N, classes]."""
        return counts / (timesteps * self.votes)

    def rates_of_steps(self, votes: Tensor) -> Tensor:
        """Votes at each timestep [T, N, classes] → firing rates [N, classes]."""
        return self.rates(votes.sum(0), len(votes))

    def loss_timesteps(self, timesteps: int) -> int:
        """What the loss is told: its outputs are shares of T timesteps."""
        return timesteps


class VoltageReadout(nn.Module):
    """Dropout – FC without bias – neuron – FC with bias – vote (SNASNet's code).

    The output is the plain mean over T of what the last layer gives: it has no neurons, and nothing is integrated.

    Args:
        features: C·H·W of what comes in.
        classes: number of classes.
        votes: K, outputs per class; K·c … K·c + K - 1 vote for class c.
        head: its size and dropout.
        options: of the network.
    """

    def __init__(self, features: int, classes: int, votes: int, head: VoltageHead, options: NetworkOptions) -> None:
        super().__init__()
        self.classes = classes
        self.votes = votes
        self.dropout = HeldDropout(head.dropout if options.dropout is None else options.dropout)
        self.hidden = nn.Linear(features, head.hidden, bias=False)
        self.neuron = Neuron(options.neuron)
        self.neuron.readout = True
        self.linear = nn.Linear(head.hidden, votes * classes)
        for layer in (self.hidden, self.linear):
            nn.init.normal_(layer.weight, 0, _STD if options.fc_std is None else options.fc_std)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        """[T, N, C, H, W] → mean voltages of the classes [N, classes], float32."""
        return self.rates(self.counts(x), x.shape[0])

    def counts(self, x: Tensor) -> Tensor:
        """[T, N, C, H, W] → voltages [N, classes] summed over T and the votes, float32; they add up over time."""
        spikes = self._spikes(x)
        # The last layer is linear: of the sum over time, which is exact in float32, it is the sum over time.
        total = spikes.sum(0, dtype=self.linear.weight.dtype)  # [N, hidden]
        with torch.autocast(x.device.type, enabled=False):
            voltages = F.linear(total, self.linear.weight, x.shape[0] * self.linear.bias)  # [N, classes·votes]
        return voltages.view(-1, self.classes, self.votes).sum(2)

    def votes_at(self, x: Tensor) -> Tensor:
        """[T, N, C, H, W] → voltages of the classes at each timestep [T, N, classes], means over the votes, float32."""
        spikes = self._spikes(x).to(self.linear.weight.dtype)
        with torch.autocast(x.device.type, enabled=False):
            voltages = over_time(self.linear, spikes)  # [T, N, classes·votes]
        return voltages.view(*voltages.shape[:2], self.classes, self.votes).mean(3)

    def _spikes(self, x: Tensor) -> Tensor:
        features = self.dropout(x.flatten(2))  # [T, N, C·H·W], in that order whatever the memory layout
        currents = over_time(lambda folded: F.linear(folded, self.hidden.weight.to(x.dtype)), features)
        spikes: Tensor = self.neuron(currents)  # [T, N, hidden]
        return spikes

    def rates_of_steps(self, voltages: Tensor) -> Tensor:
        """Voltages at each timestep [T, N, classes] → mean voltages [N, classes]."""
        return voltages.mean(0)

    def rates(self, counts: Tensor, timesteps: int) -> Tensor:
        """Sums over all T timesteps [N, classes] → mean voltages [N, classes]."""
        return counts / (timesteps * self.votes)

    def loss_timesteps(self, timesteps: int) -> int:
        """What the loss is told: 1, its outputs are the logits themselves."""
        return 1


class LinearReadout(MeanReadout):
    """Fully connected layer without bias straight to the classes: the logits of an ANN (AutoSNN's code).

    As BNTT's readout, of which one timestep and one vote leave just that; but its weights start as PyTorch draws them.
    """

    def __init__(self, features: int, classes: int, votes: int) -> None:
        super().__init__(features, classes, votes)
        self.linear.reset_parameters()
