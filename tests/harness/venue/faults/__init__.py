"""What can go wrong with a venue: declared as data, armed, struck, counted, healed."""
