"""SNASNet's tables and figures (Kim et al., ECCV 2022)."""
