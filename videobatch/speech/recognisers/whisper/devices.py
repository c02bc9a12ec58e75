"""The device that a model runs on: a GPU where there is one with room for it, else the CPU."""

from __future__ import annotations

import importlib
import logging
import os
import subprocess
from dataclasses import dataclass
from typing import Protocol

log = logging.getLogger(__name__)

NAMES = ("auto", "cpu", "cuda")
MIB = 1 << 20
# Beside the weights, CUDA's own context and what is worked on; an estimate, on the safe side.
OWN_BYTES = 700 * MIB
WEIGHTS_FACTOR = 1.5
PATIENCE_S = 20


@dataclass(frozen=True, slots=True)
class Device:
    """A place where a model runs, and the numbers that it computes with."""

    name: str
    compute_type: str


# Half the memory and half the time of float32 on a CPU, for as good words.
CPU = Device("cpu", "int8")
GPU = Device("cuda", "float16")


class Runtime(Protocol):
    """The GPUs of this machine, as the process sees them."""

    def gpus(self) -> int:
        """The number of those that CTranslate2 can use."""

    def free_bytes(self) -> int | None:
        """The free memory of the first; None where it cannot be told."""


class Cuda:
    """The GPUs that CTranslate2 and NVIDIA's driver tell."""

    def gpus(self) -> int:
        """Their number; none where the runtime is not there."""
        try:
            return int(importlib.import_module("ctranslate2").get_cuda_device_count())
        except (ImportError, RuntimeError, ValueError) as error:
            log.debug("no GPU can be asked for: %s", error)
            return 0

    def free_bytes(self) -> int | None:
        """The free memory of the first GPU, as `nvidia-smi` tells it, which comes with each
        driver."""
        first = os.environ.get("CUDA_VISIBLE_DEVICES", "0").partition(",")[0].strip() or "0"
        query = ["nvidia-smi", f"--id={first}", "--query-gpu=memory.free"]
        try:
            found = subprocess.run(
                [*query, "--format=csv,noheader,nounits"],
                capture_output=True,
                text=True,
                check=True,
                timeout=PATIENCE_S,
            )
            return int(found.stdout.split()[0]) * MIB
        except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
            log.debug("the memory of the GPU cannot be read: %s", error)
            return None


def choose_device(wanted: str, runtime: Runtime, weights_bytes: int) -> Device:
    """The GPU where it is `wanted` (or `auto`), there, and has room for weights of that size; else
    the CPU. Says aloud why it is the CPU where a GPU was wanted or is there."""
    if wanted == "cpu":
        return CPU
    if not runtime.gpus():
        if wanted == "cuda":
            log.warning("there is no GPU that can be used: speech is recognised on the CPU")
        return CPU
    need_bytes = int(weights_bytes * WEIGHTS_FACTOR) + OWN_BYTES
    free_bytes = runtime.free_bytes()
    if free_bytes is None:
        log.info("speech is recognised on the GPU; how much of its memory is free is not known")
    elif free_bytes < need_bytes:
        log.warning(
            "the GPU has %d MB free and the model needs about %d: speech is recognised on the CPU",
            free_bytes / MIB,
            need_bytes / MIB,
        )
        return CPU
    return GPU
