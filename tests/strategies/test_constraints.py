"""Reading budgets, and by how much a value misses one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikesearch.errors import UserError
from spikesearch.strategies.constraints import (
    ARITHMETIC,
    MEASURED,
    Constraint,
    Constraints,
    broken,
    in_words,
    violation,
)
from spikesearch.strategies.evaluator import Measurement


@pytest.mark.parametrize(
    ("text", "quantity", "relation", "bound"),
    [
        ("spikes<=50k", "spikes", "<=", 50_000),
        (" Parameters <= 0.29K ", "parameters", "<=", 290),
        ("macs<20M", "macs", "<", 20_000_000),
        ("MACs ≤ 1.5G", "macs", "<=", 1_500_000_000),
        ("spikes>1_000", "spikes", ">", 1000),
        ("firing rate<=12.5%", "firing_rate", "<=", 0.125),
        ("accuracy>=0.9", "accuracy", ">=", 0.9),
        ("accuracy≥90%", "accuracy", ">=", 0.9),
        ("macs<=2e7", "macs", "<=", 20_000_000),
    ],
)
def test_what_people_write(text: str, quantity: str, relation: str, bound: float) -> None:
    assert Constraint.parse(text) == Constraint(quantity, relation, bound)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("spikes", r"constraint 'spikes': write for example spikes<=50k"),
        ("spikes=5", r"the relation is <=, <, >= or >"),
        ("spikes<=-5", r"write for example"),
        ("spikes<=five", r"write for example"),
        ("spikes<=50T", r"the number may end in k, M, G"),
        ("energy<=5", r"'energy' cannot be constrained; give one of spikes, parameters, macs, firing_rate, accuracy"),
        ("accuracy>=90", r"accuracy lies in 0…1; write accuracy>=0\.9, or 90%"),
        ("firing_rate<=1k", r"firing_rate lies in 0…1"),
        ("spikes<=50%", r"spikes is a number and no share"),
        ("spikes<=0", r"give a bound above 0"),
        ("macs<=1e999", r"too large for a number"),
    ],
)
def test_what_cannot_be_meant_gets_one_clear_error(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        Constraint.parse(text)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        constraint = Constraint.parse(text)
    except UserError:
        return
    assert Constraint.parse(str(constraint)) == constraint


numbers = st.floats(0, 1e12, allow_nan=False)
constraints = st.one_of(
    st.builds(Constraint, st.sampled_from(("spikes", *ARITHMETIC)), st.sampled_from((">=", ">")), numbers),
    st.builds(Constraint, st.sampled_from(("spikes", *ARITHMETIC)), st.sampled_from(("<=", "<")), numbers.filter(bool)),
    st.builds(Constraint, st.sampled_from(MEASURED[1:]), st.just(">="), st.floats(0, 1)),
)


@given(constraints)
def test_the_canonical_text_reads_back(constraint: Constraint) -> None:
    assert Constraint.parse(str(constraint)) == constraint


@given(constraints, numbers)
def test_an_excess_above_0_is_what_is_not_kept(constraint: Constraint, value: float) -> None:
    assert (constraint.excess(value) <= 0) == constraint.kept(value)
    assert (constraint.excess(constraint.bound) <= 0) == constraint.kept(constraint.bound)


def test_excesses_are_shares_of_the_bound() -> None:
    assert Constraint.parse("spikes<=50k").excess(60_000) == pytest.approx(0.2)
    assert Constraint.parse("spikes<=50k").excess(25_000) == pytest.approx(-0.5)
    assert Constraint.parse("accuracy>=80%").excess(0.6) == pytest.approx(0.25)
    assert Constraint.parse("spikes>0").excess(0) > 0


def measured(spikes: float, accuracy: float) -> Measurement:
    return Measurement(
        accuracy=accuracy,
        spikes_per_image=spikes,
        firing_rate=0.1,
        layers=(),
        images=100,
        correct=round(100 * accuracy),
    )


def test_a_violation_is_the_sum_of_what_is_missed() -> None:
    every = Constraints.parse(["spikes<=100", "parameters<=5k", "accuracy>=0.8"])
    assert [str(one) for one in every.arithmetic] == ["parameters<=5000"]
    assert [str(one) for one in every.measured] == ["spikes<=100", "accuracy>=0.8"]
    assert every.excesses(measured(50, 0.8)) == (-0.5, 0.0)
    assert violation(every.excesses(measured(50, 0.8))) == 0
    assert violation(every.excesses(measured(150, 0.4))) == pytest.approx(0.5 + 0.5)
    # What is kept with room to spare makes up for nothing.
    assert violation(every.excesses(measured(1, 0.4))) == pytest.approx(0.5)


def test_a_check_in_words() -> None:
    assert in_words(Constraint.parse("spikes<=50k").check(62_113.6)) == "spikes<=50000 broken: 62,114"
    assert in_words(Constraint.parse("firing_rate<=20%").check(0.12)) == "firing_rate<=0.2 kept: 0.12"


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["spikes<=50k", "spikes>=60k"], "constraints spikes>=60000 and spikes<=50000 contradict each other: nothing"),
        (["accuracy>0.9", "macs<=1k", "accuracy<=90%"], "accuracy>0.9 and accuracy<=0.9 contradict"),
        (["accuracy>100%"], "constraint accuracy>1: accuracy can be at most 1; give a lower bound"),
        (["spikes>=2M"], "constraint spikes>=2000000: spikes can be at most 100,000; give a lower bound"),
    ],
)
def test_what_nothing_can_keep_is_refused(texts: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Constraints.parse(texts).refuse_impossible(100_000)


def test_bounds_that_leave_room_are_taken() -> None:
    texts = ["spikes<=50k", "spikes>=50k", "accuracy>=100%", "firing_rate>0.1", "firing_rate<0.2", "macs>=1e9"]
    Constraints.parse(texts).refuse_impossible(50_000)


@pytest.mark.parametrize(("text", "word"), [("spikes<=50", "lower"), ("accuracy>=0.9", "higher")])
def test_the_advice_goes_the_right_way(text: str, word: str) -> None:
    results = [{"label": "winner", "lam": 0.0, "constraints": [{"constraint": text, "value": 0.5, "kept": False}]}]
    (line,) = broken(results)
    assert f"give a {word} bound" in line
