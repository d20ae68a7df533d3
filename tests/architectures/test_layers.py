import json

from spikesearch.architectures.layers import Layer, Shape, avg_pool, conv, linear, max_pool, neuron


def test_a_convolution_counts_its_batch_norm() -> None:
    layer = conv("conv1", Shape(3, 8, 6), 4, 5)
    # 4·3·5·5 = 300 weights, BN 2·4; every weight once per pixel, 300·48.
    assert (layer.parameters, layer.macs) == (308, 14_400)
    assert (layer.input, layer.output) == ((3, 8, 6), (4, 8, 6))
    assert (layer.positions, layer.applications, layer.readout) == (0, 0, False)


def test_a_strided_convolution_rounds_up() -> None:
    layer = conv("conv1", Shape(2, 7, 5), 4, 3, 2)
    # 4×3 pixels come out of 7×5: padded windows start at 0, 2, 4, 6 and 0, 2, 4.
    assert layer.output == (4, 4, 3)
    assert layer.macs == 4 * 2 * 9 * 12
    assert (layer.kernel, layer.stride) == (3, 2)


def test_a_depth_wise_convolution_has_one_filter_per_channel() -> None:
    layer = conv("conv", Shape(6, 4, 4), 6, 3, groups=6)
    assert (layer.parameters, layer.macs, layer.groups) == (6 * 9 + 12, 6 * 9 * 16, 6)


def test_a_batch_norm_may_be_counted_elsewhere() -> None:
    assert conv("conv_even", Shape(4, 8, 8), 2, 1, 2, norm_channels=0).parameters == 8
    assert conv("conv_odd", Shape(4, 8, 8), 2, 1, 2, norm_channels=4).parameters == 8 + 8


def test_neurons_and_pooling() -> None:
    assert neuron("neuron", Shape(4, 3, 2)).positions == 24
    assert neuron("neuron", Shape(4, 3, 2)).parameters == 1
    assert neuron("neuron", (100,), readout=True).readout
    pooled = max_pool("pool", Shape(4, 5, 7))
    assert (pooled.output, pooled.positions, pooled.parameters, pooled.macs) == ((4, 2, 3), 24, 0, 0)
    averaged = avg_pool("pool", Shape(4, 5, 7))
    assert (averaged.output, averaged.positions, averaged.macs) == ((4, 2, 3), 0, 0)
    assert avg_pool("pool", Shape(4, 5, 7), 0).output == (4, 1, 1)


def test_fully_connected() -> None:
    assert (linear("linear", 12, 5).parameters, linear("linear", 12, 5).macs) == (60, 60)
    assert linear("linear", 12, 5, bias=True).parameters == 65
    assert linear("linear", 12, 5, bias=True).macs == 60


def test_as_dict_is_json() -> None:
    layer = conv("conv1", Shape(3, 8, 8), 4, 5)
    values = json.loads(json.dumps(layer.as_dict()))
    assert values["name"] == "conv1"
    assert values["input"] == [3, 8, 8]
    assert Layer(**{**values, "input": Shape(*values["input"]), "output": Shape(*values["output"])}) == layer


def test_a_shape_is_written_as_the_command_line_takes_it() -> None:
    assert str(Shape(3, 32, 16)) == "3x32x16"
    assert Shape(3, 32, 16).size == 1536
