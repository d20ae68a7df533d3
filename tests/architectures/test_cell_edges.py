from hypothesis import given
from hypothesis import strategies as st

from spikesearch.architectures.cell_edges import (
    BENCH_OPS,
    NODES,
    PAIRS,
    SNASNET_OPS,
    Edge,
    Group,
    alive_nodes,
    groups,
    has_way,
    in_order,
    op_names,
    reachable,
)
from spikesearch.architectures.text import parse

SKIP = SNASNET_OPS[1]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Edge, ...]:
    edges = []
    for i, j in PAIRS:
        direction = draw(st.sampled_from(["none", "forward", "back"]))
        if direction != "none":
            edges.append(Edge(i, j, SKIP) if direction == "forward" else Edge(j, i, SKIP))
    return in_order(edges)


def test_operations() -> None:
    assert op_names(SNASNET_OPS) == ("zero", "skip", "conv1x1", "conv3x3", "avgpool3x3")
    assert op_names(BENCH_OPS) == ("zero", "skip", "conv3x3_v0.5", "conv3x3_v1.0", "conv3x3_v1.5")
    assert [op.v_threshold for op in BENCH_OPS if op] == [None, 0.5, 1.0, 1.5]


def test_the_order_is_the_authors() -> None:
    every = [Edge(i, j, SKIP) for i in range(NODES) for j in range(NODES) if i != j]
    assert [edge.name for edge in in_order(every)] == [
        *("edge01", "edge02", "edge12", "edge03", "edge13", "edge23"),
        *("back10", "back20", "back21", "back30", "back31", "back32"),
    ]


@given(graphs())
def test_groups_come_after_what_they_need(edges: tuple[Edge, ...]) -> None:
    found = groups(edges)
    assert sorted(node for group in found for node in group.nodes) == list(range(NODES))
    place = {node: number for number, group in enumerate(found) for node in group.nodes}
    assert all(place[edge.source] <= place[edge.target] for edge in edges)
    ways = reachable((edge.source, edge.target) for edge in edges)
    for group in found:
        assert all((a, b) in ways for a in group.nodes for b in group.nodes if a != b)
        assert group.inside == tuple(e for e in edges if {e.source, e.target} <= set(group.nodes))


def test_nodes_between_input_and_output_are_alive() -> None:
    assert alive_nodes([(0, 1), (0, 3)]) == {0, 3}  # 1 leads nowhere
    assert alive_nodes([(1, 3), (0, 3)]) == {0, 3}  # nothing leads to 1
    assert alive_nodes([(0, 2), (2, 1), (1, 3)]) == {0, 1, 2, 3}  # by way of feedback
    assert has_way([(0, 2), (2, 1), (1, 3)])
    assert not has_way([(0, 1), (2, 3)])
    assert alive_nodes([(0, 1), (2, 3)]) == {0, 3}


def test_groups_by_hand() -> None:
    def names(text: str) -> list[tuple[tuple[int, ...], list[str]]]:
        return [(group.nodes, [edge.name for edge in group.inside]) for group in groups(parse(text).edges)]  # type: ignore[attr-defined]

    # Without feedback every node is computed for all timesteps at once.
    assert names("0302 0030 0003 0000") == [((0,), []), ((1,), []), ((2,), []), ((3,), [])]
    # 0→1→2→0 steps through time; what leads out of it to the output does not.
    assert names("0302 0030 3003 0000") == [((0, 1, 2), ["edge01", "edge12", "back20"]), ((3,), [])]
    # Feedback that is on no loop: 0→2, one timestep later 1, then 3.
    assert names("0031 0003 0300 0000") == [((0,), []), ((2,), []), ((1,), []), ((3,), [])]
    assert groups(()) == tuple(Group((node,), ()) for node in range(NODES))
