"""What people use today, written on public libraries in the way their users write.

All peers are the supernet of AutoSNN's SNN_1 (Na et al., ICML 2022, Fig. 7): stem – slot 1 – max pool – slots 2, 3 –
max pool – slots 4, 5 – max pool – FC – voting over ten neurons a class, and share the names of their weights, so that
they can be checked against each other.
"""
