"""Colours and explanations of blocks."""

from dataclasses import replace

from spikesearch.reports.blocks import colour, explanation, is_identity, title
from spikesearch.reports.data import DrawnStep
from spikesearch.reports.meaning import block_words


def step(block: str, *, slot: bool = True, parameters: int = 100) -> DrawnStep:
    return DrawnStep(name="tbd1", block=block, input=(8, 4, 4), output=(8, 4, 4), slot=slot, parameters=parameters)


def test_kinds_and_kernels_have_colours_of_their_own() -> None:
    texts = ("SCB_k1", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5", "SIB_k3_e1", "SIBD_k3_e1", "MyBlock", "skip")
    assert len({colour(step(text)) for text in texts}) == len(texts)
    assert colour(step("SRB_k5")) == colour(step("SRB_k7"))
    assert colour(step("MaxPool", slot=False)) == colour(step("Stem", slot=False))


def test_explanations_name_kernel_and_expansion() -> None:
    assert explanation(step("SRB_k5")) == "conv 5×5 – neuron – conv 5×5, the input added – neuron"
    assert "6× the channels" in (explanation(step("SIBD_k3_e6")) or "")
    assert "depth-wise" in (explanation(step("SIBD_k3_e6")) or "")
    assert "depth-wise" not in (explanation(step("SIB_k3_e6")) or "")
    assert explanation(step("MyBlock")) is None


def test_only_a_skip_without_parameters_is_the_identity() -> None:
    assert is_identity(step("skip", parameters=0))
    assert not is_identity(step("skip"))
    assert not is_identity(step("MaxPool", parameters=0, slot=False))
    assert explanation(step("skip", parameters=0)) != explanation(step("skip"))


def test_titles() -> None:
    assert title(step("MaxPool", slot=False)) == "max pool"
    assert title(step("SRB_k5")) == "SRB_k5"


def test_a_skip_that_computes_has_a_name_and_words_of_its_own() -> None:
    wider = replace(step("skip"), output=(16, 4, 4))
    halved = replace(step("skip"), output=(16, 2, 2))
    assert (title(step("skip", parameters=0)), title(wider)) == ("skip", "skip, conv 1×1")
    assert explanation(wider) == "where the channels change: conv 1×1 – neuron"
    assert "halved" in (explanation(halved) or "")
    words = dict(block_words((step("skip", parameters=0), wider)))
    assert words["skip"].startswith("nothing: ")
    assert words["skip, conv 1×1"] == explanation(wider)
