"""Table 11: AutoSNN beside networks with other BatchNorms, and the numbers that their authors reported."""

from spikesearch.config.reading import merged
from spikesearch.reproduction.autosnn.found import autosnn
from spikesearch.reproduction.autosnn.hand_made import found_note
from spikesearch.reproduction.claims import above
from spikesearch.reproduction.item import Result, Table
from spikesearch.reproduction.lab import Lab
from spikesearch.reproduction.rows import network_row

# Accuracy in per cent, spikes per image and T as the paper quotes them; spikes of SNASNet are not known.
TABLE11: tuple[tuple[str, float, float | None, int], ...] = (
    ("VGG9 + BNTT, C = 128", 90.5, 131_000, 25),
    ("VGG16 with Switched-BN + SALT, C = 64", 87.1, 1_500_000, 40),
    ("AutoSNN, C = 16", 88.7, 108_000, 8),
    ("AutoSNN, C = 32", 91.3, 176_000, 8),
    ("SNASNet-Fw, C = 256", 93.6, None, 8),
    ("SNASNet-Bw, C = 256", 94.1, None, 8),
    ("AutoSNN, C = 128", 93.2, 310_000, 8),
)
NETWORKS = {"vgg9-bntt": "VGG9, BNTT", "vgg16-sbn": "VGG16, Switched-BN"}
_PRINTED = {"vgg9-bntt": TABLE11[0], "vgg16-sbn": TABLE11[1], "AutoSNN": TABLE11[2]}


def table11(lab: Lab) -> Result:
    """The networks that can be trained here, all in the same way."""
    winner = autosnn(lab)
    networks = {}
    for text in NETWORKS:
        # their outputs are voltages and no rates
        settings = merged({"train": {"loss": "cross-entropy"}}, lab.scale.recent.get(text, {}))
        (networks[text],) = lab.trained([text], settings, repeats=1)
    (networks["AutoSNN"],) = lab.trained([winner], repeats=1)
    rows = [
        {
            **network_row(NETWORKS.get(text, text), one, *_PRINTED[text][1:3]),
            "paper's T": str(_PRINTED[text][3]),
            "parameters": f"{one.parameters:,}",
        }
        for text, one in networks.items()
    ]
    ours, salt = networks["AutoSNN"], networks["vgg16-sbn"]
    claims = [
        above("AutoSNN is more accurate than VGG16 with one BatchNorm", ours.accuracy, salt.accuracy, unit="points"),
        above("and emits fewer spikes", salt.spikes, ours.spikes, unit="spikes", digits=0),
    ]
    quoted = [
        {
            "network": name,
            "accuracy, %": f"{accuracy:.1f}",
            "spikes": "–" if spikes is None else f"{spikes:,.0f}",
            "T": str(timesteps),
        }
        for name, accuracy, spikes, timesteps in TABLE11
    ]
    notes = [
        found_note(winner),
        "The paper quotes what the authors of the other networks reported. Here they are trained as AutoSNN is, but "
        "for cross-entropy, with PLIF and direct coding; SALT, a training before the training, is not part of it.",
        "SNASNet's networks have tables of their own.",
    ]
    tables = [Table("Trained here, once each; test images.", rows), Table("The paper's table.", quoted)]
    return Result(tables, claims, notes=notes)
