" Written by `scriptest help --editors`.
autocmd BufNewFile,BufRead *.txtar setfiletype scriptest
" Vim has already called *.txt text, which `setfiletype` would keep.
autocmd BufNewFile,BufRead */testdata/script/*.txt set filetype=scriptest
