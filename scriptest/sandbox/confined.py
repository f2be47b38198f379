"""Writes below one folder only, even while a program replaces folders in it by links.

Every write goes through the descriptor of the folder that holds the file. That folder is opened
component by component from the descriptor of the confined folder, without following a link. Links
are resolved before, and again if the walk meets one that has appeared since.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from scriptest.base import files, regular_files
from scriptest.base.errors import CheckFailed
from scriptest.sandbox import descriptors, workdir
from scriptest.sandbox.descriptors import NO_LINK

_RESOLUTIONS = 40
"""How often the links of a path are resolved before it counts as a cycle of links."""

_LINK_MET = (errno.ELOOP, errno.EMLINK, errno.ENOTDIR)
"""Errors for a link that must not be followed; systems differ."""

Done = TypeVar("Done")


class ConfinementError(CheckFailed):
    """A path leads out of the folder, by its name or through a link."""


class ConfinedFolder:
    """A folder in which files are written, and nowhere else.

    Methods take absolute paths, and their names for error messages. They follow links that stay in
    the folder. All raise ConfinementError for a path that leads out, and OSError if the system
    refuses.

    Attributes:
        path: The real path of the folder.
    """

    def __init__(self, path: str, shown: str = "the work folder") -> None:
        """Remember a folder; it is opened when first needed.

        Args:
            path: its real path.
            shown: its name in error messages.
        """
        self.path = path
        self._prefix = path.rstrip(os.sep) + os.sep
        self._shown = shown
        self._descriptor = -1

    def open(self) -> None:
        """Open the folder, if that was not done yet: later it may be moved, and a link be there."""
        if self._descriptor < 0 and descriptors.SUPPORTED:
            self._descriptor = descriptors.open_folder(self.path)

    def close(self) -> None:
        """Close the folder."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    # --- files -------------------------------------------------------------------------------

    def create(self, path: str, name: str) -> int:
        """Create a file, and the folders above it; return a descriptor to write to it.

        Raises:
            FileExistsError: there is something already, perhaps a link.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with self._entry(path, name, create=True) as (folder, base):
            return os.open(base, flags, 0o666, dir_fd=folder)

    def open_to_write(
        self, path: str, name: str, *, new_mode: int = 0o666, append: bool = False
    ) -> int:
        """Open a regular file, created if necessary, and return a descriptor to write to it.

        If the file has other hard links, which may be outside, a new file takes its place.

        Args:
            path: the file.
            name: its name in error messages.
            new_mode: the permissions of a new file, before the umask.
            append: whether its content stays.
        """
        flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else 0)

        def open_at(folder: int | None, base: str) -> int:
            descriptor = regular_files.open_file(base, flags | NO_LINK, new_mode, dir_fd=folder)
            try:
                if _has_no_other_name(descriptor, folder, base):
                    if not append:
                        os.ftruncate(descriptor, 0)
                    return descriptor
                mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
                unshared = _unshare(folder, base, flags, mode, append)
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
            return unshared

        return self._follow(path, name, open_at)

    def replace(self, path: str, name: str, data: bytes) -> None:
        """Write a file so that it appears whole or not at all, and create the folders above it."""
        self.make_folders(os.path.dirname(path), name)

        def replace_at(folder: int | None, base: str) -> None:
            if folder is None:
                files.write_file(base, data)
                return
            mode = None
            with suppress(FileNotFoundError):
                mode = stat.S_IMODE(_status_of_no_link(folder, base).st_mode)
            with _replacement(folder, base, os.O_WRONLY, mode) as descriptor:
                with open(descriptor, "wb", closefd=False) as file:
                    file.write(data)
                os.fsync(descriptor)
            os.close(descriptor)

        self._follow(path, name, replace_at)

    def chmod(self, path: str, name: str, mode: int) -> None:
        """Change the permissions of a file or folder.

        If a file has other hard links, which may be outside, a copy takes its place.
        """

        def change(folder: int | None, base: str) -> None:
            found = _status_of_no_link(folder, base)
            if _is_shared(found):
                os.close(_unshare(folder, base, os.O_WRONLY, mode, True))
            else:
                descriptors.change_mode(base, found, mode, dir_fd=folder)

        self._follow(path, name, change)

    # --- entries of folders ------------------------------------------------------------------

    def make_folders(self, path: str, name: str) -> None:
        """Create a folder and those above it; it may exist already."""
        if os.path.normpath(path) == self.path:
            return
        with self._entry(path, name, create=True) as (folder, base):
            try:
                os.mkdir(base, dir_fd=folder)
            except FileExistsError:
                found = os.stat(base, dir_fd=folder, follow_symlinks=False)
                if not (stat.S_ISDIR(found.st_mode) or os.path.isdir(self._real(path, name))):
                    raise

    def rename(self, source: str, target: str, names: tuple[str, str]) -> None:
        """Move a file, a folder or a link; replace a file or a link that is there."""
        with (
            self._entry(source, names[0]) as (from_folder, from_base),
            self._entry(target, names[1]) as (to_folder, to_base),
        ):
            os.replace(from_base, to_base, src_dir_fd=from_folder, dst_dir_fd=to_folder)

    def remove(self, path: str, name: str) -> None:
        """Remove a file, a link, or a folder with all it holds; nothing may be there."""
        with self._entry(path, name) as (folder, base):
            workdir.remove_tree(base, dir_fd=folder)

    def symlink(self, target: str, path: str, name: str) -> None:
        """Create a link to anything; only the link itself must be in the folder."""
        with self._entry(path, name) as (folder, base):
            os.symlink(target, base, dir_fd=folder)

    # --- paths -------------------------------------------------------------------------------

    def check(self, path: str, name: str) -> str:
        """Return the normal form of a path, which is in the folder at this moment.

        Raises:
            ConfinementError: it is not, by its name or through a link.
        """
        normal = os.path.normpath(path)
        if not workdir.inside(self.path, normal):
            raise self._outside(name)
        self._real(path, name)
        return normal

    @contextmanager
    def _entry(
        self, path: str, name: str, *, create: bool = False
    ) -> Iterator[tuple[int | None, str]]:
        """Yield the place of a folder's entry, which may be a link, as `os.open` takes it.

        Args:
            path: the path of the entry.
            name: its name in error messages.
            create: whether to create the folder if it does not exist.
        """
        parent, base = os.path.split(os.path.normpath(path))
        folder, prefix = self._resolve(parent, name, lambda real: self._open_folder(real, create))
        try:
            yield folder, prefix + base
        finally:
            self._release(folder)

    def _follow(self, path: str, name: str, act: Callable[[int | None, str], Done]) -> Done:
        """Call a function with the place that a path leads to, as `os.open` takes it.

        Args:
            path: the path, whose links are followed.
            name: its name in error messages.
            act: the function; it fails with ELOOP for a link.
        """

        def attempt(real: str) -> Done:
            parent, base = (real, ".") if real == self.path else os.path.split(real)
            folder, prefix = self._open_folder(parent, create=False)
            try:
                return act(folder, prefix + base)
            finally:
                self._release(folder)

        return self._resolve(path, name, attempt)

    def _resolve(self, path: str, name: str, attempt: Callable[[str], Done]) -> Done:
        """Call a function with a path in which there is no link.

        The function fails for a path with a link, with an error of `_LINK_MET`. It is tried with
        the path as it is first, which seldom has one.
        """
        wanted = os.path.normpath(path)
        if not workdir.inside(self.path, wanted):
            raise self._outside(name)
        if not descriptors.SUPPORTED:
            return attempt(self._real(path, name))
        for _ in range(_RESOLUTIONS):
            try:
                return attempt(wanted)
            except OSError as error:
                if error.errno not in _LINK_MET:
                    raise
                failure = error
            wanted = self._real(path, name)
        raise failure

    def _outside(self, name: str) -> ConfinementError:
        return ConfinementError(f"`{name}` is outside {self._shown}")

    def _real(self, path: str, name: str) -> str:
        real = os.path.realpath(os.path.normpath(path))
        if not workdir.inside(self.path, real):
            raise ConfinementError(f"`{name}` leads out of {self._shown} through a link to {real}")
        return real

    def _open_folder(self, path: str, create: bool) -> tuple[int | None, str]:
        """Open a folder without following links.

        Returns:
            Its descriptor, and the prefix of paths relative to it, which is empty. Where the system
            does not support that: None, and the prefix of absolute paths.
        """
        if not descriptors.SUPPORTED:
            if create:
                os.makedirs(path, exist_ok=True)
            return None, path + os.sep
        self.open()
        folder = self._descriptor
        for part in path[len(self._prefix) :].split(os.sep) if path != self.path else ():
            try:
                below = _open_below(folder, part, create)
            finally:
                self._release(folder)
            folder = below
        return folder, ""

    def _release(self, folder: int | None) -> None:
        if folder is not None and folder != self._descriptor:
            os.close(folder)


def _open_below(folder: int, name: str, create: bool) -> int:
    try:
        return descriptors.open_folder(name, dir_fd=folder)
    except FileNotFoundError:
        if not create:
            raise
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=folder)
    return descriptors.open_folder(name, dir_fd=folder)


def _status_of_no_link(folder: int | None, base: str) -> os.stat_result:
    """Return the status of a file or folder; fail for a link, which is then followed."""
    found = os.stat(base, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), base)
    return found


def _has_no_other_name(descriptor: int, folder: int | None, base: str) -> bool:
    """Return whether an open file was, at one moment, nowhere but in the folder it is opened in.

    The number of its hard links does not say so alone: one in the folder may just have been
    removed, so that the last one is outside.
    """
    if not descriptors.SUPPORTED:
        return True
    found = os.stat(base, dir_fd=folder, follow_symlinks=False)
    return os.path.samestat(found, os.fstat(descriptor)) and not _is_shared(found)


def _is_shared(found: os.stat_result) -> bool:
    return descriptors.SUPPORTED and stat.S_ISREG(found.st_mode) and found.st_nlink > 1


def _unshare(folder: int | None, base: str, flags: int, mode: int, copies: bool) -> int:
    """Replace a file by a new one without other hard links.

    Args:
        folder: the descriptor of its folder.
        base: its name there.
        flags: those of `os.open` for the new file.
        mode: the permissions of the new file.
        copies: whether the new file gets the content of the old one.

    Returns:
        A descriptor of the new file.
    """
    with _replacement(folder, base, flags, mode) as descriptor:
        if copies:
            _copy(folder, base, descriptor)
    return descriptor


@contextmanager
def _replacement(folder: int | None, base: str, flags: int, mode: int | None) -> Iterator[int]:
    """Yield a descriptor of a new file, which then takes the place of another and stays open.

    Args:
        folder: the descriptor of the folder.
        base: the name of the other file there.
        flags: those of `os.open` for the new file.
        mode: the permissions of the new file; None for those of any new file.
    """
    temporary = files.temporary_name()
    first_mode = 0o666 if mode is None else 0o600
    descriptor = os.open(temporary, flags | os.O_CREAT | os.O_EXCL, first_mode, dir_fd=folder)
    try:
        yield descriptor
        if mode is not None:
            os.chmod(descriptor, mode)
        os.replace(temporary, base, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.close(descriptor)
        workdir.remove_tree(temporary, dir_fd=folder)
        raise


def _copy(folder: int | None, base: str, target: int) -> None:
    source = regular_files.open_file(base, os.O_RDONLY | NO_LINK, dir_fd=folder)
    try:
        with open(target, "wb", closefd=False) as file:
            file.writelines(regular_files.chunks(source))
    finally:
        os.close(source)
