"""Messages between processes: what they say, and where they go."""
