"""Figure 11 from given figures."""

from collections.abc import Callable

from reproduction.autosnn.given import Given, GivenLab
from spikesearch.reproduction.autosnn.drawn import common, figure11

ALL, NONE = "autosnn: SRB_k3 SRB_k3 SRB_k3 SRB_k3 SRB_k3", "autosnn: skip skip skip skip skip"


def test_figure11(lab: Callable[..., GivenLab], given: Given) -> None:
    found = figure11(lab(given))
    assert given.asked == []  # nothing is trained from scratch
    rows = found.tables[0].rows
    assert [row["found here"] for row in rows] == [f"`{text}`" for text in (ALL, ALL, ALL, NONE)]
    # published: SRB_k3 in one place with λ = −0.08, two skips with −0.24
    assert [row["same blocks"] for row in rows] == ["0 of 5", "1 of 5", "0 of 5", "2 of 5"]
    # three λ with five kernels of 3 each, of both seeds
    assert [(one.difference, one.error, one.n) for one in found.claims] == [(5, 0, (2, 2)), (-15, 0, (2,))]


def test_the_picture_has_two_columns_for_each_lambda(lab: Callable[..., GivenLab], given: Given) -> None:
    figure = figure11(lab(given)).pictures["architectures"]()
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert [text for text in texts if "found here" in text] == [
        f"λ = {lam}\nfound here" for lam in ("0", "−0.08", "−0.16", "−0.24")
    ]
    assert texts.count("\npublished") == 4
    # a skip where channels change is a convolution, and says so
    assert (texts.count("SRB_k3"), texts.count("skip"), texts.count("skip, conv 1×1")) == (15 + 1, 3 + 4, 2)
    assert texts.count("max pool") == 3 * 8


def test_common_blocks_stand_in_the_same_place() -> None:
    assert common("autosnn: skip SRB_k3 skip", "autosnn: skip skip SRB_k3") == 1
