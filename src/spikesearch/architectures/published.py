"""Searched architectures that their authors published: AutoSNN's as its released code has them (the five searched
blocks), SNASNet's as its code's README writes them."""

PUBLISHED: dict[str, str] = {
    # λ = -0.08, the paper's default and the network of its tables.
    "autosnn": "autosnn: SRB_k5 SRB_k5 skip SRB_k3 SRB_k5",
    "autosnn-0": "autosnn: SRB_k5 SRB_k5 SRB_k5 SCB_k5 SRB_k5",
    "autosnn-0.16": "autosnn: SRB_k5 SRB_k5 skip SRB_k5 SRB_k5",
    "autosnn-0.24": "autosnn: skip SRB_k5 skip SCB_k5 SRB_k5",
    # Found without spiking neurons (Table 7).
    "autosnn-ann": "autosnn: SRB_k5 SRB_k3 SCB_k3 SCB_k5 SRB_k5",
    # The two cells with feedback whose weights SNASNet's authors offer (README of their code: "cnt_mat"). The CIFAR-10
    # one belongs to C = 256 and pooling 4, the CIFAR-100 one to C = 128. Forward cells were only drawn (Fig. 6).
    "snasnet-bw-cifar10": "snasnet: 0303 0030 2002 0200",
    "snasnet-bw-cifar100": "snasnet: 0302 0030 3003 0000",
}
"""Networks by name, as canonical text."""

RANDOM_SEARCH: dict[float, str] = {
    0.0: "autosnn: SCB_k5 SCB_k5 SRB_k5 SCB_k5 SRB_k5",
    -0.08: "autosnn: SRB_k5 SRB_k5 SRB_k3 SCB_k3 SRB_k5",
}
"""What random search with shared weights found, by λ (Table 5)."""

TABLE5_RANDOM: tuple[str, ...] = (
    "autosnn: SCB_k3 SRB_k3 skip skip SRB_k5",
    "autosnn: SRB_k5 skip SCB_k5 SCB_k5 skip",
    "autosnn: SCB_k3 SCB_k5 SRB_k3 SCB_k5 SCB_k5",
    "autosnn: SCB_k5 SCB_k3 skip SCB_k3 SCB_k5",
    "autosnn: SRB_k5 SCB_k3 skip skip SRB_k3",
    "autosnn: SCB_k3 SRB_k5 SRB_k3 SCB_k3 SRB_k3",
    "autosnn: SCB_k5 SCB_k3 SRB_k5 SCB_k3 SCB_k5",
    "autosnn: SCB_k5 skip skip SCB_k5 SRB_k3",
    "autosnn: SCB_k3 SRB_k3 SRB_k3 SCB_k5 SRB_k3",
    "autosnn: skip SRB_k3 skip SRB_k3 SCB_k5",
)
"""The ten random architectures trained from scratch as a baseline (Table 5)."""
