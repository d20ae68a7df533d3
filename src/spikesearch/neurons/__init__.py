"""Spiking neurons: the pure step, surrogate gradients, and the multi-step layer with its fused fast path."""
