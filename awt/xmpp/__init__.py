"""The transport ``xmpp``: one external component (XEP-0114) for each service, on wokkel."""
