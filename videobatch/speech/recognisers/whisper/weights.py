"""The weights of a model, loaded once in a process, and never used in a fork of it."""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import sys
import threading
import weakref
from pathlib import Path
from typing import Any

import numpy as np

from videobatch.errors import SettingsError
from videobatch.forks import let_forks_end
from videobatch.speech.recognisers.whisper.characters import WholeCharacters
from videobatch.speech.recognisers.whisper.devices import CPU, Cuda, Device, Runtime, choose_device

log = logging.getLogger(__name__)

NEEDED = ("model.bin", "config.json", "tokenizer.json")
INSTALL = 'install it: .venv/bin/pip install "faster-whisper>=1.2,<2"'
DOWNLOAD = (
    "put a model converted for faster-whisper there (model.bin, config.json, tokenizer.json and "
    "the vocabulary), for instance a download of the repository Systran/faster-whisper-small"
)


class Weights:
    """The model in `folder`, loaded at its first use in a process; threads share it, and `workers`
    of them are served at once.

    A fork inherits the model without the threads that work for it, and waits for them for ever, at
    its end, too (`forks`). So a child forgets what it inherited, and loads its own.
    """

    def __init__(self, folder: Path, device: str, workers: int, runtime: Runtime) -> None:
        """Raises SettingsError if the folder does not hold a model."""
        check_folder(folder)
        self.folder = folder
        self._wanted, self._workers, self._runtime = device, workers, runtime
        self._model: Any = None
        self._lock = threading.Lock()
        own = weakref.WeakMethod(self._forget)
        os.register_at_fork(after_in_child=lambda: (forget := own()) and forget())
        let_forks_end()

    def get(self) -> Any:
        """The `faster_whisper.WhisperModel`. Raises SettingsError if faster-whisper is not
        installed or cannot load it."""
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _load(self) -> Any:
        try:
            module = importlib.import_module("faster_whisper")
        except ImportError as error:
            raise SettingsError("faster-whisper is not installed", hint=INSTALL) from error
        need_bytes = (self.folder / "model.bin").stat().st_size
        chosen = choose_device(self._wanted, self._runtime, need_bytes)
        try:
            model = self._load_on(module, chosen)
        except (RuntimeError, ValueError, OSError) as error:
            if chosen == CPU:
                raise self._unusable(error) from error
            log.warning("the GPU cannot be used (%s): speech is recognised on the CPU", error)
            try:
                model = self._load_on(module, CPU)
            except (RuntimeError, ValueError, OSError) as again:
                raise self._unusable(again) from again
        model.encode = EncodedOnce(model.encode)
        model.find_alignment = WholeCharacters(model.find_alignment)
        return model

    def _load_on(self, module: Any, device: Device) -> Any:
        return module.WhisperModel(
            str(self.folder),
            device=device.name,
            compute_type=device.compute_type,
            # More threads take more CPU for the same words: the processes are many.
            cpu_threads=1,
            num_workers=self._workers,
            local_files_only=True,
        )

    def _unusable(self, error: Exception) -> SettingsError:
        return SettingsError(f"the model in {self.folder} cannot be loaded: {error}", hint=DOWNLOAD)

    def _forget(self) -> None:
        """Leaves what was inherited alone in a new child: to free it would wait as well."""
        self._lock = threading.Lock()
        _keep_for_ever(self._model)
        self._model = None
        voices = sys.modules.get("faster_whisper.vad")
        if voices is not None and voices.get_vad_model.cache_info().currsize:
            _keep_for_ever(voices.get_vad_model())
            voices.get_vad_model.cache_clear()


_here: weakref.WeakValueDictionary[tuple[Path, str, int], Weights] = weakref.WeakValueDictionary()


def weights_of(folder: Path, device: str, workers: int) -> Weights:
    """The weights of the folder: the same for all that use them at the same time, whatever language
    they hear, and gone with the last of them. Raises SettingsError if it does not hold a model."""
    key = (folder.resolve(), device, workers)
    return _here.get(key) or _here.setdefault(key, Weights(folder, device, workers, Cuda()))


class EncodedOnce:
    """Encodes features as `encode` does, but does not encode the last ones of a thread again: to
    tell the language of a window and to write down its words take the same."""

    def __init__(self, encode: Any) -> None:
        self._encode = encode
        self._last = threading.local()

    def __call__(self, features: Any) -> Any:
        """The encoder's output. Features that differ in one frame count as equal: faster-whisper
        takes the padding's frame for the one and not for the other."""
        known = getattr(self._last, "features", None)
        if known is None or known.shape != features.shape or _differing(known, features) > 1:
            self._last.output = self._encode(features)
            self._last.features = features
        return self._last.output


def _differing(one: Any, other: Any) -> int:
    """The number of frames that are not the same."""
    return int(np.count_nonzero((one != other).any(axis=0)))


def _keep_for_ever(inherited: object) -> None:
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(inherited))


def check_folder(folder: Path) -> None:
    """Raises SettingsError if the folder does not hold a model."""
    if not folder.is_dir():
        raise SettingsError(f"there is no model folder {folder}", hint=DOWNLOAD)
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        raise SettingsError(f"the model folder {folder} lacks {', '.join(missing)}", hint=DOWNLOAD)
