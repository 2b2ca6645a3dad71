"""What is said to people, in each language."""
