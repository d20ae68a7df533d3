import pytest

KINDS = ("spaces", "architectures", "datasets", "recipes", "strategies", "scores")
NAMES = {
    "spaces": {
        *("autosnn", "autosnn-snn2", "autosnn-snn3", "autosnn-snn4", "autosnn-extra"),
        *("snasnet-forward", "snasnet-feedback", "spikenas-bench"),
    },
    "architectures": {
        *("autosnn", "autosnn-0", "autosnn-0.16", "autosnn-0.24", "autosnn-ann"),
        *("snasnet-bw-cifar10", "snasnet-bw-cifar100"),
        *("cifarnet-wu", "cifarnet-fang", "resnet11-lee", "resnet19-zheng", "dvs-cifarnet-fang", "dvs-resnet17-zheng"),
        *("vgg9-bntt", "vgg16-sbn"),
    },
    "datasets": {
        *("cifar10", "cifar100", "svhn", "tiny-imagenet", "cifar10-dvs", "dvs128-gesture", "n-mnist", "digits"),
        *("image-folder", "event-folder"),
    },
    "recipes": {"digits", "cifar10-tiny", "cifar10-small", "cifar10-autosnn", "n-mnist-small"},
    "strategies": {"evolution", "random", "predictor"},
    "scores": {
        *("sahd", "hamming", "parameters", "macs", "depth", "spikes", "synflow", "snip", "grad-norm"),
        *("jacobian-covariance", "naswot"),
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_everything_that_has_a_name_is_listed(kind, cli):
    answer = cli("list", kind, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert {entry["name"] for entry in answer.json} >= NAMES[kind]
    assert all(entry["description"] for entry in answer.json)


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_has_every_name(kind, cli):
    names = {entry["name"] for entry in cli("list", kind, "--json").json}
    answer = cli("list", kind)
    assert (answer.code, answer.err) == (0, "")
    assert {line.split()[0] for line in answer.out.splitlines()[1:] if not line.startswith(" ")} == names


def test_what_is_listed_can_be_used(cli):
    for entry in cli("list", "architectures", "--json").json:
        # A published architecture is described by its text, a network made by hand is its own text.
        text = cli("describe", entry["name"], "--json").json["architecture"]
        assert text in (entry["description"], entry["name"])
    cells = {"snasnet-forward": "snasnet: 0002 0000 0000 0000", "spikenas-bench": "spikenas-bench:7"}
    cells["snasnet-feedback"] = "snasnet: 0302 0030 3003 0000"
    for entry in cli("list", "spaces", "--json").json:
        assert cli("describe", cells.get(entry["name"], f"{entry['name']}:SCB_k3")).code == 0


def test_spaces_of_cells_say_what_their_connections_may_be(cli):
    told = {entry["name"]: entry["description"] for entry in cli("list", "spaces", "--json").json}
    assert told["snasnet-forward"].endswith("avgpool3x3, forward; from input to output never zero")
    assert told["snasnet-feedback"].endswith(
        "avgpool3x3, forward or feedback; from input to output never zero and never feedback"
    )


def test_an_unknown_kind_is_refused_with_the_known_ones(cli):
    answer = cli("list", "spcaes")
    assert (answer.code, answer.out) == (2, "")
    assert "'spcaes'" in answer.err
    assert all(kind in answer.err for kind in KINDS)
