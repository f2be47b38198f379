module gotargets

go 1.18
