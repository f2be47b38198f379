"""The worker's side of a campaign: serves calls, runs inputs, makes them smaller."""
