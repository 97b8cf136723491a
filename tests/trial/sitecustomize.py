"""Lets PyPI's torchvision be imported beside a PyTorch that has no CUDA.

Servers of 2.x import it when they start. Its kernels in PyPI's wheels load only with a CUDA build
of PyTorch, which takes 5 GB; without them its import fails where it describes two operators.
Nothing here calls one of these: it is enough that they have a name.
"""

from __future__ import annotations

import sys
from typing import Any


class NamesOfOperators:
    """Declares the operators when torchvision is looked for, and finds no module itself."""

    library: Any = None

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> None:
        """Never finds anything."""
        if name == "torchvision" and cls.library is None:
            import torch

            cls.library = torch.library.Library("torchvision", "DEF")
            for operator in ("nms", "qnms"):
                cls.library.define(
                    f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
                )


sys.meta_path.insert(0, NamesOfOperators)  # type: ignore[arg-type]
