module gospeed

go 1.18
