"""What the project promises about speed and size, measured on this machine: `python -m benchmarks`."""
