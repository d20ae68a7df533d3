"""Several processes at work on one run: training together under torchrun, and networks side by side."""
