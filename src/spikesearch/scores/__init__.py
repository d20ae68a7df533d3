"""Training-free scores: numbers of freshly initialised networks that are to predict how well they will train."""
