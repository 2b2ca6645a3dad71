-- The assistants as components of Prosody, one for each service: /etc/prosody/conf.d/awt.cfg.lua, owner root,
-- group prosody, mode 0640. To be changed: example.com, COMPONENT-SECRET.

component_ports = { 5347 }
component_interfaces = { "127.0.0.1" } -- the protocol of components has no encryption
component_conflict_resolve = "kick_old" -- a node that takes over does not wait for the end of a dead connection

Component "base.example.com"
    component_secret = "COMPONENT-SECRET"

Component "webtest.example.com"
    component_secret = "COMPONENT-SECRET"
