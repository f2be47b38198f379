"""Functions that comparison-logging code calls instead of comparing directly.

Each logs the operands and then does exactly what the original code would do, in the same order.
"""

from __future__ import annotations

from functools import _lru_cache_wrapper
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, MethodType

from fuzzengine.cmplog import parsers
from fuzzengine.cmplog.log import LEFT_SUBSCRIPT, LOG, MAX_PARTS
from fuzzengine.cmplog.match_statement import match_subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TEXTS = frozenset((str, bytes, bytearray))
_COLLECTIONS = frozenset((list, tuple, set, frozenset, dict))
_SEQUENCES = frozenset((list, tuple, str, bytes, bytearray))
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
_CHARACTER_TESTS = frozenset(
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
REGEX_METHODS = frozenset(
    ["match", "search", "fullmatch", "findall", "finditer", "split", "sub", "subn", "scanner"]
)
"""Names of the functions of `re`, and of the methods of patterns, that are logged as `regex`."""
_FLAGS_AT = {"split": 3, "sub": 4, "subn": 4}
"""The place of the flags among the arguments of a function of `re`, if it is not 2."""
_CONFIG_LOOKUPS = frozenset(
    ("get", "getboolean", "getfloat", "getint", "has_option", "has_section")
)
LOGGED_METHODS = (
    _SEARCHES
    | _CHARACTER_TESTS
    | frozenset(_PREFIXES)
    | frozenset(("get", "pop", "unpack", "unpack_from"))
    | frozenset(("from_bytes", "iter_unpack", "compare_digest"))
    | REGEX_METHODS
    | _CONFIG_LOOKUPS
    | parsers.NAMES
)
LOGGED_FUNCTIONS = (
    parsers.NAMES | REGEX_METHODS | frozenset(("isinstance", "unpack", "unpack_from"))
)


def equal(site: int, left: Any, right: Any) -> Any:
    """`left == right`."""
    LOG.record(site, "==", left, right)
    return left == right


def unequal(site: int, left: Any, right: Any) -> Any:
    """`left != right`."""
    LOG.record(site, "!=", left, right)
    return left != right


def less(site: int, left: Any, right: Any) -> Any:
    """`left < right`."""
    LOG.record(site, "<", left, right)
    return left < right


def less_equal(site: int, left: Any, right: Any) -> Any:
    """`left <= right`."""
    LOG.record(site, "<=", left, right)
    return left <= right


def greater(site: int, left: Any, right: Any) -> Any:
    """`left > right`."""
    LOG.record(site, ">", left, right)
    return left > right


def greater_equal(site: int, left: Any, right: Any) -> Any:
    """`left >= right`."""
    LOG.record(site, ">=", left, right)
    return left >= right


def contained(site: int, left: Any, right: Any) -> Any:
    """`left in right`."""
    _record_membership(site, left, right)
    return left in right


def not_contained(site: int, left: Any, right: Any) -> Any:
    """`left not in right`."""
    _record_membership(site, left, right)
    return left not in right


def _record_membership(site: int, left: Any, right: Any) -> None:
    if type(right) is dict:
        LOG.record_lookup(site, "key", left, right)
    elif type(right) in _TEXTS:
        LOG.record(site, "in", left, right)
    elif type(right) in _COLLECTIONS:
        LOG.record_lookup(site, "in", left, right)
    elif type(right).__module__ == "ipaddress":
        LOG.record(site, "in", left, (right.network_address,))


_chain_operands: dict[int, Any] = {}


def first_of_chain(site: int, value: Any) -> Any:
    """Return the first operand of `a < b < c`; `site` is that of the first comparison."""
    _chain_operands[site] = value
    return value


def next_of_chain(site: int, op: str, value: Any) -> Any:
    """Return a later operand of `a < b < c`; `site` is that of the comparison to its left."""
    left = _chain_operands.pop(site, None)
    if op in {"in", "not in"}:
        _record_membership(site, left, value)
    else:
        LOG.record(site, op, left, value)
    _chain_operands[site + 1] = value
    return value


def item(site: int, owner: Any, key: Any) -> Any:
    """`owner[key]`."""
    if isinstance(owner, dict):
        LOG.record_lookup(site, "key", key, owner)
    elif type(key) is int and LOG.site_flags[site] & LEFT_SUBSCRIPT and type(owner) in _SEQUENCES:
        LOG.record(site, "index", key, 0)
    return owner[key]


def call(site: int, function: Any) -> Any:
    """Return a function about to be called, or a wrapper that logs its arguments and calls it."""
    cls = type(function)
    if function is isinstance:
        return _logging_isinstance(site)
    if isinstance(function, BuiltinFunctionType):
        owner = function.__self__
        return _hooked_builtin(site, function, owner, type(owner), function.__name__)
    if function is int or function is float or function is complex:
        return _logging_parser(site, function, function.__name__)
    if cls is FunctionType or cls is _lru_cache_wrapper:
        return _hooked_function(site, function, function.__module__, function.__name__)
    if cls is MethodType:
        return _hooked_method(site, function, function.__self__, function.__func__)
    if cls is MethodDescriptorType and function.__objclass__.__name__ == "Pattern":
        return _logging_regex(site, function, function.__name__)
    return _hooked_class(site, function) if isinstance(function, type) else function


def _hooked_builtin(site: int, function: Any, owner: Any, cls: type, name: str) -> Any:
    if cls in _TEXTS:
        if name in _PREFIXES:
            return _logging_affix_test(site, function, owner, _PREFIXES[name])
        if name in _CHARACTER_TESTS:
            LOG.record(site, "parse", (name, ""), owner)
        if name == "decode":
            return _logging_decode(site, function, owner)
        return _logging_search(site, function, owner, name) if name in _SEARCHES else function
    if name in {"get", "pop"} and isinstance(owner, dict):
        return _logging_lookup(site, function, owner)
    if cls.__name__ == "Pattern":
        return _logging_regex(site, function, name, owner)
    if name.startswith(("unpack", "iter_unpack")):
        return _logging_unpack(site, function, owner)
    if name == "compare_digest":
        return _logging_compare_digest(site, function)
    if name in {"fromisoformat", "fromhex", "strptime", "decompress"}:
        return _logging_parser(site, function, f"{getattr(owner, '__name__', '')}.{name}")
    if name in {"unhexlify", "a2b_base64"}:
        return _logging_parser(site, function, name)
    return function


def _hooked_class(site: int, function: Any) -> Any:
    """Wrap a class that parses its argument, or an Enum, which looks its argument up."""
    values = function.__dict__.get("_value2member_map_")
    if type(values) is dict:

        def logged(*arguments: Any, **named: Any) -> Any:
            if len(arguments) == 1:
                LOG.record_lookup(site, "in", arguments[0], tuple(values))
            return function(*arguments, **named)

        return logged
    if function.__module__ in {"uuid", "decimal", "fractions", "ipaddress"}:
        name = function.__name__
        return _logging_parser(site, function, "uuid" if name == "UUID" else name)
    return function


def _hooked_method(site: int, function: Any, owner: Any, plain: Any) -> Any:
    """Wrap a method of configparser that looks up sections and keys."""
    if type(plain) is not FunctionType or plain.__module__ != "configparser":
        return function
    name = plain.__name__
    if name == "read_string":
        return _logging_parser(site, function, "configparser.read_string")

    def logged(*arguments: Any, **named: Any) -> Any:
        sections = owner._sections
        if arguments:
            LOG.record_lookup(site, "key", arguments[0], sections)
            inner = sections.get(arguments[0])
            if len(arguments) > 1 and type(inner) is dict:
                LOG.record_lookup(site, "key", arguments[1], inner)
        return function(*arguments, **named)

    return logged if name in _CONFIG_LOOKUPS else function


def _hooked_function(site: int, function: Any, module: str, name: str) -> Any:
    if module == "re" and name in REGEX_METHODS:
        return _logging_regex(site, function, name)
    name = "fromstring" if name == "XML" else name
    if name in parsers.NAMES:
        return _logging_parser(site, function, f"{module.partition('.')[0]}.{name}")
    return function


def _logging_isinstance(site: int) -> Any:
    def logged(value: Any, expected: Any) -> bool:
        if type(value) in _SCALARS:
            for cls in expected if type(expected) is tuple else (expected,):
                if type(cls) is type:
                    LOG.record(site, "type", value, cls.__name__)
        return isinstance(value, expected)

    return logged


def _logging_parser(site: int, function: Any, name: str) -> Any:
    def logged(*arguments: Any, **named: Any) -> Any:
        if arguments and type(arguments[0]) in _TEXTS:
            detail = arguments[1] if len(arguments) > 1 else named.get("base", "")
            LOG.record(site, "parse", (name, detail), arguments[0])
            result = function(*arguments, **named)
            LOG.record(site, "parsed", name, "")
            return result
        return function(*arguments, **named)

    return logged


def _logging_decode(site: int, function: Any, text: Any) -> Any:
    def logged(*arguments: Any, **named: Any) -> Any:
        name = arguments[0] if arguments else named.get("encoding", "")
        LOG.record(site, "parse", ("decode", name), text)
        return function(*arguments, **named)

    return logged


def _logging_compare_digest(site: int, function: Any) -> Any:
    def logged(left: Any, right: Any) -> Any:
        LOG.record(site, "==", left, right)
        return function(left, right)

    return logged


def _logging_affix_test(site: int, function: Any, text: Any, op: str) -> Any:
    def logged(*arguments: Any) -> Any:
        expected = arguments[0] if arguments else None
        for affix in expected if type(expected) is tuple else (expected,):
            if type(affix) in _TEXTS:
                LOG.record(site, op, text, affix)
        return function(*arguments)

    return logged


def _logging_search(site: int, function: Any, text: Any, name: str) -> Any:
    blank = "\n" if name == "splitlines" else " "
    usual = blank if type(text) is str else blank.encode()

    def logged(*arguments: Any, **named: Any) -> Any:
        needle = arguments[0] if arguments else named.get("sep", usual)
        if type(needle) in _TEXTS:
            LOG.record(site, "in", needle, text)
        result = function(*arguments, **named)
        if type(result) is list:
            LOG.record(site, "parts", len(result), MAX_PARTS)
        return result

    return logged


def _logging_lookup(site: int, function: Any, owner: Any) -> Any:
    def logged(*arguments: Any) -> Any:
        if arguments:
            LOG.record_lookup(site, "key", arguments[0], owner)
        return function(*arguments)

    return logged


def _logging_regex(site: int, function: Any, name: str, owner: Any = None) -> Any:
    """Wrap a method of the pattern `owner`, or a function whose first argument is a pattern."""
    if name not in REGEX_METHODS:
        return function

    def logged(*arguments: Any, **named: Any) -> Any:
        given = arguments if owner is None else (owner, *arguments)
        _record_regex(site, name, given, named)
        return function(*arguments, **named)

    return logged


def _record_regex(site: int, name: str, given: tuple[Any, ...], named: dict[str, Any]) -> None:
    text_at, flags_at = 2 if name in {"sub", "subn"} else 1, _FLAGS_AT.get(name, 2)
    pattern: Any = given[0] if given else named.get("pattern")
    text = given[text_at] if len(given) > text_at else named.get("string")
    flags = given[flags_at] if len(given) > flags_at else named.get("flags", 0)
    if type(pattern).__name__ == "Pattern":
        pattern, flags = pattern.pattern, pattern.flags
    if type(pattern) in {str, bytes} and isinstance(flags, int):
        LOG.record(site, "regex", (pattern, int(flags), name), text)


def _logging_unpack(site: int, function: Any, owner: Any) -> Any:
    def logged(*arguments: Any, **named: Any) -> Any:
        _record_size(site, owner, arguments)
        return function(*arguments, **named)

    return logged


def _record_size(site: int, owner: Any, arguments: tuple[Any, ...]) -> None:
    from struct import calcsize
    from struct import error as struct_error

    expected = getattr(owner, "size", None)
    buffer = arguments[-1] if arguments else b""
    if expected is None and len(arguments) > 1 and type(arguments[0]) in {str, bytes}:
        buffer = arguments[1]
        try:
            expected = calcsize(arguments[0])
        except struct_error:
            return
    if type(buffer) in _TEXTS and isinstance(expected, int):
        LOG.record(site, "size", len(buffer), expected)


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
    "__fuzzengine_subject__": match_subject,
    "__fuzzengine_call__": call,
}
"""The hooks by the names under which comparison-logging code finds them in the builtins."""
