"""Values and rules: no I/O, no Twisted; time and chance are arguments."""
