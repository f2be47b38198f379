"""Generates the Vim syntax file of scripts from the same data as help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scriptest.commands.base import Command, Condition

_EMBEDDED = {
    "python": r"\.pyi\=",
    "json": r"\.json",
    "yaml": r"\.ya\=ml",
    "toml": r"\.toml",
    "go": r"\.go",
    "sh": r"\.sh",
    "markdown": r"\.md",
    "javascript": r"\.js",
    "c": r"\.[ch]",
}

_SYNTAX = r"""" The syntax of scriptest's scripts. Written by `scriptest help --editors`.
if exists('b:current_syntax')
  finish
endif
{includes}
syntax case match
syntax match scriptestSection '^#.*$'
syntax match scriptestComment '\s#.*$'
syntax match scriptestPrefix '\(^\|\s\|\]\)\zs[!?]\ze\s' nextgroup=scriptestCommand skipwhite
syntax region scriptestGuard start='\(^\s*\|\]\s*\|[!?]\s*\)\zs\[' end='\]' oneline
    \ contains=scriptestCondition,scriptestOperator
syntax match scriptestOperator '&&\|||\|!' contained
syntax match scriptestCondition '\<\({conditions}\)\>' contained
syntax match scriptestCommand '\(^\|[]!?]\)\@<=\s*\zs\({commands}\)\ze\(\s\|$\)'
syntax match scriptestFlag '\s\zs--\=[A-Za-z][-A-Za-z0-9_]*\ze\(=\|\s\|$\)'
syntax region scriptestString start="'" skip="''" end="'" oneline
syntax match scriptestVariable '\$\({{[^}}]*}}\|\w\+\)'
syntax match scriptestBackground '\s\zs&\(\w\+&\)\=\ze\s*$'
syntax region scriptestFile matchgroup=scriptestMarker start='^-- .* --\s*$'
    \ end='^\ze-- .* --\s*$' keepend
{files}
syntax sync fromstart
highlight default link scriptestSection Title
highlight default link scriptestMarker Title
highlight default link scriptestComment Comment
highlight default link scriptestPrefix Operator
highlight default link scriptestOperator Operator
highlight default link scriptestBackground Operator
highlight default link scriptestCondition Constant
highlight default link scriptestCommand Statement
highlight default link scriptestFlag Type
highlight default link scriptestString String
highlight default link scriptestVariable Identifier
let b:current_syntax = 'scriptest'
"""
_INCLUDE = """\
syntax include @scriptest_{name} syntax/{name}.vim
unlet! b:current_syntax"""
_FILE = (
    "syntax region scriptestFile_{name} matchgroup=scriptestMarker start='^-- .*{suffix} --\\s*$' "
    "end='^\\ze-- .* --\\s*$' keepend contains=@scriptest_{name}"
)

DETECT = """\
" Written by `scriptest help --editors`.
autocmd BufNewFile,BufRead *.txtar setfiletype scriptest
" Vim has already called *.txt text, which `setfiletype` would keep.
autocmd BufNewFile,BufRead */testdata/script/*.txt set filetype=scriptest
"""

COMPILER = r"""" `:compiler scriptest`, then `:make`: lists problems from vet in the quickfix list.
let current_compiler = 'scriptest'
CompilerSet makeprg=scriptest\ vet\ --format=editor
CompilerSet errorformat=%f:%l:%c:\ %t%*[a-z]:\ %m
"""


def syntax(commands: Iterable[Command], conditions: Iterable[Condition]) -> str:
    """Return the content of the syntax file.

    Args:
        commands: the commands to highlight.
        conditions: the conditions to highlight in guards.
    """
    return _SYNTAX.format(
        includes="\n".join(_INCLUDE.format(name=name) for name in _EMBEDDED),
        conditions=_one_of([one.name for one in conditions]),
        commands=_one_of([one.name for one in commands]),
        files="\n".join(
            _FILE.format(name=name, suffix=suffix) for name, suffix in _EMBEDDED.items()
        ),
    )


def _one_of(names: Sequence[str]) -> str:
    return r"\|".join(sorted(names, key=lambda name: (-len(name), name)))
