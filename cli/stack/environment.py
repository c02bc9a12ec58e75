"""The settings and commands that a stack is made from, by whose hashes a change is noticed."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.stack.options import StackOptions
from cli.stack.programs import Program

FINGERPRINT_SECRET = "fingerprint"  # noqa: S105 - the name of the file that holds it
WATCHED_PREFIXES = ("VIDEOBATCH_", "OPENAI_", "GEMINI_")
SETTINGS_FILES = (".env", "videobatch.toml")
# Set for each call or for a set-up, or by the stack itself: no reason to start the workers again.
IGNORED_PREFIXES = (
    "VIDEOBATCH_SUBMIT_",
    "VIDEOBATCH_STACK",
    "VIDEOBATCH_HOME",
    "VIDEOBATCH_SPEECH__SOCKET",
    "VIDEOBATCH_SETUP_",
)
# Would open Flower's control requests to any page that the browser shows.
FORBIDDEN = frozenset({"FLOWER_UNAUTHENTICATED_API"})


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Keyed hashes of settings and commands: a change shows, but no value can be read back."""

    settings: Mapping[str, str]
    commands: Mapping[str, str]

    def changed_since(self, then: Fingerprint) -> tuple[str, ...]:
        """The names that are set now and were not, or were set otherwise. A setting that is
        missing now is no change: two terminals must not take turns in restarting the stack."""
        settings = {k for k, v in self.settings.items() if then.settings.get(k) != v}
        commands = {k for k, v in self.commands.items() if then.commands.get(k) != v}
        return tuple(sorted(settings) + sorted(commands))


def stack_fingerprint(options: StackOptions, programs: Iterable[Program]) -> Fingerprint:
    """The fingerprint of the stack that these options would start."""
    key = options.home.secret(FINGERPRINT_SECRET).encode()

    def digest(text: str) -> str:
        return hmac.new(key, text.encode(errors="surrogateescape"), hashlib.sha256).hexdigest()

    watched = {name: value for name, value in options.environment.items() if _watched(name)}
    settings = {name: digest(value) for name, value in watched.items()}
    for name in SETTINGS_FILES:
        with contextlib.suppress(OSError):  # There need not be one.
            text = (options.root / name).read_text(encoding="utf-8", errors="surrogateescape")
            settings[name] = digest(text)
    commands = {each.name: digest("\0".join((str(each.folder), *each.argv))) for each in programs}
    return Fingerprint(settings, commands)


def child_environment(
    environment: Mapping[str, str], redis_url: str, speech_socket: Path
) -> dict[str, str]:
    """The environment of the stack's programs, with the broker and the place of the recogniser,
    and without what is per call."""
    kept = {
        name: value
        for name, value in environment.items()
        if name not in FORBIDDEN and not name.startswith("VIDEOBATCH_SUBMIT_")
    }
    own = {
        "VIDEOBATCH_REDIS_URL": redis_url,
        "VIDEOBATCH_SPEECH__SOCKET": str(speech_socket),
        "PYTHONUNBUFFERED": "1",
    }
    return {**kept, **own}


def _watched(name: str) -> bool:
    return name.startswith(WATCHED_PREFIXES) and not name.startswith(IGNORED_PREFIXES)
