import { adapterContext } from "../support/host.ts";
import { Inbox } from "../support/inbox.ts";
import { MemoryNetwork, memoryAdapter } from "../support/memory-adapter.ts";
import { adapterContract } from "./adapter.ts";

adapterContract("in memory", async () => {
  const network = new MemoryNetwork();
  const inRoom = new Inbox<string>("said in the room", (text) => text);
  const alone = new Inbox<string>("said to juliet", (text) => text);
  network.enter("#verona", {
    nick: "juliet",
    hear: (_from, text, room) => (room === undefined ? alone : inRoom).push(text),
  });
  return {
    adapter: memoryAdapter(network).create({}, adapterContext()),
    room: "#verona",
    contact: "juliet",
    impossible: ["#no room", "a b", "##"],
    peer: {
      nick: "juliet",
      say: (text) => network.say("#verona", "juliet", text),
      heard: async (text) => void (await inRoom.waitFor((said) => said === text, text)),
      texts: () => inRoom.all,
      whisper: (text) => void network.whisper("romeo", "juliet", text),
      overheard: async (text) => void (await alone.waitFor((said) => said === text, text)),
    },
    stop: async () => {},
  };
});
