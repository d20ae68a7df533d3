import json
from typing import Any

import numpy as np
import pytest

from spikesearch.architectures.dimensions import Dimensions
from spikesearch.errors import UserError


def test_the_defaults_are_those_of_the_contract() -> None:
    assert Dimensions().as_dict() == {
        "channels": 16,
        "timesteps": 8,
        "classes": 10,
        "image": [3, 32, 32],
        "votes": 10,
        "events": False,
        "neuron": "plif",
    }


def test_json_and_back() -> None:
    dimensions = Dimensions(channels=4, image=(2, 128, 128), events=True, neuron="lif", votes=5)
    assert Dimensions.from_dict(json.loads(json.dumps(dimensions.as_dict()))) == dimensions
    assert Dimensions.from_dict({}) == Dimensions()


def test_lists_and_numpy_numbers_become_plain_numbers() -> None:
    dimensions = Dimensions(channels=np.int64(4), image=[1, 8, 8])  # type: ignore[arg-type]
    assert dimensions == Dimensions(channels=4, image=(1, 8, 8))
    assert type(dimensions.channels) is int
    json.dumps(dimensions.as_dict())


@pytest.mark.parametrize("name", ["channels", "timesteps", "classes", "votes"])
@pytest.mark.parametrize("value", [0, -1, 2.0, "3", True, None])
def test_numbers_that_cannot_be(name: str, value: Any) -> None:
    with pytest.raises(UserError, match=f"{name}={value!r}: give a whole number of at least 1"):
        Dimensions(**{name: value})


@pytest.mark.parametrize("value", [(3, 32), (3, 32, 0), (3, 32, 32.0), "3x32x32", 32, None, (1, 2, 3, 4), (True, 8, 8)])
def test_images_that_cannot_be(value: Any) -> None:
    with pytest.raises(UserError, match=r"give three whole numbers of at least 1, \(channels, height, width\)"):
        Dimensions(image=value)


def test_other_values_that_cannot_be() -> None:
    with pytest.raises(UserError, match="neuron='gelu': give one of plif, lif, if, relu"):
        Dimensions(neuron="gelu")  # type: ignore[arg-type]
    with pytest.raises(UserError, match="events=1: give true"):
        Dimensions(events=1)  # type: ignore[arg-type]


def test_unknown_keywords_are_all_named_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r"'chanels' \(did you mean 'channels'\?\); 'xyz'; known are channels, "):
        Dimensions().replace(chanels=3, xyz=1)
    with pytest.raises(UserError, match="unknown keyword 'size'"):
        Dimensions.from_dict({"size": 1})


def test_an_ordinary_network_has_one_timestep_and_no_votes() -> None:
    found = Dimensions().replace(neuron="relu")
    assert (found.timesteps, found.votes, found.spiking) == (1, 1, False)
    assert found.replace(channels=4) == Dimensions(channels=4, timesteps=1, votes=1, neuron="relu")
    assert Dimensions.from_dict(found.as_dict()) == found
    with pytest.raises(UserError, match=r"timesteps=8 with neuron='relu'.*leave timesteps and votes out, or give 1"):
        Dimensions(neuron="relu")
    with pytest.raises(UserError, match="timesteps=4 with neuron='relu'"):
        Dimensions().replace(neuron="relu", timesteps=4)
    assert all(Dimensions(neuron=kind).spiking for kind in ("plif", "lif", "if"))
