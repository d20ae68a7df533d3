from spikesearch.architectures.suggest import did_you_mean, nearest


def test_the_nearest_name_whatever_the_case() -> None:
    assert nearest("srb_K6", ["SCB_k3", "SRB_k5"]) == "SRB_k5"
    assert did_you_mean("AUTOSN", ["autosnn"]) == " (did you mean 'autosnn'?)"


def test_nothing_near() -> None:
    assert nearest("xyz", ["skip"]) is None
    assert did_you_mean("xyz", ["skip"]) == ""
    assert did_you_mean("xyz", []) == ""
