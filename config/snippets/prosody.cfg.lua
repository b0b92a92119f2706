-- Prosody: at the end of /etc/prosody/prosody.cfg.lua; then restart Prosody.
Component "irc.example.org"
  component_secret = "THE-SECRET"
