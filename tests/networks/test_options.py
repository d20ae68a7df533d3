import pytest

from spikesearch.errors import UserError
from spikesearch.networks.options import NetworkOptions


def test_defaults_fold_the_timesteps_and_use_plif():
    options = NetworkOptions()
    assert (options.batch_norm, options.neuron.kind, options.neuron.tau) == ("folded", "plif", 2.0)


def test_an_unknown_batch_norm_names_the_known_ones():
    with pytest.raises(UserError, match="batch_norm='joint': give one of folded, per-timestep"):
        NetworkOptions(batch_norm="joint")
