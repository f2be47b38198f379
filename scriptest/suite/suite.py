"""Finds the scripts of a run and their settings."""

# No annotations from __future__ here: typing would compile each field's of a NamedTuple.

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from scriptest.base.errors import ScriptError, reason_of
from scriptest.base.regular_files import read_file
from scriptest.base.suggest import nearest
from scriptest.config import header
from scriptest.config.config import SETTINGS_FILE, Config, load
from scriptest.config.header import Header
from scriptest.config.yaml_nodes import SettingsError
from scriptest.engine.vocabulary import Vocabulary
from scriptest.language.dialect import Dialect

if TYPE_CHECKING:
    from scriptest.engine.prelude import Prelude
    from scriptest.sandbox.shared import Shared
    from scriptest.sandbox.state import State

SUFFIXES = (".txt", ".txtar")
FOLDER = "testdata/script"
"""The default folder of scripts."""


class SuiteError(Exception):
    """The selection or the configuration is invalid; the message names the fix."""


class Suite:
    """The settings that scripts share.

    Attributes:
        config: The settings.
        vocabulary: The commands and conditions that the scripts can use.
        prelude: The lines and files before those of each script, if there are any.
    """

    __slots__ = ("_functions", "config", "prelude", "vocabulary")

    def __init__(self, config: Config) -> None:
        """Load the Python objects of the settings, and the script of its setup.

        Raises:
            SuiteError: they cannot be loaded.
        """
        self.config = config
        self.prelude = _prelude(config)
        self._functions: dict[str, Callable[..., object]] = {}
        hooks = (config.setup, config.suite_setup, config.suite_teardown)
        if not (config.commands or config.conditions or any(hooks)):
            self.vocabulary = Vocabulary()
            return
        from scriptest.engine import extensions

        try:
            self.vocabulary = extensions.vocabulary(config)
            if config.setup is not None:
                self._functions["setup"] = extensions.setup_function(config.setup, config)
            for role, found in zip(("suite_setup", "suite_teardown"), hooks[1:], strict=True):
                if found is not None:
                    shared = extensions.SHARED
                    self._functions[role] = extensions.function(found, config, shared)
        except SettingsError as error:
            raise SuiteError(str(error)) from error

    def call(self, role: str, argument: "State | Shared") -> None:
        """Call the function for `setup`, `suite_setup` or `suite_teardown`, if there is one.

        Raises:
            ScriptError: the setup of a script failed.
            Skip: the setup of a script skips it.
            SuiteError: the setup or teardown of the suite failed.
        """
        if role in self._functions:
            try:
                self._functions[role](argument)
            except ScriptError as error:
                if role == "setup":
                    raise
                raise SuiteError(str(error)) from error


def _prelude(config: Config) -> "Prelude | None":
    if config.prelude is None:
        return None
    from scriptest.engine.prelude import load as load_prelude

    try:
        return load_prelude(config.prelude, config)
    except SettingsError as error:
        raise SuiteError(str(error)) from error


class Selected(NamedTuple):
    """A script to run."""

    file: str
    """The path as the user would type it, for locations in messages."""
    path: str
    suite: Suite | None = None
    """None without any settings."""
    header: Header = header.DEFAULT
    row: Mapping[str, str] = {}
    """The values of a variant of a matrix."""
    id: str = ""
    """The id of the variant: `docker` in `x.txt[docker]`."""
    until: int = 0
    """The script ends after the section with this line; 0 to run all of it."""
    env: Mapping[str, str] = {}
    """Variables added by the caller, such as those of `-e`."""
    fixtures: Mapping[str, object] | None = None
    """The fixtures that the header uses, by name; None outside pytest."""

    number: int = 0
    """The number of the repetition: 2 in `x.txt#2`; 0 if the script is not repeated."""
    real: str = ""
    """The real path, if it is known already."""

    @property
    def name(self) -> str:
        """The name in reports: file, variant and repetition."""
        variant = f"[{self.id}]" if self.id else ""
        repetition = f"#{self.number}" if self.number else ""
        return f"{self.file}{variant}{repetition}"

    @property
    def real_path(self) -> str:
        """The path of the script's file without symbolic links."""
        return self.real or os.path.realpath(self.path)

    @property
    def key(self) -> str:
        """The identity of the script across runs."""
        return self.real_path + (f"[{self.id}]" if self.id else "")


def variants(script: Selected) -> list[Selected]:
    """Return the variants of a script with a matrix, or the script itself."""
    matrix = script.header.matrix or (script.suite.config.matrix if script.suite else None)
    if matrix is None:
        return [script]
    from scriptest.config.matrix import rows

    return [script._replace(row=row, id=name) for name, row in rows(matrix)]


