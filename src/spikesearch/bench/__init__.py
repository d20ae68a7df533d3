"""Which strategy and which score to trust: measured on tables of trained networks."""
