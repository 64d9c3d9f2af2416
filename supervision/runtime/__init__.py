"""What an actor is: its place, its mailbox, its lives, and the ports to the world."""
