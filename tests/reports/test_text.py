"""Names that users give."""

from hypothesis import given
from hypothesis import strategies as st

from spikesearch.reports.text import numbered, printable, shorten


def test_printable_drops_what_turns_lines_around_or_breaks_xml() -> None:
    assert printable("a\x00b\u202ec\nd\N{NO-BREAK SPACE}e日本") == "abc\nd\N{NO-BREAK SPACE}e日本"


@given(st.text(), st.integers(1, 40))
def test_shortened_texts_fit_on_one_line(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert short.isprintable()


def test_shorten_marks_the_cut() -> None:
    assert shorten("all SRB_k3", 10) == "all SRB_k3"
    assert shorten("all SRB_k35", 10) == "all SRB_k…"
    assert shorten("two\n lines\tand tab", 30) == "two lines and tab"


def test_numbered_leaves_single_labels_alone() -> None:
    assert numbered(["random", "all SRB_k3", "random"]) == ["random (1)", "all SRB_k3", "random (2)"]
