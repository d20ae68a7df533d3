from spikesearch.architectures.dimensions import Dimensions
from spikesearch.architectures.heads import LinearHead, MeanHead, SwitchedHead, VoltageHead, VotingHead, head_of


def test_layers_of_a_voting_head() -> None:
    fc, neurons = VotingHead().layers(64, 20)
    assert (fc.name, fc.parameters, fc.macs) == ("fc.linear", 64 * 20, 64 * 20)
    assert (neurons.name, neurons.positions, neurons.readout) == ("fc.neuron", 20, True)


def test_layers_of_a_voltage_head() -> None:
    hidden, neurons, fc = VoltageHead(hidden=7).layers(64, 20)
    assert (hidden.name, hidden.parameters, hidden.macs) == ("fc.hidden", 64 * 7, 64 * 7)
    assert (neurons.name, neurons.positions, neurons.readout) == ("fc.neuron", 7, True)
    assert (fc.name, fc.parameters, fc.macs) == ("fc.linear", 7 * 20 + 20, 7 * 20)  # with bias


def test_layers_of_heads_without_neurons() -> None:
    (fc,) = MeanHead().layers(64, 20)
    assert (fc.name, fc.parameters, fc.applications) == ("fc.linear", 64 * 20, 0)  # the plan fills in T
    norm, fc = SwitchedHead().layers(64, 20)
    assert (norm.name, norm.parameters, norm.macs, norm.applications) == ("fc.bn", 2 * 64, 0, 1)
    assert (fc.name, fc.macs, fc.applications) == ("fc.linear", 64 * 20, 1)  # of sums over T


def test_defaults_are_those_of_the_authors_code() -> None:
    assert VoltageHead() == VoltageHead(hidden=1024, dropout=0.5)


def test_an_ordinary_network_goes_straight_to_the_classes() -> None:
    ordinary = Dimensions().replace(neuron="relu")
    assert head_of(Dimensions()) == VotingHead()
    assert head_of(ordinary) == LinearHead()
    assert head_of(ordinary, SwitchedHead()) == SwitchedHead()  # which has no neurons either
    (fc,) = LinearHead().layers(64, 10)
    assert (fc.name, fc.parameters, fc.positions) == ("fc.linear", 640, 0)
