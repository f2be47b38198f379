"""Reads and writes txtar archives: a comment and named files in one text file.

Contents are bytes and are never changed. As in Go's internal/txtar there are no syntax errors, and
a missing newline at the end of the archive is added to the last file. The archive records that it
was missing, and every file keeps its marker line as written, so that formatting an unchanged
archive gives the same bytes.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_START = b"-- "
_END = b" --"
# The characters that Go's strings.TrimSpace removes; str.strip() removes more.
_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


class File:
    """One file of an archive.

    Attributes:
        name: The text between the dashes, UTF-8 decoded with surrogateescape.
        data: The content, exactly as stored (CRLF line ends are kept).
        line: 1-based line of the marker in the archive; 0 for a file that was not parsed.
        marker: The marker line as parsed, line end included; empty for a file that was not
            parsed. `format_archive` writes it if it still contains `name`.
    """

    __slots__ = ("data", "line", "marker", "name")

    def __init__(self, name: str, data: bytes, line: int = 0, marker: bytes = b"") -> None:
        self.name = name
        self.data = data
        self.line = line
        self.marker = marker

    def __repr__(self) -> str:
        return f"File({self.name!r}, {self.data!r}, {self.line})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, File):
            return NotImplemented
        return (self.name, self.data) == (other.name, other.data)

    def __hash__(self) -> int:
        return hash((self.name, self.data))


class Archive:
    """A comment (the script) and files.

    Two archives are equal if their comments and the names and contents of their files are equal.

    Attributes:
        comment: The text before the first marker line.
        files: The files in order; a name may occur twice.
        final_newline: False if the parsed bytes lacked the final newline.
    """

    __slots__ = ("comment", "files", "final_newline")

    def __init__(self, comment: bytes, files: tuple[File, ...], final_newline: bool = True) -> None:
        self.comment = comment
        self.files = files
        self.final_newline = final_newline

    def __repr__(self) -> str:
        return f"Archive({self.comment!r}, {self.files!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Archive):
            return NotImplemented
        return (self.comment, self.files) == (other.comment, other.files)

    def __hash__(self) -> int:
        return hash((self.comment, self.files))


def parse(data: bytes) -> Archive:
    """Parse an archive; this never fails (Go: txtar.Parse).

    A marker line may end in CRLF, as in rogpeppe/go-internal but not in Go's own package.
    """
    markers = list(_markers(data))
    comment = data[: markers[0][0]] if markers else data
    files: list[File] = []
    line, counted = 1, 0
    for index, (start, end, name) in enumerate(markers):
        line += data.count(b"\n", counted, start)
        counted = start
        limit = markers[index + 1][0] if index + 1 < len(markers) else len(data)
        files.append(File(name, data[end:limit], line, data[start:end]))
    complete = not data or data.endswith(b"\n")
    if not complete:
        if not files:
            comment += b"\n"
        elif files[-1].data:
            files[-1].data += b"\n"
    return Archive(comment, tuple(files), complete)


def format_archive(archive: Archive) -> bytes:
    """Format an archive; a missing final newline of a part is added (Go: txtar.Format).

    Raises:
        ValueError: A part would not survive parsing: a name that is empty or has a line end or
            outer white space, or a comment or content with a marker line.
    """
    _check_content("the comment", archive.comment)
    parts = [_with_newline(archive.comment)]
    for file in archive.files:
        _check_content(f"file {file.name!r}", file.data)
        parts.append(_format_marker(file) + _with_newline(file.data))
    if not archive.final_newline:
        parts[-1] = _without_newline(parts[-1])
    return b"".join(parts)


def needs_quote(data: bytes) -> bool:
    """Report whether `data` contains a marker line, so that an archive cannot hold it verbatim."""
    return next(_markers(data), None) is not None


def quote(data: bytes) -> bytes:
    r"""Put `>` before every line, so that no line is a marker (rogpeppe/go-internal: Quote).

    Raises:
        ValueError: `data` is not empty and lacks the final newline, which cannot be stored.
    """
    if not data:
        return b""
    if not data.endswith(b"\n"):
        raise ValueError("data to quote has no final newline")
    return b">" + data[:-1].replace(b"\n", b"\n>") + b"\n"


def unquote(data: bytes) -> bytes:
    """Remove the `>` at the start of every line: the inverse of `quote`.

    A line that is empty may lack the `>`.

    Raises:
        ValueError: `data` is not quoted: it does not start with `>`, a line has no `>`, or the
            final newline is missing.
    """
    if not data:
        return b""
    if not data.startswith(b">"):
        raise ValueError("data is not quoted: it does not start with >")
    if not data.endswith(b"\n"):
        raise ValueError("data is not quoted: it has no final newline")
    lines = data[:-1].split(b"\n")
    for number, line in enumerate(lines, 1):
        if line and not line.startswith(b">"):
            raise ValueError(f"data is not quoted: line {number} does not start with >")
    return b"".join(line[1:] + b"\n" for line in lines)


def _markers(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, name) of every marker line; `end` is after its line end."""
    start = 0 if data.startswith(_START) else data.find(b"\n" + _START) + 1
    if start == 0 and not data.startswith(_START):
        return
    while True:
        end = data.find(b"\n", start) + 1 or len(data)
        name = _marker_name(data[start:end])
        if name:
            yield start, end, name
        start = data.find(b"\n" + _START, end - 1) + 1
        if start == 0:
            return


def _marker_name(line: bytes) -> str:
    """Return the name in a marker line, or an empty string for any other line."""
    line = line.removesuffix(b"\n").removesuffix(b"\r")
    if not line.startswith(_START) or not line.endswith(_END):
        return ""
    # `-- --` starts and ends with the same blank, so its name is empty.
    return line[3:-3].decode("utf-8", "surrogateescape").strip(_SPACE)


def _format_marker(file: File) -> bytes:
    """Return the marker line: as parsed if it still contains the name, else in the plain form."""
    if file.marker and _marker_name(file.marker) == file.name:
        return _with_newline(file.marker)
    line = b"-- " + file.name.encode("utf-8", "surrogateescape") + b" --\n"
    if b"\n" in line[:-1] or not file.name or _marker_name(line) != file.name:
        raise ValueError(f"txtar cannot store the file name {file.name!r}")
    return line


def _check_content(what: str, data: bytes) -> None:
    if needs_quote(data):
        raise ValueError(f"{what} contains a txtar marker line: quote it first")


def _with_newline(data: bytes) -> bytes:
    return data if not data or data.endswith(b"\n") else data + b"\n"


def _without_newline(part: bytes) -> bytes:
    """Remove the final newline where parsing would add it again."""
    if len(part) > 1 and part.endswith(b"\n") and not part.endswith(b"\n\n"):
        return part[:-1]
    return part
