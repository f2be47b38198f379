"""The functions that code of the logging flavour calls instead of comparing by itself.

Code of the second flavour (rewrite_compares.py) calls the functions below instead of comparing by
itself. Each does exactly what the plain code would do, in the same order, and notes the operands
first (comparelog.py).
"""

from __future__ import annotations

from functools import _lru_cache_wrapper
from types import BuiltinFunctionType, FunctionType, MethodType

from fuzzengine.cmplog import parsers
from fuzzengine.cmplog.log import LEFT_SUBSCRIPT, LOG, PARTS
from fuzzengine.cmplog.match_statement import subject

TYPE_CHECKING = False  # importing typing costs more than the rest of a worker's start
if TYPE_CHECKING:
    from typing import Any

_TEXTS = frozenset((str, bytes, bytearray))
_LISTED = frozenset((list, tuple, set, frozenset, dict))
_ROWS = frozenset((list, tuple, str, bytes, bytearray))
_SCALARS = frozenset((int, float, str, bytes, bool))
_SEARCHES = frozenset(
    [
        "find",
        "rfind",
        "index",
        "rindex",
        "count",
        "split",
        "rsplit",
        "splitlines",
        "partition",
        "rpartition",
        "replace",
    ]
)
_PREFIXES = {
    "startswith": "prefix",
    "removeprefix": "prefix",
    "endswith": "suffix",
    "removesuffix": "suffix",
}
_CLASSES = frozenset(
    [
        "isalnum",
        "isalpha",
        "isascii",
        "isdecimal",
        "isdigit",
        "isidentifier",
        "islower",
        "isnumeric",
        "isprintable",
        "isspace",
        "istitle",
        "isupper",
    ]
)
_OF_SECTIONS = frozenset(("get", "getboolean", "getfloat", "getint", "has_option", "has_section"))
METHODS = (
    _SEARCHES
    | _CLASSES
    | frozenset(_PREFIXES)
    | frozenset(("get", "pop", "match", "search", "fullmatch", "unpack", "unpack_from"))
    | frozenset(("from_bytes", "iter_unpack", "finditer", "findall", "compare_digest"))
    | _OF_SECTIONS
    | parsers.NAMES
)
FUNCTIONS = parsers.NAMES | frozenset(
    ("isinstance", "unpack", "unpack_from", "match", "search", "fullmatch", "findall")
)


def equal(site: int, left: Any, right: Any) -> Any:
    """`left == right`."""
    LOG.note(site, "==", left, right)
    return left == right


def unequal(site: int, left: Any, right: Any) -> Any:
    """`left != right`."""
    LOG.note(site, "!=", left, right)
    return left != right


def less(site: int, left: Any, right: Any) -> Any:
    """`left < right`."""
    LOG.note(site, "<", left, right)
    return left < right


def less_equal(site: int, left: Any, right: Any) -> Any:
    """`left <= right`."""
    LOG.note(site, "<=", left, right)
    return left <= right


def greater(site: int, left: Any, right: Any) -> Any:
    """`left > right`."""
    LOG.note(site, ">", left, right)
    return left > right


def greater_equal(site: int, left: Any, right: Any) -> Any:
    """`left >= right`."""
    LOG.note(site, ">=", left, right)
    return left >= right


def contained(site: int, left: Any, right: Any) -> Any:
    """`left in right`."""
    _note_membership(site, left, right)
    return left in right


def not_contained(site: int, left: Any, right: Any) -> Any:
    """`left not in right`."""
    _note_membership(site, left, right)
    return left not in right


def _note_membership(site: int, left: Any, right: Any) -> None:
    if type(right) is dict:
        LOG.note_choice(site, "key", left, right)
    elif type(right) in _TEXTS:
        LOG.note(site, "in", left, right)
    elif type(right) in _LISTED:
        LOG.note_choice(site, "in", left, right)
    elif type(right).__module__ == "ipaddress":
        LOG.note(site, "in", left, (right.network_address,))


_pending: dict[int, Any] = {}


def first_of_chain(site: int, value: Any) -> Any:
    """The first operand of `a < b < c`; `site` is that of the first compare."""
    _pending[site] = value
    return value


