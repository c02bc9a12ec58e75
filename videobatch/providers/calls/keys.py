"""The keys of one account, in rotation, and out of everything that is printed or stored."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from videobatch.errors import SettingsError

log = logging.getLogger(__name__)

HIDDEN = "[key]"
# Shorter ones are placeholders for a server that asks for none; hiding them would garble texts.
LEAST_SECRET = 4


@dataclass(frozen=True, slots=True)
class Key:
    """A key and its place among its fellows, from 1."""

    place: int
    secret: str = field(repr=False)


class KeyRing:
    """Gives the keys in turn; one that the server refuses is left out from then on.

    `variable` is where the keys came from, for messages. No key at all is a ring of one that
    is empty: servers on one's own machine ask for none. Used by many threads; not to be pickled.
    """

    def __init__(
        self,
        secrets: Sequence[str],
        variable: str,
        *,
        on_refused: Callable[[str], None] = lambda message: None,
    ) -> None:
        """`on_refused` is told, in words, of each key that is left out. Raises SettingsError for a
        key that no header can carry."""
        self.variable = variable
        self._on_refused = on_refused
        # A space at the end comes with copying. A key goes into a header, and what rejects it
        # there would show it in the message.
        stripped = [secret.strip() for secret in secrets]
        for place, secret in enumerate(stripped, 1):
            if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
                raise SettingsError(
                    f"key {place} of {len(stripped)} in {variable} is not one",
                    hint=f"check {variable}: a key is one word of letters, digits and signs",
                )
        self._keys = tuple(Key(place, secret) for place, secret in enumerate(stripped, 1)) or (
            Key(1, ""),
        )
        self._left = list(self._keys)
        self._turn = 0
        self._lock = threading.Lock()

    def pick(self) -> Key:
        """The next key. Raises SettingsError when none is left."""
        with self._lock:
            if not self._left:
                raise SettingsError(
                    f"the server accepts no key of {self.variable}",
                    hint=f"check {self.variable}, and that its account may use this model",
                    code="keys_refused",
                )
            self._turn += 1
            return self._left[self._turn % len(self._left)]

    def drop(self, key: Key, status: int) -> None:
        """Takes a refused key out of this process' rotation and says so. Safe to repeat."""
        with self._lock:
            if key not in self._left:
                return
            self._left.remove(key)
            left = len(self._left)
        message = (
            f"key {key.place} of {len(self._keys)} in {self.variable} was refused (HTTP {status}) "
            f"and is no longer used; {left} left"
        )
        log.warning("%s", message)
        self._on_refused(message)

    def redact(self, text: str) -> str:
        """The text without any of the keys, used or not."""
        # The longest first: one key may begin with another.
        for secret in sorted((key.secret for key in self._keys), key=len, reverse=True):
            if len(secret) >= LEAST_SECRET:
                text = text.replace(secret, HIDDEN)
        return text

    def __repr__(self) -> str:
        return f"KeyRing({len(self._left)} of {len(self._keys)} keys of {self.variable})"

    def __reduce__(self) -> str:
        raise TypeError("keys do not leave their process")
