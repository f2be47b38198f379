" `:compiler scriptest`, then `:make`: lists problems from vet in the quickfix list.
let current_compiler = 'scriptest'
CompilerSet makeprg=scriptest\ vet\ --format=editor
CompilerSet errorformat=%f:%l:%c:\ %t%*[a-z]:\ %m
