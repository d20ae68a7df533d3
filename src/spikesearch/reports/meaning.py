"""What the numbers on the page mean: definitions with the run's own numbers put in."""

from spikesearch.reports import blocks, numbers, repeats
from spikesearch.reports.data import DrawnStep, Network, ReportData, Winner
from spikesearch.strategies.objectives import ACCURACY


def definitions(data: ReportData) -> list[tuple[str, str]]:
    """(term, explanation) for everything this page shows."""
    timesteps = data.dimensions.get("timesteps")
    over = f"all {timesteps} timesteps" if timesteps else "all timesteps"
    found = [
        (
            "Spikes per image",
            f"Every spike the network emits for one image, summed over {over}: stem, every neuron of every block, "
            "pooling outputs and the FC neurons; the mean over the images. An identity skip has no neurons and counts "
            "nothing. This is the count of the AutoSNN paper. Fewer spikes mean fewer additions and less energy on "
            "event-driven hardware.",
        ),
        (
            "Firing rate",
            "Spikes divided by spiking positions and timesteps: the share of chances to fire that were taken. The rate "
            "of the whole network leaves the FC neurons out.",
        ),
    ]
    if not data.spiking:
        found = [("Ordinary networks", _ORDINARY)]
    if any(network.test and network.test.unequal_classes for network in _tested(data)):
        found.append(("Balanced accuracy", _BALANCED))
    if data.score is not None:
        found.append((f"The score {data.score.name}", _score(data)))
    if (data.trials or data.winners) and not data.by_score:
        found += [("Fitness", _fitness(data)), ("Estimates and trained networks", _ESTIMATE)]
    if (data.trials or data.winners) and not data.by_score and data.spiking:
        found.append(
            (
                "Pareto front",
                "Candidates that no other candidate beats in one of accuracy and spikes without losing in the other. "
                "Silent networks are left out.",
            )
        )
    found.append(("Training, validation and test images", _protocol(data)))
    if data.data.test:
        found.append(("How exact the accuracies are", _exactness(data)))
    return found


def _tested(data: ReportData) -> list[Network]:
    networks = [*(winner.network for winner in data.winners), *data.comparisons]
    return [network for network in networks if network.test]


_ORDINARY = (
    "Where a spiking network has neurons, these networks have ReLUs; they run once for an image, and their last layer "
    "has one output for each class. Nothing of that is a spike, so spikes and firing rates are not shown. AutoSNN "
    "searches such networks to see whether their winners are good spiking ones too (section 5.5, Table 7)."
)

_BALANCED = (
    "The share of images classified rightly, for each class alone, and the mean of these shares: every class counts "
    "alike, however many test images it has. A network that always names the largest class has a high accuracy where "
    "classes are unequal, and a balanced accuracy of one divided by the number of classes."
)

_ESTIMATE = (
    "During the search every candidate borrows the weights of one supernet, which contains them all. The accuracies "
    "so measured serve to rank candidates and are usually lower than what training brings; they are marked as "
    "estimates and drawn with hollow markers. A trained network starts from fresh weights and is trained alone."
)


def _score(data: ReportData) -> str:
    assert data.score is not None
    about = f"{data.score.description[:1].upper()}{data.score.description[1:]}. " if data.score.description else ""
    network = ", ".join(f"{name} {value}" for name, value in data.score.network.items())
    then = (
        f"The best {numbers.count(data.score.kept)} were then searched with shared weights; nothing else of the score "
        "plays a part."
        if data.score.kept
        else "The architecture with the highest one is the winner; of equals that with fewer parameters. Accuracy and "
        "spikes of the others were not measured."
    )
    return (
        f"{about}Computed on freshly initialised networks and training images ({network}); larger predicts better. "
        f"{then} Values of different scores, data sets or settings cannot be compared."
    )


def _fitness(data: ReportData) -> str:
    if data.search.fitness == ACCURACY:
        return "The estimated accuracy, from 0 to 1, and nothing else."
    if data.search.fitness not in ("exponential", "linear"):
        return f"The user's own objective {data.search.fitness}, computed from the estimated accuracy and the spikes."
    n_avg = f" (here {numbers.spikes(data.average_spikes)})" if data.average_spikes else ""
    formula = "accuracy + λ · N / N_avg" if data.search.fitness == "linear" else "accuracy · (N / N_avg)^λ"
    text = (
        f"{formula}, with the estimated accuracy from 0 to 1, N the candidate's spikes per image and N_avg{n_avg} the "
        "mean spikes per image of the architectures that the supernet sampled in its last epoch of training. The more "
        "negative λ is, the more a spike costs; with λ = 0 only accuracy counts. A network that emits no spike has "
        "fitness 0."
    )
    example = _example(data, data.headline_winner)
    return f"{text} {example}" if example else text


def _example(data: ReportData, winner: Winner | None) -> str:
    """The formula with the winner's numbers; empty where one of them is unknown."""
    shared = winner.network.shared if winner else None
    if winner is not None and winner.finalists:
        shared = winner.finalists[0].again
    if winner is None or shared is None or winner.fitness is None or not data.average_spikes:
        return ""
    n, average = numbers.spikes(shared.spikes_per_image), numbers.spikes(data.average_spikes)
    result = numbers.fitness(winner.fitness)
    if shared.spikes_per_image == 0:
        return ""
    if data.search.fitness == "linear":
        lam = numbers.lam(-winner.lam)
        return f"For the winner: {shared.accuracy:.4f} {numbers.MINUS} {lam} · {n} / {average} = {result}."
    return f"For the winner: {shared.accuracy:.4f} · ({n} / {average})^{numbers.lam(winner.lam)} = {result}."


def _protocol(data: ReportData) -> str:
    images = data.data
    text = (
        "The training part of the data is divided, stratified by class, into "
        f"{numbers.count(images.train)} training and {numbers.count(images.validation)} validation images"
    )
    if data.by_score:
        text += "; scores and training use the former, and the search looks at no others. "
    else:
        text += (
            "; the supernet learns from the former, the search chooses by the latter alone. " if data.space else ". "
        )
    return text + (
        f"The {numbers.count(images.test)} test images play no part in any choice: each trained network is tested "
        "once, after its last epoch, and that figure is kept. Images are never augmented when a network is measured."
    )


def _exactness(data: ReportData) -> str:
    images = data.data.test
    winner = data.headline_winner
    test = winner.network.test if winner else None
    accuracy = test.accuracy if test else 0.9
    error = 100 * numbers.standard_error(accuracy, images)
    repeated = winner is not None and repeats.accuracy_deviation(winner.network) is not None
    shown = "" if repeated or not data.spiking else " (the vertical lines in the trade-off plot)"
    return (
        f"One of {numbers.count(images)} test images is {100 / images:.2g} points. The standard error of an accuracy "
        f"near {100 * accuracy:.0f}% measured on so many images is {error:.1f} points{shown}, and "
        "another seed of the training moves it too: smaller differences say little."
    )


def block_words(steps: tuple[DrawnStep, ...], *, events: bool = False, spiking: bool = True) -> list[tuple[str, str]]:
    """(box title, what it computes) for the different boxes of a drawing, those of the slots first."""
    found: dict[str, str] = {}
    for step in sorted(steps, key=lambda step: not step.slot):
        words = blocks.explanation(step) if spiking else blocks.ordinary_explanation(step)
        if words and step.block == "Stem" and not events and spiking:
            words += "; on a still image the convolution runs once and charges the neurons at every timestep"
        if words:
            found.setdefault(blocks.title(step), words)
    return list(found.items())
