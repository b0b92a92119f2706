import { type DiscoIdentity, discoInfo, discoItems, page, resultForm } from "../xmpp/codec/disco.ts";
import { errorReply } from "../xmpp/codec/errors.ts";
import { NS } from "../xmpp/codec/namespaces.ts";
import { admit } from "./admission.ts";
import type { Core } from "./core.ts";
import type { Answer, Question } from "./question.ts";

const EVERYWHERE = [NS.discoInfo, NS.discoItems, NS.ping];
const GATEWAY = [...EVERYWHERE, NS.version, NS.time, NS.vcard, NS.gatewayPrompt, NS.muc];
const ROOM = [
  ...EVERYWHERE,
  NS.muc,
  NS.stanzaId,
  "muc_temporary",
  "muc_open",
  "muc_unmoderated",
  "muc_semianonymous",
  "muc_public",
];
const CONTACT = [...EVERYWHERE, NS.vcard, NS.receipts];

/** XEP-0030 disco#info of the gateway, a server, a room or a person. */
export function discoInfoOf(question: Question): Answer {
  const { core, target, payload, iq } = question;
  if (payload.attrs.node !== undefined && payload.attrs.node !== "") {
    return { error: errorReply(iq, "item-not-found") };
  }
  const { type, name } = core.adapter.identity;
  const shown = target.address?.name ?? name;
  const conference: DiscoIdentity = { category: "conference", type, name: shown };
  switch (target.address?.kind) {
    case undefined:
      return {
        result: discoInfo([{ category: "gateway", type, name }, conference], GATEWAY, ...contactForm(core)),
      };
    case "server":
      return { result: discoInfo([conference], [...EVERYWHERE, NS.muc]) };
    case "room":
      return {
        result: target.jid.resource === "" ? roomInfo(question, conference) : discoInfo([], EVERYWHERE),
      };
    case "contact":
      return { result: discoInfo([{ category: "client", type: "pc", name: shown }], CONTACT) };
  }
}

/** XEP-0157: whom to ask about this gateway. */
function contactForm(core: Core) {
  if (core.contacts.length === 0) return [];
  return [
    resultForm("http://jabber.org/network/serverinfo", { "admin-addresses": core.contacts.join("\n") }),
  ];
}

/** XEP-0045 §6.4. */
function roomInfo(question: Question, conference: DiscoIdentity) {
  return discoInfo(
    [conference],
    ROOM,
    resultForm("http://jabber.org/protocol/muc#roominfo", {
      "muc#roominfo_description": question.target.address?.name,
    }),
  );
}

/** XEP-0030 disco#items: a server's channels page by page (XEP-0059); the gateway's own are the rooms one is in. */
export async function discoItemsOf(question: Question): Promise<Answer> {
  const { core, from, target, payload, iq } = question;
  const { address } = target;
  if (payload.attrs.node !== undefined) return { result: discoItems([]) };
  if (address?.kind === "server") return channels(question, address.conversation);
  if (address !== undefined) return { result: discoItems([]) };
  const own = [...core.rooms.all()].filter((view) => view.user === from.bare);
  const items = own.map((view) => ({ jid: view.jid, name: core.adapter.address(view.conversation)?.name }));
  const found = page(payload, items, (item) => item.jid);
  return found === undefined
    ? { error: errorReply(iq, "item-not-found") }
    : { result: discoItems(found.items, found.set) };
}

async function channels(question: Question, server: string): Promise<Answer> {
  const { core, from, payload, iq } = question;
  const session = await admit(core, from.bare);
  if (session.listRooms === undefined) return { error: errorReply(iq, "feature-not-implemented") };
  const rooms = await session.listRooms(server);
  const items = rooms.map((room) => ({ jid: `${room.conversation}@${core.domain}`, name: roomName(room) }));
  const found = page(payload, items, (item) => item.jid);
  return found === undefined
    ? { error: errorReply(iq, "item-not-found") }
    : { result: discoItems(found.items, found.set) };
}

function roomName(room: { name: string; occupants?: number }): string {
  return room.occupants === undefined ? room.name : `${room.name} (${room.occupants})`;
}
