-- Answers, for each line of hexadecimal bytes, what Prosody makes of it as a JID:
-- nil | <node>,<host>,<resource>,<idna> in hexadecimal, "-" for a part that is not there;
-- idna is 1 where Prosody could look the host up.
-- With the argument "parts": <nodeprep>,<nameprep>,<resourceprep> of the line, "nil" for refused.
package.path = "/usr/lib/prosody/?.lua;" .. package.path
package.cpath = "/usr/lib/prosody/?.so;" .. package.cpath
local jid = require "util.jid"
local encodings = require "util.encodings"
local prep = encodings.stringprep
local function bytes(hex) return (hex:gsub("%x%x", function (h) return string.char(tonumber(h, 16)) end)) end
local function hex(text) return (text:gsub(".", function (c) return ("%02x"):format(c:byte()) end)) end
local function shown(text) return text and hex(text) or "nil" end

for line in io.lines() do
	local text = bytes(line)
	if arg[1] == "parts" then
		io.write(shown(prep.nodeprep(text)), ",", shown(prep.nameprep(text)), ",", shown(prep.resourceprep(text)), "\n")
	else
		local node, host, resource = jid.prepped_split(text)
		if host == nil then
			io.write("nil\n")
		else
			io.write(node and hex(node) or "-", ",", hex(host), ",", resource and hex(resource) or "-", ",",
				encodings.idna.to_ascii(host) and "1" or "0", "\n")
		end
	end
end
