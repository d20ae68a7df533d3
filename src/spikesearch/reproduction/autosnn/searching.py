"""Table 2: what λ does; Table 5: what weight sharing and evolution do."""

from collections.abc import Hashable, Mapping, Sequence

from spikesearch.reproduction.autosnn.found import (
    LAMBDAS,
    PUBLISHED,
    drawn,
    evolved,
    sampled,
    shown,
    train_found,
)
from spikesearch.reproduction.autosnn.replay import Replayed, differences, mean_of
from spikesearch.reproduction.claims import above, paired
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab, Trained
from spikesearch.reproduction.rows import beside, how_often, network_row
from spikesearch.reproduction.sample import joined
from spikesearch.reproduction.scales import Scale

# The paper's accuracy in per cent and spikes per image (C = 16, T = 8).
TABLE2 = {0.0: (88.69, 127_000), -0.08: (88.67, 108_000), -0.16: (88.46, 106_000), -0.24: (86.58, 54_000)}
RANDOM_SAMPLING = (86.97, 123_000)  # ± 1.06 and ± 29,000 over ten architectures
TABLE5_RANDOM = {0.0: (88.40, 132_000), -0.08: (88.10, 133_000)}
TABLE5_EVOLUTION = {0.0: (88.69, 127_000), -0.08: (88.67, 108_000)}


def table2(lab: Lab) -> Result:
    """What λ does."""
    searches = {lam: evolved(lab, lam) for lam in LAMBDAS}
    networks = dict(zip(LAMBDAS, train_found(lab, [one.typical for one in searches.values()]), strict=True))
    rows = [
        {"λ": shown(lam)[4:], "architecture": f"`{one.architecture}`", **_numbers(one, TABLE2[lam])}
        for lam, one in networks.items()
    ]
    none, strong = networks[0.0], networks[-0.24]
    claims = [
        above(
            f"λ = 0 emits more spikes than {_named(group)}{_one_network(group)}",
            none.spikes,
            networks[group[0]].spikes,
            unit="spikes",
            digits=0,
        )
        for group in alike({lam: networks[lam].architecture for lam in LAMBDAS[1:]})
    ]
    claims += [
        above("λ = 0 is more accurate than λ = −0.24", none.accuracy, strong.accuracy, unit="points"),
        above("λ = −0.24 leaves out more blocks than λ = 0", searches[-0.24].skips, searches[0.0].skips, digits=1),
    ]
    caption = f"What most searches of each λ found, trained from scratch; test images; {how_often(networks.values())}."
    tables = [Table(caption, rows)]
    fitness = fitness_table(searches, {lam: drawn(lab, lam) for lam in LAMBDAS})
    return Result([*tables, fitness, _winners(searches)], claims, notes=[_which(lab.scale)])


