"""What Go's own script tests need of their host: the commands, conditions and servers."""
