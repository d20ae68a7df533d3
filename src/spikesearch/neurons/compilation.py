"""A pure kernel that is compiled on first use, and replaced by its eager form for good where nothing can compile."""

import types
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

# Fewer positions than this run eagerly, which takes about a millisecond: up to 4096 the compiler would make another
# kernel with a plain sum, and yet others for 0 and 1.
_FEWEST_COMPILED = 4097

_compiler = {"works": True}


class CompiledKernel:
    """A pure function of tensors [..., M] and of no dimension, compiled once for each type and device, for any M.

    The first failure to compile in a process (no C++ compiler, no Triton) warns once and makes every later call eager:
    a missing compiler costs speed, never a result. An error that the eager form raises too passes through.

    Args:
        function: what is compiled; what it closes over is constant.
        eager: the same function in the form that is fast without a compiler.
        name: how profiles and the compiler's logs call it.
        options: of the compiler.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        eager: Callable[..., Any],
        name: str,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.eager = eager
        self._options = options
        # The compiler keeps its results, and the limit on their number, by code object: all closures of one `def`
        # would share it, and the ninth rule would run eagerly.
        code = function.__code__.replace(co_name=name)
        self._function = types.FunctionType(
            code, function.__globals__, name, function.__defaults__, function.__closure__
        )
        self._compiled: Callable[..., Any] | None = None

    def __call__(self, *tensors: Tensor) -> Any:
        """The function's result."""
        if not _compiler["works"] or tensors[0].shape[-1] < _FEWEST_COMPILED:
            return self.eager(*tensors)
        try:
            if self._compiled is None:
                self._compiled = torch.compile(self._function, options=self._options)
            for tensor in tensors:
                if tensor.dim():
                    torch._dynamo.maybe_mark_dynamic(tensor, tensor.dim() - 1)
            return self._compiled(*tensors)
        except torch.OutOfMemoryError:
            raise
        except Exception as error:
            result = self.eager(*tensors)  # raises itself if the compiler was not to blame
            _compiler["works"] = False
            reason = (str(error).strip() or "no reason given").splitlines()[0]
            warnings.warn(
                f"neuron kernels run uncompiled, some times slower, because compiling failed: "
                f"{type(error).__name__}: {reason} (cure: install a C++ compiler such as g++, or turn compiling off)",
                stacklevel=2,
            )
            return result
