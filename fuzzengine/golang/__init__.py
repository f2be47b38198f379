"""Go's notation for values, as corpus files hold them."""
