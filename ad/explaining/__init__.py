"""What a function does and what it costs: `ad.explain`."""
