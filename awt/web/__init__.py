"""The site: pages, HTTP API, web chat. Networks and markup on one side, the API's methods on the other."""
