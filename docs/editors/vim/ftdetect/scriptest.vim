" Written by `scriptest help --editors`.
autocmd BufNewFile,BufRead *.txtar,*/testdata/script/*.txt setfiletype scriptest
