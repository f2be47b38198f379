"""The coordinator's side of a campaign: what to run, who runs it, what the results mean."""
