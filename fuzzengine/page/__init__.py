"""The HTML page of a campaign: what is collected, how source and curves are drawn."""
