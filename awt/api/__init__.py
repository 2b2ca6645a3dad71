"""What can be done: the methods behind the site, the chat, the HTTP API and the command line."""
