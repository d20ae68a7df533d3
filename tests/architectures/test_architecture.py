import dataclasses
import pickle
import subprocess
import sys

import pytest

from spikesearch.architectures.architecture import SlotArchitecture
from spikesearch.architectures.blocks import SCB, SRB, MaxPool, Skip
from spikesearch.architectures.dimensions import Dimensions
from spikesearch.errors import UserError

SEARCHED = SlotArchitecture("autosnn", (SRB(5), SRB(5), Skip(), SRB(3), SRB(5)))
# sha256 of "autosnn: SRB_k5 SRB_k5 skip SRB_k3 SRB_k5"; runs on disk hold digests, so this may never change.
DIGEST = "a1ab345ea99a5ddf"


def test_canonical_text_and_digest() -> None:
    assert str(SEARCHED) == "autosnn: SRB_k5 SRB_k5 skip SRB_k3 SRB_k5"
    assert SEARCHED.digest == DIGEST


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_the_digest_is_the_same_in_every_process(hash_seed: str) -> None:
    code = "from spikesearch.architectures.text import parse; print(parse('autosnn').digest)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == DIGEST


def test_it_is_data() -> None:
    same = SlotArchitecture("autosnn", [SRB(5), SRB(5), Skip(), SRB(3), SRB(5)])  # type: ignore[arg-type]
    assert same == SEARCHED
    assert hash(same) == hash(SEARCHED)
    assert pickle.loads(pickle.dumps(SEARCHED)) == SEARCHED
    assert SlotArchitecture("autosnn-snn2", SEARCHED.slots) != SEARCHED
    with pytest.raises(dataclasses.FrozenInstanceError):
        SEARCHED.space = "autosnn-snn2"  # type: ignore[misc]


def test_dimensions_are_the_space_s_unless_asked_otherwise() -> None:
    assert SEARCHED.dimensions() == Dimensions()
    assert SEARCHED.dimensions(channels=4, image=(1, 8, 8)) == Dimensions(channels=4, image=(1, 8, 8))


def test_the_plan_carries_the_text() -> None:
    plan = SEARCHED.plan(Dimensions())
    assert plan.architecture == str(SEARCHED)
    assert tuple(step.block for step in plan.steps if step.slot) == SEARCHED.slots


def test_what_cannot_be() -> None:
    with pytest.raises(UserError, match=r"unknown space 'autosn' \(did you mean 'autosnn'\?\); spaces: autosnn,"):
        SlotArchitecture("autosn", (SCB(3),) * 5)
    with pytest.raises(UserError, match=r"autosnn has 5 slots \(tbd1 tbd2 tbd3 tbd4 tbd5\), got 4; give 5 blocks"):
        SlotArchitecture("autosnn", (SCB(3),) * 4)
    with pytest.raises(UserError, match=r"slot tbd2: MaxPool\(\) is not a block that can fill a slot"):
        SlotArchitecture("autosnn", (SCB(3), MaxPool(), SCB(3), SCB(3), SCB(3)))
    with pytest.raises(UserError, match="slot tbd1: 'SCB_k3' is not a block"):
        SlotArchitecture("autosnn", ("SCB_k3",) * 5)  # type: ignore[arg-type]
