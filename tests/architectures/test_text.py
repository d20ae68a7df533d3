from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikesearch.architectures.architecture import SlotArchitecture
from spikesearch.architectures.blocks import SCB, SIB, SIBD, SRB, Block, Skip
from spikesearch.architectures.macros import MACROS
from spikesearch.architectures.text import as_architecture, parse
from spikesearch.errors import UserError

CANONICAL = "autosnn: SRB_k5 SRB_k5 skip SRB_k3 SRB_k5"
AVAILABLE = (
    "networks: autosnn, .*, cifarnet-wu, .*, vgg16-sbn; "
    "spaces: autosnn, autosnn-snn2, autosnn-snn3, autosnn-snn4, autosnn-extra"
)

kernels = st.integers(0, 499).map(lambda half: 2 * half + 1)
expansions = st.integers(1, 999)
candidates = st.one_of(
    st.just(Skip()),
    kernels.map(SCB),
    kernels.map(SRB),
    st.builds(SIB, kernels, expansions),
    st.builds(SIBD, kernels, expansions),
)


@st.composite
def architectures(draw: st.DrawFn, own: tuple[Block, ...] = ()) -> SlotArchitecture:
    space = draw(st.sampled_from(list(MACROS)))
    block = st.one_of(candidates, st.sampled_from(own)) if own else candidates
    return SlotArchitecture(space, tuple(draw(block) for _ in MACROS[space].slots))


@given(architectures())
def test_the_text_is_read_back(architecture: SlotArchitecture) -> None:
    assert parse(str(architecture)) == architecture
    assert str(parse(str(architecture))) == str(architecture)


@given(data=st.data())
def test_the_text_is_read_back_with_own_blocks(data: st.DataObject, single: Callable[[int], Block]) -> None:
    blocks = {"Mine": single(3), "Single_k5": single(5)}
    architecture = data.draw(architectures(tuple(blocks.values())))
    assert parse(str(architecture), blocks) == architecture


@given(architecture=architectures(), data=st.data())
def test_case_and_separators_do_not_matter(architecture: SlotArchitecture, data: st.DataObject) -> None:
    separators = st.sampled_from([" ", ",", "-", ", ", "  ", " - ", "\t"])
    words = [str(block) for block in architecture.slots]
    text = architecture.space + data.draw(st.sampled_from([":", ": ", " :  "]))
    text += "".join(word + data.draw(separators) for word in words[:-1]) + words[-1]
    assert parse(data.draw(st.sampled_from([text.lower(), text.upper(), text]))) == architecture


@given(st.one_of(st.text(), st.text(alphabet="autosn:-_ ,SRBCIDskip035e.")))
def test_any_text_is_read_or_refused_with_one_clear_error(text: str) -> None:
    try:
        architecture = parse(text)
    except UserError:
        return
    assert parse(str(architecture)) == architecture


@pytest.mark.parametrize(
    "text",
    [
        CANONICAL,
        "autosnn:SRB5-SRB5-skip-SRB3-SRB5",
        "SRB5 SRB5 skip SRB3 SRB5",
        "srb_k5,srb_k5,SKIP,srb_k3,srb_k5",
        "SRB_k5-SRB_k5-skip-SRB_k3-SRB_k5",
        "  AutoSNN :\tSRBk5, SRB_k5 ,Skip - SRB3 SRB_5\n",
        "autosnn",
        " AUTOSNN ",
    ],
)
def test_many_ways_to_write_the_same(text: str) -> None:
    assert str(parse(text)) == CANONICAL


@pytest.mark.parametrize("space", MACROS)
def test_one_block_behind_a_space_fills_every_slot(space: str) -> None:
    architecture = parse(f"{space}:scb_k3")
    assert architecture == SlotArchitecture(space, (SCB(3),) * len(MACROS[space].slots))


def test_as_architecture_passes_architectures_through() -> None:
    architecture = parse("autosnn")
    assert as_architecture(architecture) is architecture
    assert as_architecture("autosnn") == architecture


