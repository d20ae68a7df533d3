"""What a strategy proposes, generation by generation, and why it ends; the same for all kinds of search."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from spikesearch.architectures.architecture import Architecture
from spikesearch.errors import RunError
from spikesearch.strategies.strategy import Scored, Space, Strategy


class Outcome(StrEnum):
    """Why a search ended."""

    BUDGET_SPENT = "budget spent"
    SPACE_EXHAUSTED = "space exhausted"


class Proposals:
    """The generations of one search.

    Attributes:
        outcome: why it ended, once it has.
    """

    def __init__(self, space: Space, strategy: Strategy, seed: int) -> None:
        self._space = space
        self._strategy = strategy
        self._seed = seed
        self.outcome = Outcome.BUDGET_SPENT

    def after(self, history: Sequence[Scored]) -> Iterator[tuple[int, Sequence[Architecture]]]:
        """(Number, architectures) of each generation that has any; the caller adds their results to `history`.

        Raises:
            RunError: the strategy proposes what it must not.
        """
        for generation in range(self._strategy.rounds):
            proposed = self._strategy.propose(self._space, tuple(history), generation, self._seed)
            if not proposed and self._strategy.draws_again:
                continue
            if not proposed:
                self.outcome = Outcome.SPACE_EXHAUSTED
                return
            _check(self._strategy, proposed, history, self._space)
            yield generation, proposed


def _check(strategy: Strategy, proposed: Sequence[Architecture], history: Sequence[Scored], space: Space) -> None:
    """A user's own strategy may break the promise of `Strategy.propose`; the study would then not replay."""
    seen = {scored.architecture for scored in history}
    for architecture in proposed:
        if architecture not in space:
            raise RunError(
                f"{type(strategy).__name__} proposed {architecture}, which is not in the space or breaks a constraint: "
                "propose what `architecture in space` says yes to"
            )
        if architecture in seen:
            raise RunError(f"{type(strategy).__name__} proposed {architecture} twice: leave out what is in the history")
        seen.add(architecture)
