"""AutoSNN's tables and figures (Na et al., ICML 2022)."""
