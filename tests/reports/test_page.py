"""The report as files: parsed, not looked at."""

import io
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from spikesearch.reports.data import Command, Network, ReportData
from spikesearch.reports.page import FIGURES, draw, write_report
from spikesearch.strategies.evaluator import Measurement

# Without those of cells, and of searches by score.
OF_SLOTS = set(FIGURES) - {"cells", "scores"}
VOID = {"meta", "link", "br", "img", "hr", "input"}
HOSTILE = "<script>alert(1)</script>\"'&amp; $x^2$ ]]> \x00\x1b[0m\u202e日本 --> {{ 7*7 }} {% raw %}"


@dataclass
class Page(HTMLParser):
    """What the tests ask of a page. Every tag must be closed in its turn."""

    text: list[str] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    assert page.open == []
    return page


def test_a_finished_run(tmp_path: Path, report: Callable[..., ReportData]) -> None:
    path = write_report(report(), tmp_path / "run")
    assert path == tmp_path / "run" / "report.html"
    page = read(path)
    words = page.words()
    assert "The search found autosnn: SRB_k5 SRB_k5 skip SRB_k3 SRB_k5" in words
    assert ": 97.2% test accuracy with 3,820 spikes per image." in words
    assert "37% fewer spikes than all SRB_k3 at +0.3 points" in words
    assert "spikesearch search digits --seed 0" in words
    assert "enlarged from 8×8 to 16×16" in words
    order = [attributes.get("id") for tag, attributes in page.tags if tag == "section"]
    assert order == ["tradeoff", "winner", "comparison", "details", "repeat", "meaning"]
    assert [tag for tag, _ in page.tags].count("svg") == 5
    assert [tag for tag, _ in page.tags].count("h1") == 1


def test_figures_are_written_as_svg_and_png(tmp_path: Path, report: Callable[..., ReportData]) -> None:
    write_report(report(lambdas=(-0.08, 0.0)), tmp_path)
    files = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert files == sorted(f"{name}.{suffix}" for name in OF_SLOTS for suffix in ("png", "svg"))
    for name in OF_SLOTS:
        ET.parse(tmp_path / "figures" / f"{name}.svg")
        with Image.open(io.BytesIO((tmp_path / "figures" / f"{name}.png").read_bytes())) as image:
            assert image.size[0] == 1536  # 9.6 inches at 160 dpi
            assert len(image.convert("L").resize((64, 64)).getcolors() or []) > 10


def test_figures_of_an_earlier_report_do_not_stay(tmp_path: Path, report: Callable[..., ReportData]) -> None:
    write_report(report(lambdas=(-0.08, 0.0)), tmp_path)
    write_report(report(), tmp_path)
    assert not (tmp_path / "figures" / "winners.svg").exists()
    assert (tmp_path / "figures" / "winner.svg").exists()


def test_the_same_data_gives_the_same_bytes(tmp_path: Path, report: Callable[..., ReportData]) -> None:
    data = report(trial_count=700)
    first = write_report(data, tmp_path / "a").read_bytes()
    assert write_report(data, tmp_path / "b").read_bytes() == first


