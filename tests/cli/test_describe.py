import pytest

from spikesearch import describe, parse


def test_json_has_the_fixed_keys_and_the_counts_of_the_python_api(cli):
    answer = cli(
        "describe", "SRB5-SRB5-skip-SRB3-SRB5", "--channels", 8, "--image", "1x16x16", "--classes", 3, "--json"
    )
    assert (answer.code, answer.err) == (0, "")
    expected = describe("autosnn", channels=8, image=(1, 16, 16), classes=3)
    assert set(answer.json) >= {"architecture", "parameters", "macs", "spiking_positions", "layers"}
    assert answer.json["architecture"] == str(parse("autosnn"))
    assert answer.json["parameters"] == expected.parameters
    assert answer.json["macs"] == expected.macs
    assert answer.json["spiking_positions"] == expected.spiking_positions
    assert [layer["name"] for layer in answer.json["layers"]] == [layer.name for layer in expected.layers]


def test_the_table_shows_every_layer_and_the_sums(cli):
    answer = cli("describe", "autosnn")
    # The published network has 0.42 M parameters (AutoSNN, Table 2).
    assert "parameters 417,626" in answer.out
    names = [layer.name for layer in describe("autosnn").layers]
    lines = answer.out.splitlines()
    assert [line.split()[0] for line in lines[-len(names) :]] == names


def test_timesteps_multiply_the_macs_but_those_of_the_stem(cli):
    four, eight = (cli("describe", "autosnn", "--timesteps", steps, "--json").json for steps in (4, 8))
    stem = 16 * 3 * 9 * 32 * 32
    assert eight["macs"] - stem == 2 * (four["macs"] - stem)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["autosnm"], "unknown architecture 'autosnm' (did you mean 'autosnn'?)"),
        (["SRB3 SRB3 SRB3 SRB3"], "4 blocks without a space in front"),
        (["SRB3 " * 8], "8 blocks could belong to autosnn-snn3 or autosnn-extra"),
        (["autosnn: SRB3 SRB3"], "autosnn has 5 slots (tbd1 tbd2 tbd3 tbd4 tbd5), got 2"),
        (["autosnn: SRB3 SRX3 skip skip skip"], "unknown block 'SRX3'"),
        (["autosnn", "--image", "3x32"], "--image '3x32': write channels x height x width, for example 3x32x32"),
        (
            ["autosnn", "--image", "3x4x4"],
            "image 3x4x4 is too small for autosnn, whose poolings would leave 0 pixels; give at least 8x8",
        ),
        (["autosnn", "--channels", "0"], "channels"),
        (["autosnn", "--timesteps", "-2"], "timesteps"),
        (["autosnn", "--classes", "0"], "classes"),
        (["autosnn", "--votes", "0"], "votes=0: give a whole number of at least 1"),
        (["autosnn", "--neuron", "izhikevich"], "neuron='izhikevich': give one of plif, lif, if, relu"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_described_is_named_with_the_cure(arguments, message, cli):
    answer = cli("describe", *arguments)
    assert answer.code == 2
    assert message in answer.err


@pytest.mark.parametrize(
    ("network", "options", "parameters"),
    [  # as docs/networks.md lists them
        ("vgg9-bntt", ["--channels", 64, "--timesteps", 25, "--votes", 1, "--neuron", "lif"], 5_993_280),
        ("vgg16-sbn", ["--channels", 64, "--votes", 1, "--neuron", "lif"], 16_856_768),
    ],
)
def test_votes_and_neurons_can_be_chosen(network, options, parameters, cli):
    assert cli("describe", network, *options, "--json").json["parameters"] == parameters


def test_the_layers_around_a_cell_can_be_chosen(cli):
    answer = cli("describe", "0303/0030/2002/0200", "--channels", 256, "--pooling", 4, "--json")
    assert answer.json["parameters"] == 19_520_356  # SNASNet's published weights for CIFAR-10
    half = cli("describe", "0303/0030/2002/0200", "--channels", 256, "--pooling", 4, "--hidden", 512, "--json")
    # FC of 512 · 4 · 4 inputs, then one to 10 votes of 10 classes
    assert answer.json["parameters"] - half.json["parameters"] == 512 * (512 * 16 + 100)


def test_what_only_networks_of_cells_have_is_refused_elsewhere(cli):
    answer = cli("describe", "autosnn", "--hidden", 3)
    assert answer.code == 2
    assert "hidden" in answer.err
