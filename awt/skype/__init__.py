"""Assistants on a network that speaks Skype's HTTP API: accounts, not components, that are polled."""
