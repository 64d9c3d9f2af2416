"""A venue on this machine: one symbol, one account, several protocols, any fault."""
