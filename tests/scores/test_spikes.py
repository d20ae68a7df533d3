import pytest

from spikesearch.networks.recorder import record
from spikesearch.scores.spikes import Spikes, SpikeTotal


@pytest.mark.parametrize("text", ["autosnn-snn2:SRB_k3", "0302 0030 3003 0000"])
def test_spikes_are_those_of_the_recorder(sample, text):
    looked_at = sample(text, listeners=[SpikeTotal])
    found = Spikes().measure(looked_at)
    with record(looked_at.network) as activity:
        looked_at.network(looked_at.images)
    assert found == activity.spikes_per_image > 0
