"""Networks beside the winners."""

import pytest

from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.architectures.text import parse
from spikesearch.phases.candidates import counterpart


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("autosnn-extra:SRB_k3", "autosnn-extra:SRB_k3"),
        ("autosnn:SCB_k3", "autosnn-extra:SCB_k3"),  # the same, in the slots of the space that is searched
        ("autosnn-snn3:skip", "autosnn-extra:skip"),
        ("autosnn: SRB5 SRB5 skip SRB3 SRB5", None),
        ("autosnn:SIB_k3_e3", None),  # no candidate of the space
        ("snasnet: 0302 0030 3003 0000", None),
    ],
)
def test_what_a_supernet_can_show_of_an_architecture(text: str, expected: str | None) -> None:
    found = counterpart(get_space("autosnn-extra"), parse(text))
    assert found == (parse(expected) if expected else None)
