"""What every transport does alike: the lease on its connection, and which services it carries."""
