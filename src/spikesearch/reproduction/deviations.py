"""In what each scale differs from its paper, sentence by sentence; each paper has its own."""

from spikesearch.reproduction.scale import Deviation

_DIGITS = Deviation(
    "The images are the 8x8 handwritten digits of scikit-learn, a few of them: no figure means anything here.",
    ("data",),
)
_REENCODED = Deviation(
    "CIFAR-10 may be one that was encoded anew by its distributor; the committed results are of such a copy (JPEG).",
    ("data",),
)
_FOLDED = Deviation(
    "BatchNorm takes its statistics over all timesteps and images of a batch; the authors' code over each timestep.",
    ("network",),
)

# What AutoSNN's authors did and is done otherwise here, at every scale.
_AUTOSNN = (
    Deviation(
        "D_val is a stratified part of the training set that the run records, and candidates are evaluated on images "
        "as they are; the authors' code takes the last 20% in file order and evaluates with random crops and flips.",
        ("supernet",),
    ),
    Deviation(
        "Each trained network is tested once, after its last epoch, on images as they are; the authors' code tests "
        "after each epoch and reports the best one.",
        ("testing",),
    ),
)
_LOOKED_UP = Deviation(
    "The whole space is measured once with the supernet's weights; searches look their candidates up there, which "
    "gives what searching one by one would give.",
    ("lookup",),
)

_ONE_EPOCH = Deviation(
    "Networks have C = 2 and T = 2 and a threshold of 0.2, and are trained for one epoch of about 48 images.",
    ("network", "training", "epochs"),
)

AUTOSNN_SMOKE = (
    _DIGITS,
    _ONE_EPOCH,
    Deviation("Two blocks are searched: skip and SRB_k3.", ("supernet",)),
    _FOLDED,
    *_AUTOSNN,
)

AUTOSNN_SMALL = (
    Deviation(
        "C = 8 and T = 4, where the paper has 16 and 8 (timesteps are named where they differ); bfloat16 with "
        "float32 membranes.",
        ("network",),
    ),
    Deviation(
        "Networks are trained for 3 epochs of 40,000 images, batch 64; the paper trains for 600, batch 96.",
        ("epochs",),
    ),
    Deviation(
        "The learning rate falls from 3e-3 as a cosine, without cutout; the paper's is 1e-3 throughout, with "
        "cutout 16.",
        ("training",),
    ),
    Deviation(
        "The supernet is trained for 12 epochs of 40,000 images, batch 64, learning rate from 3e-3 as a "
        "cosine; the paper's for 600, batch 96, with 1e-3.",
        ("supernet",),
    ),
    _LOOKED_UP,
    Deviation("A search measures candidates on 1,000 images of D_val; the paper on all 10,000.", ("supernet",)),
    _REENCODED,
    _FOLDED,
    *_AUTOSNN,
)

AUTOSNN_PAPER = (_LOOKED_UP, _REENCODED, *_AUTOSNN)

# The same of SNASNet. Its authors train for the epochs planned and choose no epoch, as is done here.
_SAHD = (
    Deviation(
        "SAHD is normalised as in the authors' code (0.5 d / (N (r_i (1 - r_j) + (1 - r_i) r_j) + 0.001), mean over "
        "layers and timesteps); Equation 9 has neither the N and the 0.001 nor the mean.",
        ("scores",),
    ),
)
_CHARGED = Deviation(
    "Each of the two batches of a score has weights of its own here, and neurons at rest; in the authors' code one "
    "network scores both, and the second batch starts with the membranes that the first one left.",
    ("scores",),
)

SNASNET_SMOKE = (_DIGITS, _ONE_EPOCH, Deviation("A search draws 4 cells.", ("scores",)), _FOLDED, *_SAHD)

SNASNET_SMALL = (
    Deviation(
        "C = 8 and 256 hidden neurons, where the paper has 256 and 1,024; bfloat16 with float32 membranes.",
        ("network",),
    ),
    Deviation(
        "Networks are trained for 4 epochs of 5,000 images with Adam (batch 32, cosine from 3e-3, no weight "
        "decay), which learns sooner than SGD; the paper trains for 300 epochs of 50,000 with SGD.",
        ("training", "epochs"),
    ),
    Deviation(
        "A search draws 100 cells, scored at C = 8 with one batch of 64 images; the paper draws 5,000 and the "
        "authors' code scores with two batches of 256.",
        ("scores",),
    ),
    Deviation("CIFAR-100 and Tiny-ImageNet, also in the paper, are not measured.", ("sets",)),
    Deviation("Measured on CIFAR-10; the paper takes CIFAR-100 here.", ("ablation",)),
    Deviation(
        "Fully connected weights start with a deviation of 0.1 instead of 0.01, which is made for wider networks.",
        ("network",),
    ),
    _REENCODED,
    _FOLDED,
    *_SAHD,
)

SNASNET_PAPER = (
    Deviation(
        "Tiny-ImageNet is tested on its 10,000 official validation images; the paper names 2,500 test images.",
        ("sets",),
    ),
    _REENCODED,
    *_SAHD,
    _CHARGED,
)
