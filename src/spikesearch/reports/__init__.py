"""What a run found, as figures and one HTML page."""
