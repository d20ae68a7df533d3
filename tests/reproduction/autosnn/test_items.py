"""The cheapest item, measured in earnest: a search and nothing else, then the same search looked up and for real."""

import json
from pathlib import Path

from spikesearch.reproduction.autosnn import found
from spikesearch.reproduction.autosnn.replay import evolution, replay
from spikesearch.reproduction.figures import Store
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.scales import AUTOSNN
from spikesearch.reproduction.session import reproduce


def test_figure11_is_measured_and_its_searches_are_those_of_real_runs(tmp_path: Path) -> None:
    (one,) = reproduce(["autosnn/figure11"], scale="smoke", store=tmp_path)
    assert (one.page.parent / "autosnn-figure11-architectures.svg").is_file()
    assert [row["λ"] for row in one.result.tables[0].rows] == ["0", "−0.08", "−0.16", "−0.24"]

    lab = Lab(Store(tmp_path / "smoke"), AUTOSNN["smoke"])
    everything = found.measured(lab)  # read, not measured again
    assert len(everything.trials) == 2**5
    strategy = evolution(lab.scale)
    names = ("rounds", "population", "parents", "mutations", "crossovers")
    search = {"strategy": "evolution", "lam": [0.0, -0.24], **{name: getattr(strategy, name) for name in names}}
    real = lab.searched("real", {"search": search})
    assert {text: everything.trials[text] for text in real.trials} == real.trials
    (run,) = (tmp_path / "smoke" / "runs").glob("searched-real-*")
    for winner in json.loads((run / "winners.json").read_text(encoding="utf-8"))["winners"]:
        assert replay(strategy, everything, winner["lam"], 1).winners == [winner["architecture"]]
