"""The command ``awt``: what an operator does with an installation, on its machine or over HTTP."""