def table5(lab: Lab) -> Result:
    """Random sampling, weight sharing with random search, weight sharing with evolution."""
    lambdas = tuple(TABLE5_EVOLUTION)
    evolutions, randoms = {lam: evolved(lab, lam) for lam in lambdas}, {lam: drawn(lab, lam) for lam in lambdas}
    texts = [one.typical for one in (*evolutions.values(), *randoms.values())]
    found = train_found(lab, texts)
    by_evolution = dict(zip(lambdas, found[: len(lambdas)], strict=True))
    by_random = dict(zip(lambdas, found[len(lambdas) :], strict=True))
    scratch = lab.trained(sampled("autosnn", lab.scale.few), repeats=1)
    accuracy, spikes = mean_of([one.accuracy for one in scratch]), mean_of([one.spikes for one in scratch])
    rows = [
        {
            "search": f"random sampling, {len(scratch)} architectures",
            "architecture": "–",
            **beside("accuracy, %", accuracy, RANDOM_SAMPLING[0], 2),
            **beside("spikes", spikes, RANDOM_SAMPLING[1], 0),
        }
    ]
    rows += _searched_rows("weight sharing, random search", by_random, TABLE5_RANDOM)
    rows += _searched_rows("weight sharing, evolution", by_evolution, TABLE5_EVOLUTION)
    claims = [
        above(
            f"{name}, {_named(group)}, beats random sampling{_one_network(group)}",
            networks[group[0]].accuracy,
            accuracy,
            unit="points",
            own=name == "evolution",
        )
        for name, networks in (("random search", by_random), ("evolution", by_evolution))
        for group in alike({lam: one.architecture for lam, one in networks.items()})
    ]
    for group in alike({lam: (by_evolution[lam].architecture, by_random[lam].architecture) for lam in lambdas}):
        says = f"evolution beats random search, {_named(group)}: accuracy{_one_network(group)}"
        claims.append(above(says, by_evolution[group[0]].accuracy, by_random[group[0]].accuracy, unit="points"))
    for lam in lambdas:
        says = f"evolution beats random search, {shown(lam)}: fitness of what it finds"
        claims.append(paired(says, differences(evolutions[lam], randoms[lam]), digits=4, own=True))
    saved = by_random[-0.08].spikes, by_evolution[-0.08].spikes
    claims.append(above("evolution's network emits fewer spikes, λ = −0.08", *saved, unit="spikes", digits=0))
    note = "± of random sampling is the spread over architectures, each trained once; elsewhere over trainings."
    table = Table(f"Trained from scratch; test images; what searches found, {how_often(found)}.", rows)
    each = Table(
        "The architectures of random sampling.", [network_row(f"`{one.architecture}`", one) for one in scratch]
    )
    return Result([table, fitness_table(evolutions, randoms), each], claims, notes=[_which(lab.scale), note])


def fitness_table(evolutions: Mapping[float, Replayed], randoms: Mapping[float, Replayed]) -> Table:
    """How fit the winners of both strategies are, over seeds."""
    rows = [
        {
            "λ": shown(lam)[4:],
            "evolution": one.fitness.text(4),
            "random search": randoms[lam].fitness.text(4),
            "difference, seed by seed": differences(one, randoms[lam]).text(4),
            "evolution finds the best of all": f"{one.optimal} of {len(one.winners)}",
            "random search finds it": f"{randoms[lam].optimal} of {len(one.winners)}",
        }
        for lam, one in evolutions.items()
    ]
    return Table("Fitness of what a search finds, under shared weights; ± over search seeds.", rows)


def _winners(searches: Mapping[float, Replayed]) -> Table:
    rows = [
        {
            "λ": shown(lam)[4:],
            "found by": f"{one.found_by(one.typical)} of {len(one.winners)} searches",
            "blocks left out, all seeds": one.skips.text(1),
            "the best of all": f"`{one.best}`",
            "published": f"`{PUBLISHED[lam]}`",
        }
        for lam, one in searches.items()
    ]
    return Table("The trained winners among those of all seeds, the best of the whole space, and the paper's.", rows)


def _searched_rows(
    name: str, networks: Mapping[float, Trained], paper: Mapping[float, tuple[float, float]]
) -> list[dict[str, str]]:
    return [
        {"search": f"{name}, {shown(lam)}", "architecture": f"`{one.architecture}`", **_numbers(one, paper[lam])}
        for lam, one in networks.items()
    ]


def _numbers(network: Trained, paper: tuple[float, float]) -> dict[str, str]:
    return {name: value for name, value in network_row("", network, *paper).items() if name != "network"}


def alike(found: Mapping[float, Hashable]) -> list[list[float]]:
    """The λ that found the same, together: one network is one finding."""
    groups: dict[Hashable, list[float]] = {}
    for lam, what in found.items():
        groups.setdefault(what, []).append(lam)
    return list(groups.values())


def _named(lambdas: Sequence[float]) -> str:
    return joined([shown(lam) for lam in lambdas])


def _one_network(lambdas: Sequence[float]) -> str:
    return " (one network)" if len(lambdas) > 1 else ""


def _which(scale: Scale) -> str:
    return (
        f"Each strategy searched with {scale.seeds} seeds ({scale.rounds} rounds of {scale.population}), all with one "
        "supernet. Of their winners the most frequent one is trained, of equals the one of the earliest seed. Winners "
        "that are the same for two λ are one network."
    )