def test_the_page_loads_nothing(tmp_path: Path, report: Callable[..., ReportData]) -> None:
    path = write_report(report(trial_count=700), tmp_path)
    page = read(path)
    for tag, attributes in page.tags:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base", "form", "a"}
        for key, value in attributes.items():
            assert not key.startswith("on")
            if key in {"src", "srcset", "href", "xlink:href", "data", "action"}:
                assert (value or "").startswith(("#", "data:image/png;base64,"))
            # Names of XML vocabularies look like addresses and are none.
            assert key.startswith("xmlns") or "://" not in (value or "")
    text = path.read_text(encoding="utf-8")
    assert "@import" not in text
    assert "url(http" not in text
    policy = [a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_ids_are_unique(tmp_path: Path, report: Callable[..., ReportData]) -> None:
    page = read(write_report(report(lambdas=(-0.08, 0.0), trial_count=700), tmp_path))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_hostile_names_are_only_text(tmp_path: Path, report: Callable[..., ReportData]) -> None:
    data = report()
    data = replace(
        data,
        run=HOSTILE,
        space=HOSTILE,
        state=HOSTILE,
        created=HOSTILE,
        data=replace(data.data, name=HOSTILE, part=HOSTILE),
        machine={HOSTILE: HOSTILE},
        versions={HOSTILE: HOSTILE, "spikesearch": HOSTILE},
        durations={HOSTILE: 1.0},
        search=replace(data.search, strategy=HOSTILE, settings={HOSTILE: HOSTILE}),
        trials=tuple(replace(trial, architecture=f"{HOSTILE}{trial.number}") for trial in data.trials),
        winners=tuple(
            replace(
                winner,
                network=replace(
                    winner.network,
                    architecture=HOSTILE,
                    steps=tuple(replace(s, block=HOSTILE if s.slot else s.block) for s in winner.network.steps),
                ),
            )
            for winner in data.winners
        ),
        comparisons=tuple(replace(network, label=HOSTILE) for network in data.comparisons),
        repeat=(Command(text=HOSTILE, comment=HOSTILE),),
        notes=(HOSTILE,),
    )
    path = write_report(data, tmp_path)
    page = read(path)
    assert "script" not in {tag for tag, _ in page.tags}
    words = page.words()
    assert "<script>alert(1)</script>\"'&amp; $x^2$ ]]> [0m日本 --> {{ 7*7 }} {% raw %}" in words
    text = path.read_text(encoding="utf-8")
    assert not set("\x00\x1b\u202e") & set(text)
    for svg in (tmp_path / "figures").glob("*.svg"):
        root = ET.parse(svg).getroot()
        assert not [element for element in root.iter() if element.tag.endswith("script")]


@pytest.mark.parametrize(
    ("changes", "sections", "figures"),
    [
        (
            {"trained": False},
            ["tradeoff", "winner", "comparison"],
            {"tradeoff", "winner", "activity", "history", "curves"},
        ),
        ({"trial_count": 1, "comparisons": ()}, ["tradeoff", "winner", "comparison"], OF_SLOTS - {"winners"}),
        ({"winners": (), "comparisons": ()}, ["tradeoff"], {"tradeoff", "history", "curves"}),
        (
            {"winners": (), "trials": (), "supernet": (), "space": "", "average_spikes": None},
            ["tradeoff", "comparison"],
            {"tradeoff", "activity", "curves"},
        ),
        ({"winners": (), "comparisons": (), "trials": ()}, [], {"curves"}),
        ({"winners": (), "comparisons": (), "trials": (), "supernet": ()}, [], set()),
        (
            {"trials": (), "supernet": (), "comparisons": ()},
            ["tradeoff", "winner", "comparison"],
            {"tradeoff", "winner", "activity", "curves"},
        ),
    ],
    ids=["untrained", "one trial", "search running", "training only", "supernet only", "nothing", "winner only"],
)
def test_missing_parts_leave_no_holes(
    tmp_path: Path,
    report: Callable[..., ReportData],
    changes: dict[str, object],
    sections: list[str],
    figures: set[str],
) -> None:
    data = report(**changes)
    page = read(write_report(data, tmp_path))
    shown = [attributes.get("id") for tag, attributes in page.tags if tag == "section"]
    assert shown == [*sections, "details", "repeat", "meaning"]
    assert {path.stem for path in (tmp_path / "figures").iterdir()} == figures
    for word in ("None", "nan", "inf"):
        assert word not in page.words().split()


def silent(measured: Measurement | None) -> Measurement | None:
    if measured is None:
        return None
    layers = tuple(replace(layer, spikes_per_image=0.0, firing_rate=0.0) for layer in measured.layers)
    return replace(
        measured, accuracy=0.1, correct=measured.images // 10, spikes_per_image=0.0, firing_rate=0.0, layers=layers
    )


def quiet(network: Network) -> Network:
    assert network.trained is not None
    trained = replace(network.trained, test=silent(network.trained.test), curve=())
    return replace(network, shared=silent(network.shared), trained=trained)


def test_networks_without_spikes(tmp_path: Path, report: Callable[..., ReportData]) -> None:
    data = report()
    data = replace(
        data,
        winners=tuple(replace(winner, fitness=0.0, network=quiet(winner.network)) for winner in data.winners),
        comparisons=tuple(quiet(network) for network in data.comparisons),
        trials=tuple(replace(t, accuracy=0.1, spikes_per_image=0.0, fitness=0.0) for t in data.trials),
        average_spikes=0.0,
        supernet=tuple(replace(epoch, spikes_per_image=0.0) for epoch in data.supernet),
    )
    words = read(write_report(data, tmp_path)).words()
    assert "10.0% test accuracy with 0 spikes per image" in words
    assert "the same number of spikes (none) as all SRB_k3 at the same accuracy" in words
    assert "This network is silent" in words


def test_many_of_everything(report: Callable[..., ReportData]) -> None:
    data = report(lambdas=(-0.08, 0.0, -0.16, -0.24), trial_count=3000)
    lambdas = [-0.01 * i for i in range(9)]
    data = replace(
        data,
        winners=tuple(replace(data.winners[i % 4], lam=lam) for i, lam in enumerate(lambdas)),
        comparisons=tuple(replace(data.comparisons[i % 3], label=f"random {i}") for i in range(12)),
    )
    pictures = draw(data)
    assert set(pictures) == OF_SLOTS
    assert sum(len(picture.svg) for picture in pictures.values()) < 2_000_000


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path, report: Callable[..., ReportData]) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(OSError, match="file"):
        write_report(report(), tmp_path / "file")


def test_headings_of_tables_wrap(report: Callable[..., ReportData], tmp_path: Path) -> None:
    """In one line each, those of the comparison are wider than the page, and its last column is out of sight."""
    write_report(report(), tmp_path)
    styles = (tmp_path / "report.html").read_text(encoding="utf-8").partition("</style>")[0].splitlines()
    of_headings = [line for line in styles if line.startswith("th {")]
    assert "white-space: normal" in of_headings[0]  # after the rule of th and td together, which forbids it
    assert [line.startswith("th {") for line in styles if line.startswith("th")].index(True) > 0
