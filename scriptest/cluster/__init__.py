"""Runs scripts on the nodes of a Dask cluster."""
