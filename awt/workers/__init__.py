"""What reads the queues and calls the API."""
