"""Go's own notation for values: what a corpus file is written in, and the errors of its parser."""
