"""Checks disk, memory and the loopback network of this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from cli.doctor.check import Check, bad, warn, well
from cli.stack.ports import LOOPBACK, free_port
from videobatch.records import HostReading
from videobatch.telemetry.host import read_host

MB = 10**6
GB = 10**9
SCANT_DISK_BYTES = 2 * GB
LEAST_DISK_BYTES = 200 * MB
SCANT_MEMORY_BYTES = GB


def free_bytes(folder: Path) -> int:
    """The bytes that this user may still write to the folder's file system."""
    return shutil.disk_usage(folder).free


def folder(
    name: str, wanted: Path, setting: str, free: Callable[[Path], int] = free_bytes
) -> Iterator[Check]:
    """Checks that a folder, which need not exist yet, has space and can be written to;
    writes nothing."""
    path = wanted.expanduser().absolute()
    place = nearest(path)
    found = str(path) if place == path else f"{path} (to be made in {place})"
    elsewhere = f"or set {setting} to another folder"
    if not place.is_dir():
        yield bad(name, f"{found}: {place} is not a folder", f"remove it, {elsewhere}")
    elif not os.access(place, os.W_OK | os.X_OK):
        yield bad(name, f"{found}: not writable", f"change its permissions, {elsewhere}")
    else:
        yield _space(name, found, free(place), f"free some space, {elsewhere}")


def nearest(path: Path) -> Path:
    """The path itself, or the nearest one above it that exists."""
    return next(each for each in (path, *path.parents) if os.path.exists(each))  # noqa: PTH110 - no error where it may not look


def _space(name: str, found: str, free: int, hint: str) -> Check:
    text = f"{found}: writable, {size(free)} free"
    if free < LEAST_DISK_BYTES:
        return bad(name, text, hint)
    return warn(name, text, hint) if free < SCANT_DISK_BYTES else well(name, text)


def memory(read: Callable[[], HostReading] = read_host) -> Iterator[Check]:
    """Checks that there is memory for a few videos at once; of the container, if there is one."""
    reading = read()
    available = max(0, reading.memory_limit_bytes - reading.memory_used_bytes)
    found = f"{size(available)} of {size(reading.memory_limit_bytes)} available"
    if available < SCANT_MEMORY_BYTES:
        yield warn("memory", found, "end other programs, or give the container more memory")
    else:
        yield well("memory", found)


def loopback(bind: Callable[[int | None], int] = free_port) -> Iterator[Check]:
    """Checks that a server could listen on this machine's own network."""
    try:
        bind(None)
    except OSError as error:
        hint = "bring the loopback interface up, or allow this sandbox to use it"
        yield bad("loopback", f"{LOOPBACK} cannot be bound: {error.strerror or error}", hint)
    else:
        yield well("loopback", f"{LOOPBACK} can be bound")


def size(count: int) -> str:
    """Bytes for a reader: `7.9 GB`, `120 MB`."""
    return f"{count / GB:.1f} GB" if count >= GB else f"{count / MB:.0f} MB"
