"""Messages between processes; nothing of it is built yet."""
