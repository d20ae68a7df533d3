"""Recordings of event cameras: readers, filters, integration to frames, the cache on disk, data sets by name."""
