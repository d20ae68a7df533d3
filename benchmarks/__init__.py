"""Measurements of spikesearch against its peers and against the limits of the hardware: `python -m benchmarks NAME`."""
