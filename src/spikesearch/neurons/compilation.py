"""A pure kernel that is compiled on first use, and replaced by its eager form for good where nothing can compile."""

import types
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

# Fewer positions than this run eagerly, which takes about a millisecond: up to 4096 the compiler would make another
# kernel with a plain sum, and yet others for 0 and 1.
_FEWEST_COMPILED = 4097

_compiler = {"works": True}


def compiling_works() -> bool:
    """Whether nothing has failed to compile in this process so far."""
    return _compiler["works"]


class CompiledKernel:
    """A pure function of tensors [..., M] and of no dimension, compiled once for each type and device, for any M.

    The first failure to compile in a process (no C++ compiler, no Triton) warns once and makes every later call eager:
    a missing compiler costs speed, never a result. An error that the eager form raises too passes through.

    Args:
        function: what is compiled; what it closes over is constant.
        eager: the same function in the form that is fast without a compiler.
        name: how profiles and the compiler's logs call it.
        options: of the compiler.
        dynamic: the dimensions, counted from the last, -1, whose sizes vary, in every tensor that has them: by default
            M. Other sizes are constants of a kernel.
        fewest: below this size of the first tensor in the first of these dimensions the eager form runs.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        eager: Callable[..., Any],
        name: str,
        options: dict[str, Any] | None = None,
        dynamic: Sequence[int] = (-1,),
        fewest: int = _FEWEST_COMPILED,
    ) -> None:
        self.eager = eager
        self._options = options
        self._dynamic = tuple(dynamic)
        self._fewest = fewest
        # The compiler keeps its results, and the limit on their number, by code object: all closures of one `def`
        # would share it, and the ninth rule would run eagerly.
        code = function.__code__.replace(co_name=name)
        self._function = types.FunctionType(
            code, function.__globals__, name, function.__defaults__, function.__closure__
        )
        self._compiled: Callable[..., Any] | None = None

    def __call__(self, *tensors: Tensor) -> Any:
        """The function's result."""
        if not _compiler["works"] or tensors[0].shape[self._dynamic[0]] < self._fewest:
            return self.eager(*tensors)
        try:
            if self._compiled is None:
                self._compiled = torch.compile(self._function, options=self._options)
            for tensor in tensors:
                for dimension in self._dynamic:
                    if tensor.dim() >= -dimension and tensor.shape[dimension] > 1:  # the compiler specialises on 1
                        torch._dynamo.maybe_mark_dynamic(tensor, tensor.dim() + dimension)
            return self._compiled(*tensors)
        except torch.OutOfMemoryError:
            raise
        except Exception as error:
            result = self.eager(*tensors)  # raises itself if the compiler was not to blame
            _compiler["works"] = False
            reason = (str(error).strip() or "no reason given").splitlines()[0]
            warnings.warn(
                f"kernels run uncompiled, some times slower, because compiling failed: "
                f"{type(error).__name__}: {reason} (cure: install a C++ compiler such as g++, or turn compiling off)",
                stacklevel=2,
            )
            return result