def test_a_name_stands_for_the_published_network_whatever_the_own_blocks(single: Callable[[int], Block]) -> None:
    assert parse("autosnn", {"Mine": single(3)}) == parse(CANONICAL)


def test_eight_blocks_belong_to_two_spaces() -> None:
    eight = "SCB3 " * 8
    with pytest.raises(UserError) as error:
        parse(eight)
    assert "8 blocks could belong to autosnn-snn3 or autosnn-extra" in str(error.value)
    assert f"'autosnn-snn3: {' '.join(['SCB_k3'] * 8)}'" in str(error.value)
    assert f"'autosnn-extra: {' '.join(['SCB_k3'] * 8)}'" in str(error.value)


@pytest.mark.parametrize("name", [name for name in MACROS if name != "autosnn"])
def test_a_space_alone_is_no_architecture(name: str) -> None:
    for text in (name, name.upper(), f"{name}:", f"{name}: "):
        with pytest.raises(UserError, match=f"'{name}' is a space, not an architecture: fill its . slots .*:SCB_k3'"):
            parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("autosnn: SRB5 SRB5", r"autosnn has 5 slots \(tbd1 .* tbd5\), got 2: 'SRB5 SRB5'; give 5 blocks, or one"),
        ("autosnn-snn3: SRB5 SRB5", r"autosnn-snn3 has 8 slots \(tbd1 ds1 .*\), got 2"),
        (
            "autosnn: SRB5 SBR5 skip skip skip",
            r"unknown block 'SBR5' \(did you mean 'SRB_k5'\?\); blocks: skip, SCB_kK",
        ),
        ("SRB5 SBR5 skip skip skip", r"unknown block 'SBR5' \(did you mean 'SRB_k5'\?\)"),
        ("SBR5 SBR5 SBR5 SBR5 SBR5", r"unknown block 'SBR5' \(did you mean 'SRB_k5'\?\)"),
        ("autosnn:SRB4", "block SRB_k4: the kernel is 4; give an odd whole number from 1 to 999"),
        ("SRB4", "block SRB_k4: the kernel is 4"),
        ("autosn: SRB5", rf"unknown space 'autosn' \(did you mean 'autosnn'\?\); {AVAILABLE}"),
        (": SRB5", f"unknown space ''; {AVAILABLE}"),
        ("cifarnet-fang: skip", "'cifarnet-fang' names a whole network, so no blocks follow it"),
        ("cifarnet-fung", r"unknown architecture 'cifarnet-fung' \(did you mean 'cifarnet-fang'\?\)"),
        ("autosnn-0.16: skip", "'autosnn-0.16' names a whole network, so no blocks follow it"),
        ("autosnn:skip:skip", "unknown block 'skip:skip'"),
        ("autosnn-snn5", r"unknown architecture 'autosnn-snn5' \(did you mean 'autosnn-snn.'\?\)"),
        ("autosnn-0.32", r"unknown architecture 'autosnn-0.32' \(did you mean 'autosnn-0.24'\?\)"),
        ("SRB_x5", r"unknown architecture 'SRB_x5' \(did you mean 'SRB_k5'\?\)"),
        ("", f"unknown architecture ''; {AVAILABLE}"),
        ("skip", "1 block without a space in front: 'skip'; give the 5 of autosnn, or a space .*: autosnn:skip"),
        ("skip skip skip", "3 blocks without a space in front"),
    ],
)
def test_errors_name_the_value_and_the_cure(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse(text)


def test_only_text_is_text() -> None:
    with pytest.raises(UserError, match="None is no architecture text; give one such as 'autosnn: SRB_k5"):
        parse(None)  # type: ignore[arg-type]


def test_own_blocks_are_suggested_too(single: Callable[[int], Block]) -> None:
    with pytest.raises(UserError, match=r"unknown block 'Mien' \(did you mean 'Mine'\?\)"):
        parse("autosnn:Mien", {"Mine": single(3)})
