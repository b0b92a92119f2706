-- Prosody, in /etc/prosody/prosody.cfg.lua, in the global section above the first VirtualHost:
network_settings = { nagle = false }

-- And at the end of the file; then restart Prosody.
Component "irc.example.org"
  component_secret = "THE-SECRET"
  component_conflict_resolve = "kick_old"
