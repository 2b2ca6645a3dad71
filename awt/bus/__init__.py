"""Delivery of what the outbox holds, inside one process."""
