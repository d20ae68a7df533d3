"""One training loop for supernets and single networks, its options, losses and files."""
