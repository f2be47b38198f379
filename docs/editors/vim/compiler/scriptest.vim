" `:compiler scriptest`, then `:make`: the quickfix list has what vet finds.
let current_compiler = 'scriptest'
CompilerSet makeprg=scriptest\ vet\ --format=editor
CompilerSet errorformat=%f:%l:%c:\ %t%*[a-z]:\ %m