def next_of_chain(site: int, op: str, value: Any) -> Any:
    """A later operand of `a < b < c`; `site` is that of the compare to its left."""
    left = _pending.pop(site, None)
    if op in {"in", "not in"}:
        _note_membership(site, left, value)
    else:
        LOG.note(site, op, left, value)
    _pending[site + 1] = value
    return value


def item(site: int, owner: Any, key: Any) -> Any:
    """`owner[key]`."""
    if isinstance(owner, dict):
        LOG.note_choice(site, "key", key, owner)
    elif type(key) is int and LOG.about[site] & LEFT_SUBSCRIPT and type(owner) in _ROWS:
        LOG.note(site, "index", key, 0)
    return owner[key]


def call(site: int, function: Any) -> Any:
    """A function about to be called: itself, or one that logs its arguments and calls it."""
    kind = type(function)
    if function is isinstance:
        return _type_test(site)
    if isinstance(function, BuiltinFunctionType):
        owner = function.__self__
        return _of_builtin(site, function, owner, type(owner), function.__name__)
    if function is int or function is float or function is complex:
        return _parser(site, function, function.__name__)
    if kind is FunctionType or kind is _lru_cache_wrapper:
        return _of_function(site, function, function.__module__, function.__name__)
    if kind is MethodType:
        return _of_method(site, function, function.__self__, function.__func__)
    return _of_class(site, function) if isinstance(function, type) else function


def _of_builtin(site: int, function: Any, owner: Any, kind: type, name: str) -> Any:
    if kind in _TEXTS:
        if name in _PREFIXES:
            return _affix(site, function, owner, _PREFIXES[name])
        if name in _CLASSES:
            LOG.note(site, "parse", (name, ""), owner)
        if name == "decode":
            return _decoder(site, function, owner)
        return _search(site, function, owner, name) if name in _SEARCHES else function
    if name in {"get", "pop"} and isinstance(owner, dict):
        return _lookup(site, function, owner)
    if kind.__name__ == "Pattern":
        return _matcher(site, function, name, owner.pattern, owner.flags)
    if name.startswith(("unpack", "iter_unpack")):
        return _unpacker(site, function, owner)
    if name == "compare_digest":
        return _comparer(site, function)
    if name in {"fromisoformat", "fromhex", "strptime"}:
        return _parser(site, function, f"{getattr(owner, '__name__', '')}.{name}")
    if name == "decompress":
        return _parser(site, function, f"{getattr(owner, '__name__', '')}.{name}")
    return _parser(site, function, name) if name in {"unhexlify", "a2b_base64"} else function


def _of_class(site: int, function: Any) -> Any:
    """A class: one that parses its argument, or an Enum, which looks it up."""
    members = function.__dict__.get("_value2member_map_")
    if type(members) is dict:

        def logged(*arguments: Any, **named: Any) -> Any:
            if len(arguments) == 1:
                LOG.note_choice(site, "in", arguments[0], tuple(members))
            return function(*arguments, **named)

        return logged
    if function.__module__ in {"uuid", "decimal", "fractions", "ipaddress"}:
        name = function.__name__
        return _parser(site, function, "uuid" if name == "UUID" else name)
    return function


def _of_method(site: int, function: Any, owner: Any, plain: Any) -> Any:
    """A method of a parser of the standard library that finds sections and keys."""
    if type(plain) is not FunctionType or plain.__module__ != "configparser":
        return function
    name = plain.__name__
    if name == "read_string":
        return _parser(site, function, "configparser.read_string")

    def logged(*arguments: Any, **named: Any) -> Any:
        sections = owner._sections
        if arguments:
            LOG.note_choice(site, "key", arguments[0], sections)
            inner = sections.get(arguments[0])
            if len(arguments) > 1 and type(inner) is dict:
                LOG.note_choice(site, "key", arguments[1], inner)
        return function(*arguments, **named)

    return logged if name in _OF_SECTIONS else function


def _of_function(site: int, function: Any, module: str, name: str) -> Any:
    if module == "re" and name in {"match", "search", "fullmatch", "findall", "finditer"}:

        def logged(pattern: Any, string: Any, flags: Any = 0) -> Any:
            if type(pattern) in {str, bytes}:
                LOG.note(site, "regex", (pattern, int(flags), name), string)
            return function(pattern, string, flags)

        return logged
    name = "fromstring" if name == "XML" else name
    if name in parsers.NAMES:
        return _parser(site, function, f"{module.partition('.')[0]}.{name}")
    return function


