"""Output of a run: text, test2json events, and the HTML page."""
