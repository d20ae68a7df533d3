"""`python -m spikesearch` is the command `spikesearch`."""

from spikesearch.cli.main import main

if __name__ == "__main__":
    main()