def _type_test(site: int) -> Any:
    def logged(value: Any, wanted: Any) -> bool:
        if type(value) in _SCALARS:
            for one in wanted if type(wanted) is tuple else (wanted,):
                if type(one) is type:
                    LOG.note(site, "type", value, one.__name__)
        return isinstance(value, wanted)

    return logged


def _parser(site: int, function: Any, name: str) -> Any:
    def logged(*arguments: Any, **named: Any) -> Any:
        if arguments and type(arguments[0]) in _TEXTS:
            detail = arguments[1] if len(arguments) > 1 else named.get("base", "")
            LOG.note(site, "parse", (name, detail), arguments[0])
            made = function(*arguments, **named)
            LOG.note(site, "parsed", name, "")
            return made
        return function(*arguments, **named)

    return logged


def _decoder(site: int, function: Any, text: Any) -> Any:
    def logged(*arguments: Any, **named: Any) -> Any:
        name = arguments[0] if arguments else named.get("encoding", "")
        LOG.note(site, "parse", ("decode", name), text)
        return function(*arguments, **named)

    return logged


def _comparer(site: int, function: Any) -> Any:
    def logged(left: Any, right: Any) -> Any:
        LOG.note(site, "==", left, right)
        return function(left, right)

    return logged


def _affix(site: int, function: Any, text: Any, op: str) -> Any:
    def logged(*arguments: Any) -> Any:
        wanted = arguments[0] if arguments else None
        for one in wanted if type(wanted) is tuple else (wanted,):
            if type(one) in _TEXTS:
                LOG.note(site, op, text, one)
        return function(*arguments)

    return logged


def _search(site: int, function: Any, text: Any, name: str) -> Any:
    blank = "\n" if name == "splitlines" else " "
    usual = blank if type(text) is str else blank.encode()

    def logged(*arguments: Any, **named: Any) -> Any:
        needle = arguments[0] if arguments else named.get("sep", usual)
        if type(needle) in _TEXTS:
            LOG.note(site, "in", needle, text)
        made = function(*arguments, **named)
        if type(made) is list:
            LOG.note(site, "parts", len(made), PARTS)
        return made

    return logged


def _lookup(site: int, function: Any, owner: Any) -> Any:
    def logged(*arguments: Any) -> Any:
        if arguments:
            LOG.note_choice(site, "key", arguments[0], owner)
        return function(*arguments)

    return logged


def _matcher(site: int, function: Any, name: str, pattern: Any, flags: int) -> Any:
    def logged(*arguments: Any, **named: Any) -> Any:
        if arguments and type(pattern) in {str, bytes}:
            LOG.note(site, "regex", (pattern, flags, name), arguments[0])
        return function(*arguments, **named)

    return logged


def _unpacker(site: int, function: Any, owner: Any) -> Any:
    def logged(*arguments: Any, **named: Any) -> Any:
        _note_size(site, owner, arguments)
        return function(*arguments, **named)

    return logged


def _note_size(site: int, owner: Any, arguments: tuple[Any, ...]) -> None:
    from struct import calcsize
    from struct import error as struct_error

    wanted = getattr(owner, "size", None)
    buffer = arguments[-1] if arguments else b""
    if wanted is None and len(arguments) > 1 and type(arguments[0]) in {str, bytes}:
        buffer = arguments[1]
        try:
            wanted = calcsize(arguments[0])
        except struct_error:
            return
    if type(buffer) in _TEXTS and isinstance(wanted, int):
        LOG.note(site, "size", len(buffer), wanted)


BUILTINS = {
    "__fuzzengine_equal__": equal,
    "__fuzzengine_unequal__": unequal,
    "__fuzzengine_less__": less,
    "__fuzzengine_less_equal__": less_equal,
    "__fuzzengine_greater__": greater,
    "__fuzzengine_greater_equal__": greater_equal,
    "__fuzzengine_contained__": contained,
    "__fuzzengine_not_contained__": not_contained,
    "__fuzzengine_first_of_chain__": first_of_chain,
    "__fuzzengine_next_of_chain__": next_of_chain,
    "__fuzzengine_item__": item,
    "__fuzzengine_subject__": subject,
    "__fuzzengine_call__": call,
}
"""What code of the logging flavour finds in the builtins."""
