" The syntax of scriptest's scripts. Written by `scriptest help --editors`.
if exists('b:current_syntax')
  finish
endif
syntax include @scriptest_python syntax/python.vim
unlet! b:current_syntax
syntax include @scriptest_json syntax/json.vim
unlet! b:current_syntax
syntax include @scriptest_yaml syntax/yaml.vim
unlet! b:current_syntax
syntax include @scriptest_toml syntax/toml.vim
unlet! b:current_syntax
syntax include @scriptest_go syntax/go.vim
unlet! b:current_syntax
syntax include @scriptest_sh syntax/sh.vim
unlet! b:current_syntax
syntax include @scriptest_markdown syntax/markdown.vim
unlet! b:current_syntax
syntax include @scriptest_javascript syntax/javascript.vim
unlet! b:current_syntax
syntax include @scriptest_c syntax/c.vim
unlet! b:current_syntax
syntax case match
syntax match scriptestSection '^#.*$'
syntax match scriptestComment '\s#.*$'
syntax match scriptestPrefix '\(^\|\s\|\]\)\zs[!?]\ze\s' nextgroup=scriptestCommand skipwhite
syntax region scriptestGuard start='\(^\s*\|\]\s*\|[!?]\s*\)\zs\[' end='\]' oneline
    \ contains=scriptestCondition,scriptestOperator
syntax match scriptestOperator '&&\|||\|!' contained
syntax match scriptestCondition '\<\(case-sensitive\|dragonfly\|mips64le\|android\|freebsd\|illumos\|loong64\|openbsd\|ppc64le\|riscv64\|solaris\|symlink\|verbose\|windows\|GOARCH\|darwin\|mips64\|mipsle\|module\|netbsd\|python\|wasip1\|amd64\|arm64\|linux\|plan9\|ppc64\|s390x\|short\|GOOS\|exec\|link\|mips\|root\|unix\|wasm\|386\|aix\|arm\|env\|ios\|net\|tty\|js\)\>' contained
syntax match scriptestCommand '\(^\|[]!?]\)\@<=\s*\zs\(dos2unix\|unbase64\|unix2dos\|addcrlf\|capture\|cmpjson\|include\|replace\|symlink\|unquote\|waitfor\|append\|cmpenv\|exists\|expand\|status\|stderr\|stdout\|trimnl\|ttyout\|chmod\|defer\|mkdir\|quote\|sleep\|stdin\|ttyin\|echo\|exec\|grep\|help\|json\|kill\|skip\|stop\|tree\|wait\|cat\|cmp\|env\|tty\|cd\|cp\|mv\|rm\)\ze\(\s\|$\)'
syntax match scriptestFlag '\s\zs--\=[A-Za-z][-A-Za-z0-9_]*\ze\(=\|\s\|$\)'
syntax region scriptestString start="'" skip="''" end="'" oneline
syntax match scriptestVariable '\$\({[^}]*}\|\w\+\)'
syntax match scriptestBackground '\s\zs&\(\w\+&\)\=\ze\s*$'
syntax region scriptestFile matchgroup=scriptestMarker start='^-- .* --\s*$'
    \ end='^\ze-- .* --\s*$' keepend
syntax region scriptestFile_python matchgroup=scriptestMarker start='^-- .*\.pyi\= --\s*$' end='^\ze-- .* --\s*$' keepend contains=@scriptest_python
syntax region scriptestFile_json matchgroup=scriptestMarker start='^-- .*\.json --\s*$' end='^\ze-- .* --\s*$' keepend contains=@scriptest_json
syntax region scriptestFile_yaml matchgroup=scriptestMarker start='^-- .*\.ya\=ml --\s*$' end='^\ze-- .* --\s*$' keepend contains=@scriptest_yaml
syntax region scriptestFile_toml matchgroup=scriptestMarker start='^-- .*\.toml --\s*$' end='^\ze-- .* --\s*$' keepend contains=@scriptest_toml
syntax region scriptestFile_go matchgroup=scriptestMarker start='^-- .*\.go --\s*$' end='^\ze-- .* --\s*$' keepend contains=@scriptest_go
syntax region scriptestFile_sh matchgroup=scriptestMarker start='^-- .*\.sh --\s*$' end='^\ze-- .* --\s*$' keepend contains=@scriptest_sh
syntax region scriptestFile_markdown matchgroup=scriptestMarker start='^-- .*\.md --\s*$' end='^\ze-- .* --\s*$' keepend contains=@scriptest_markdown
syntax region scriptestFile_javascript matchgroup=scriptestMarker start='^-- .*\.js --\s*$' end='^\ze-- .* --\s*$' keepend contains=@scriptest_javascript
syntax region scriptestFile_c matchgroup=scriptestMarker start='^-- .*\.[ch] --\s*$' end='^\ze-- .* --\s*$' keepend contains=@scriptest_c
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
