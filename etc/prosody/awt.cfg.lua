-- Include this file at the end of /etc/prosody/prosody.cfg.lua and put your domain and a secret of your own into it.
-- One component for each service; awt connects to them with [xmpp] component, domain and secret.

component_ports = { 5347 }
component_interfaces = { "127.0.0.1" }
component_conflict_resolve = "kick_old" -- a node that takes over does not wait for the end of a dead connection

Component "base.example.com"
    component_secret = "change me"

Component "webtest.example.com"
    component_secret = "change me"
