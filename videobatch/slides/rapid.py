"""Reads pictures with RapidOCR, whose wheel holds PP-OCRv6 models for Chinese and English."""

from __future__ import annotations

import importlib
import os
import threading
import time
from pathlib import Path
from typing import Any

from videobatch.errors import UNREADABLE_PICTURE, PermanentError, SettingsError
from videobatch.forks import let_forks_end
from videobatch.records import Box, Page, SlideLine
from videobatch.slides.installed import INSTALL

DETECTION, RECOGNITION = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
# Lines are found on a picture of this size, and read on the whole one.
DETECTION_PX = 960
# A picture of 8K, and no larger one: a small file may claim to be as large as the memory.
MOST_PIXELS = ("OPENCV_IO_MAX_IMAGE_PIXELS", str(1 << 25))


class RapidSlideReader:
    """Reads the lines of a picture on the thread that asks, for any number of threads; never
    downloads.

    The models are loaded at the first picture and kept, once for all threads: the runtime's
    sessions may be run by several, and nothing that RapidOCR keeps changes from call to call. A
    reader that was used is of no use in a forked child: each process makes its own.
    """

    name = "rapidocr"
    model = "PP-OCRv6 small"
    # `python -m benchmarks slides`: the models, and one still.
    takes_mib = 450

    def __init__(self) -> None:
        self._engine: Any = None
        self._lock = threading.Lock()
        let_forks_end()

    def read(self, jpeg: bytes) -> Page:
        """The lines of the picture. Raises PermanentError where it cannot be decoded or takes more
        memory than there is, SettingsError where the extra is not whole. Safe to repeat."""
        engine = self._loaded()
        cv2, numpy = importlib.import_module("cv2"), importlib.import_module("numpy")
        try:
            picture = cv2.imdecode(numpy.frombuffer(jpeg, dtype=numpy.uint8), cv2.IMREAD_COLOR)
            if picture is None:
                raise ValueError("it is no JPEG")
            found = engine(picture)
        except Exception as error:
            # The runtime's own errors share no base class.
            raise PermanentError(
                f"a picture cannot be read: {_first_line(error)}", code=UNREADABLE_PICTURE
            ) from error
        height, width = picture.shape[:2]
        boxes, texts, scores = found.boxes, found.txts, found.scores
        if boxes is None or texts is None or scores is None:
            return Page(width, height, ())
        return Page(width, height, tuple(map(_line, boxes, texts, scores)))

    def cpu_s(self) -> float:
        """The calling thread's own: no other one takes part."""
        return time.thread_time()

    def _loaded(self) -> Any:
        with self._lock:
            if self._engine is None:
                self._engine = _engine()
            return self._engine


def _engine() -> Any:
    os.environ.setdefault(*MOST_PIXELS)
    try:
        importlib.import_module("cv2").setNumThreads(1)
        module = importlib.import_module("rapidocr")
        models = Path(str(module.__file__)).parent / "models"
        return module.RapidOCR(params=_parameters(models))
    except Exception as error:
        raise SettingsError(
            f"the reader of slides cannot be loaded: {_first_line(error)}", hint=INSTALL
        ) from error


def _parameters(models: Path) -> dict[str, object]:
    """One thread, no download: a model that is not in its place is an error."""
    paths = {"Det.model_path": models / DETECTION, "Rec.model_path": models / RECOGNITION}
    for path in paths.values():
        if not path.is_file():
            raise FileNotFoundError(f"there is no {path}")
    return {
        "Global.log_level": "critical",
        # Stills are upright, and the class model would cost as much again.
        "Global.use_cls": False,
        "Det.limit_type": "max",
        "Det.limit_side_len": DETECTION_PX,
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        **{name: str(path) for name, path in paths.items()},
    }


def _line(corners: Any, text: str, score: float) -> SlideLine:
    across, down = [float(x) for x, _ in corners], [float(y) for _, y in corners]
    box = Box(*(round(x, 1) for x in (min(across), min(down), max(across), max(down))))
    return SlideLine(str(text), box, round(float(score), 3))


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
