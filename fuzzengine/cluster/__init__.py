"""Campaigns on a cluster of Dask: leases, the driver, the store."""
