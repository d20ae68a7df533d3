"""The torch side of a search's evaluator: measuring networks, alone or with the weights of a supernet."""
