"""`fuzzengine corpus`: looks at corpora and changes them."""
