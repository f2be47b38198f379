"""Arguments richer than Go's fifteen kinds: dataclasses, enums, lists and what is made of them."""
