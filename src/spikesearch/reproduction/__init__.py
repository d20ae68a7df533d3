"""The tables and figures of the two papers, measured again and put beside the papers' numbers."""
