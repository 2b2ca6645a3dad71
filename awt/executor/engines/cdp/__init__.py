"""The engine `cdp`: a local Chromium, warm, driven over a pipe, a context for each test."""