class Finder:
    """Finds scripts, reading each settings file once."""

    def __init__(
        self, config: str = "", *, recursive: bool = False, dialect: Dialect | None = None
    ) -> None:
        """Read the settings given by the caller.

        Args:
            config: a settings file, or a folder that has one, for all scripts; by default each
                script uses the one in its own folder.
            recursive: whether to search folders recursively.
            dialect: a dialect that takes precedence over the settings.

        Raises:
            SuiteError: the settings are invalid or missing.
        """
        self._recursive = recursive
        self._dialect = dialect
        self._suites: dict[str, Suite] = {}
        self._given: Suite | None = None
        if config:
            path = os.path.join(config, SETTINGS_FILE) if os.path.isdir(config) else config
            self._given = self._read(path)

    def _read(self, path: str) -> Suite:
        try:
            return self._suite(load(path))
        except SettingsError as error:
            raise SuiteError(str(error)) from error
        except OSError as error:
            reason = reason_of(error)
            raise SuiteError(f"{os.path.normpath(path)}: {reason}") from None

    def _suite(self, config: Config) -> Suite:
        return Suite(config._replace(dialect=self._dialect) if self._dialect else config)

    def _suite_of(self, folder: str) -> Suite | None:
        """Return the suite of a folder's scripts; None if the folder has no settings."""
        if self._given is not None:
            return self._given
        real = os.path.realpath(folder)
        if real not in self._suites:
            path = os.path.join(folder, SETTINGS_FILE)
            if not os.path.isfile(path):
                _check_suffix(path)
                return None
            self._suites[real] = self._read(path)
        return self._suites[real]

    def suite(self, folder: str) -> Suite:
        """Return the suite of a folder's scripts; the default one if it has no settings.

        Raises:
            SuiteError: the settings are invalid.
        """
        return self._suite_of(folder) or self._default()

    def _default(self) -> Suite:
        if "" not in self._suites:
            self._suites[""] = self._suite(Config())
        return self._suites[""]

    def find(self, paths: Sequence[str]) -> list[Selected]:
        """Return the scripts for paths, each once, in order.

        The scripts of a folder are the files `*.txt` and `*.txtar` directly in it, or those that
        match the `scripts` patterns of its settings, sorted by name.

        Raises:
            SuiteError: a path does not exist, or settings are invalid.
        """
        found: dict[str, Selected] = {}
        ids: dict[str, set[str]] = {}
        near: dict[str, Suite | None] = {}
        for named in paths:
            place, only, until = named, "", 0
            if not os.path.exists(named):
                from scriptest.suite.names import read_name

                place, only, until = read_name(named)
            if os.path.isdir(place):
                suite = self._suite_of(place) or self._default()
                files: Iterable[str] = self._scripts_of(place, suite)
            elif os.path.exists(place):
                suite, files = self._default(), [place]
            else:
                raise SuiteError(f"{named}: no such script or folder{_suggestion(named)}")
            for file in files:
                if os.path.isfile(file):
                    folder = os.path.dirname(file)
                    if folder not in near:
                        near[folder] = self._suite_of(folder)
                    real = os.path.realpath(file)
                    name = os.path.normpath(file)
                    # Share one string if they are equal: there may be thousands of scripts.
                    path = name if name == file else file
                    selected = Selected(name, path, near[folder] or suite, until=until, real=real)
                    known = real in found
                    found.setdefault(real, selected)
                    if real in ids or (only and not known):
                        ids.setdefault(real, set()).add(only)
        return [
            variant
            for real, script in found.items()
            for variant in _chosen(_read_variants(script), ids.get(real, {""}))
        ]

    def files(self, folder: str) -> list[str]:
        """Return the paths of the scripts of a folder.

        Raises:
            SuiteError: the settings are invalid.
        """
        return self._scripts_of(folder, self.suite(folder))

    def _scripts_of(self, folder: str, suite: Suite) -> list[str]:
        """Return the scripts of a folder without the file that its settings use as a setup."""
        found = self._scripts_in(folder, suite.config.scripts)
        prelude = suite.prelude
        if prelude is None or not prelude.path:
            return found
        return [path for path in found if os.path.realpath(path) != prelude.path]

    def _scripts_in(self, folder: str, patterns: tuple[str, ...]) -> list[str]:
        if patterns:
            from glob import glob

            names = {
                name
                for pattern in patterns
                for name in glob(pattern, root_dir=folder, recursive=True)
            }
            return [os.path.join(folder, name) for name in sorted(names)]
        if not self._recursive:
            here = sorted(name for name in os.listdir(folder) if name.endswith(SUFFIXES))
            return [os.path.join(folder, name) for name in here]
        return sorted(
            os.path.join(parent, name)
            for parent, _, names in os.walk(folder)
            for name in names
            if name.endswith(SUFFIXES)
        )


def _check_suffix(path: str) -> None:
    other = os.path.splitext(path)[0] + ".yml"
    if os.path.isfile(other):
        name = os.path.basename(path)
        raise SuiteError(
            f"{os.path.normpath(other)}: settings are only read from {name}; rename it"
        )


def _suggestion(path: str) -> str:
    """Return the fix for a missing path, as the end of a message; may be empty."""
    for folder in ("", FOLDER):
        for suffix in ("", *SUFFIXES):
            candidate = os.path.join(folder, path + suffix)
            if os.path.isfile(candidate):
                return f"; did you mean {candidate}?"
    return ""


def _chosen(scripts: list[Selected], ids: set[str]) -> list[Selected]:
    """Return the variants with one of some ids; all of them if one id is empty.

    Raises:
        SuiteError: there is no variant with an id.
    """
    if "" in ids:
        return scripts
    known = [script.id for script in scripts]
    for unknown in sorted(ids.difference(known)):
        file = scripts[0].file
        if known == [""]:
            raise SuiteError(f"{file}[{unknown}]: the script has no matrix, so no variants")
        near = nearest(unknown, known)
        hint = f"did you mean {file}[{near}]?" if near else f"there are {', '.join(known)}"
        raise SuiteError(f"{file}[{unknown}]: no such variant; {hint}")
    return [script for script in scripts if script.id in ids]


def _read_variants(script: Selected) -> list[Selected]:
    """Read the header of a script and return its variants."""
    try:
        content = read_file(script.path)
        found = header.read(content, script.file)
    except SettingsError as error:
        raise SuiteError(str(error)) from error
    except OSError:
        # The run reports the error.
        return [script]
    if script.until and script.until > (lines := len(content.splitlines())):
        raise SuiteError(f"{script.file}:{script.until}: the script has {lines} lines")
    return variants(script if found is header.DEFAULT else script._replace(header=found))
