"""Which words led to new inputs or failures: those of -dict, and those of the code under test."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN = 20
"""So many words are listed without -v."""


class WordCount:
    """How many finds each word had a part in."""

    def __init__(self, given: Iterable[bytes]) -> None:
        """Begin to count; `given` are the words of the user's dictionary."""
        self._given = list(dict.fromkeys(given))
        self._counts: dict[bytes, int] = {}

    def add(self, words: Iterable[bytes]) -> None:
        """Take in the words of one find."""
        for word in dict.fromkeys(words):
            self._counts[word] = self._counts.get(word, 0) + 1

    def listing(self, *, all_of_them: bool) -> str:
        """Return the lines to print; "" if there is nothing to be said of a dictionary.

        The words of the code are only listed with `all_of_them`.
        """
        if not self._given and not (all_of_them and self._counts):
            return ""
        mine = [word for word in self._given if word in self._counts]
        others = [word for word in self._counts if word not in set(self._given)]
        head = f"fuzz: words in what was found: {len(mine)} of {len(self._given)} of -dict"
        lines = [f"{head}, {len(others)} of the code\n"]
        shown = self._sorted(mine)
        if all_of_them:
            shown += self._sorted(others)
        rest = 0 if all_of_them else max(len(shown) - SHOWN, 0)
        for word in shown[: len(shown) - rest]:
            whose = "" if word in set(self._given) else "  code"
            lines.append(f"{self._counts[word]:>7}  {quoted(word)}{whose}\n")
        return "".join(lines) + (f"    and {rest} more, shown with -v\n" if rest else "")

    def _sorted(self, words: Iterable[bytes]) -> list[bytes]:
        return sorted(words, key=lambda word: (-self._counts[word], word))


def quoted(word: bytes) -> str:
    """A word as a dictionary file has it."""
    made = ""
    for byte in word:
        if byte in b'"\\':
            made += "\\" + chr(byte)
        else:
            made += chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}"
    return f'"{made}"'
