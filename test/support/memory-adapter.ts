import type {
  Adapter,
  AdapterContext,
  AdapterModule,
  Address,
  Host,
  Registration,
  SendOutcome,
  Session,
} from "../../src/adapter.ts";
import type { Envelope } from "../../src/domain/envelope.ts";
import { DeliveryError, UserError } from "../../src/domain/errors.ts";
import { escapeLocal, unescapeLocal } from "../../src/domain/escape.ts";
import type { Inbound, Occupant, Outbound } from "../../src/domain/events.ts";
import { prepareLocal } from "../../src/domain/prep.ts";

/**
 * The smallest adapter there is: its network is a few maps in memory. It is what an author of an adapter reads
 * first, and what the core is tested with where no real network is needed. Rooms are `#name`, people `name`.
 */

/** Somebody on the network, the gateway's users among them. */
export interface Member {
  readonly nick: string;
  /** Something was said in a room, or (room undefined) to this member alone. */
  hear(from: string, text: string, room: string | undefined): void;
  came?(room: string, nick: string): void;
  went?(room: string, nick: string): void;
}

/** The network itself. */
export class MemoryNetwork {
  readonly #rooms = new Map<string, Map<string, Member>>();
  readonly #members = new Map<string, Member>();

  enter(room: string, member: Member): void {
    const inside = this.#rooms.get(room) ?? new Map<string, Member>();
    this.#rooms.set(room, inside);
    for (const other of inside.values()) other.came?.(room, member.nick);
    inside.set(member.nick, member);
    this.#members.set(member.nick, member);
  }

  leave(room: string, nick: string): void {
    if (!this.#rooms.get(room)?.delete(nick)) return;
    for (const other of this.#rooms.get(room)?.values() ?? []) other.went?.(room, nick);
  }

  nicks(room: string): string[] {
    return [...(this.#rooms.get(room)?.keys() ?? [])];
  }

  say(room: string, from: string, text: string): void {
    for (const member of this.#rooms.get(room)?.values() ?? []) {
      if (member.nick !== from) member.hear(from, text, room);
    }
  }

  /** False where there is nobody of that name. */
  whisper(to: string, from: string, text: string): boolean {
    const member = this.#members.get(to);
    member?.hear(from, text, undefined);
    return member !== undefined;
  }
}

/** The adapter's module, as adapters/NAME/index.ts exports it: here with its network given. */
export function memoryAdapter(network: MemoryNetwork): AdapterModule {
  return { name: "memory", create: (_options, context) => createAdapter(network, context) };
}

function createAdapter(network: MemoryNetwork, _context: AdapterContext): Adapter {
  return {
    identity: { type: "memory", name: "Memory" },
    capabilities: {
      rooms: true,
      maxText: 10_000,
      maxLines: 100,
      batch: 64,
      lastState: "sent",
      lifetime: 60_000,
    },
    address,
    prompt: { desc: "Write a #room or a name.", prompt: "Room or name" },
    fromPrompt(typed) {
      const local = escapeLocal(typed.trim());
      const found = local === undefined ? undefined : address(prepareLocal(local) ?? "");
      if (found === undefined) throw new UserError(`"${typed}" is no address here; write a #room or a name.`);
      return found;
    },
    open: (registration, host) => new MemorySession(registration, host, network),
    check: async () => [{ what: "memory", ok: true, text: "it is there" }],
    stop: async () => {},
  };
}

/** Canonical is what is unescaped, prepared and escaped again: two spellings of one name are one address. */
function address(local: string): Address | undefined {
  const name = unescapeLocal(local);
  if (!/^#?[^#\s\0-\x1f\x7f]{1,100}$/.test(name)) return undefined;
  const escaped = escapeLocal(name);
  const conversation = escaped === undefined ? undefined : prepareLocal(escaped);
  if (conversation === undefined || unescapeLocal(conversation) !== name) return undefined;
  return { kind: name.startsWith("#") ? "room" : "contact", conversation, name };
}

/** One user on the network. */
class MemorySession implements Session, Member {
  nick: string;
  readonly #host: Host;
  readonly #network: MemoryNetwork;
  readonly #rooms = new Set<string>();
  /** Through which room the user last wrote to somebody alone. */
  readonly #asked = new Map<string, string>();
  /** What core has not taken yet; while it takes nothing, this is where events wait. */
  #waiting: Inbound[] = [];
  #delivering: Promise<void> | undefined;
  #closed = false;

  constructor(registration: Registration, host: Host, network: MemoryNetwork) {
    this.nick = registration.user.split("@")[0] ?? "user";
    this.#host = host;
    this.#network = network;
  }

  connect(): void {
    this.#host.state({ state: "connected" });
  }

  async send(batch: readonly Envelope<Outbound>[]): Promise<readonly SendOutcome[]> {
    const outcomes: SendOutcome[] = [];
    for (const { body } of batch) {
      const outcome = await this.#perform(body).catch((error: unknown) => asDeliveryError(error));
      outcomes.push(outcome);
      // Nothing may be sent after what has to be tried again.
      if (outcome instanceof DeliveryError && !outcome.final) break;
    }
    return outcomes;
  }

  async #perform(body: Outbound): Promise<SendOutcome> {
    if (this.#closed) throw new DeliveryError("temporary", "The session is closed.");
    const found = body.conversation === "-" ? undefined : address(body.conversation);
    if (found === undefined) throw refused("jid-malformed", `${body.conversation} is no address here.`);
    switch (body.kind) {
      case "message":
        this.#say(found, body.text, body.nick);
        break;
      case "join":
        this.#join(found, body.nick, body.from);
        break;
      case "leave":
        this.#leave(found);
        break;
      default:
        throw new DeliveryError("unsupported", `This network has no ${body.kind}.`);
    }
    await this.#flush();
    return { evidence: "in memory", nick: this.nick };
  }

  #say(to: Address, text: string, nick: string | undefined): void {
    const clean = text.replace(/[\0-\x08\x0b-\x1f]/g, "").replaceAll("\n", " ");
    if (nick === undefined && to.kind === "room") {
      if (!this.#rooms.has(to.conversation)) throw refused("not-acceptable", `You are not in ${to.name}.`);
      this.#network.say(to.name, this.nick, clean);
      return;
    }
    const person = nick ?? to.name;
    if (nick === undefined) this.#asked.delete(person);
    else this.#asked.set(person, to.conversation);
    if (!this.#network.whisper(person, this.nick, clean))
      throw refused("item-not-found", `There is no ${person}.`);
  }

  #join(room: Address, nick: string, to: string): void {
    if (room.kind !== "room") throw refused("not-allowed", `${room.name} is not a room.`);
    if (!this.#rooms.has(room.conversation)) {
      this.nick = nick;
      this.#rooms.add(room.conversation);
      this.#network.enter(room.name, this);
    }
    const occupants = this.#network.nicks(room.name).map(occupant);
    this.#waiting.push({ kind: "joined", conversation: room.conversation, to, nick: this.nick, occupants });
  }

  #leave(room: Address): void {
    this.#rooms.delete(room.conversation);
    this.#network.leave(room.name, this.nick);
    this.#waiting.push({ kind: "parted", conversation: room.conversation, nick: this.nick, why: "left" });
  }

  inRoom(conversation: string): boolean {
    return this.#rooms.has(conversation);
  }

  get idle(): boolean {
    return this.#rooms.size === 0;
  }

  resume(): void {
    void this.#flush();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const room of this.#rooms) this.#network.leave(address(room)?.name ?? room, this.nick);
  }

  // What the network says.

  hear(from: string, text: string, room: string | undefined): void {
    const conversation = escapeLocal(room ?? from) ?? "";
    const asked = room === undefined ? this.#asked.get(from) : undefined;
    const said = { kind: "message", text, manner: "plain" } as const;
    if (asked !== undefined) this.#waiting.push({ ...said, conversation: asked, nick: from, private: true });
    else
      this.#waiting.push(
        room === undefined ? { ...said, conversation } : { ...said, conversation, nick: from },
      );
    void this.#flush();
  }

  came(room: string, nick: string): void {
    this.#waiting.push({
      kind: "occupants",
      conversation: escapeLocal(room) ?? "",
      occupants: [occupant(nick)],
    });
    void this.#flush();
  }

  went(room: string, nick: string): void {
    this.#waiting.push({ kind: "left", conversation: escapeLocal(room) ?? "", nicks: [nick], why: "left" });
    void this.#flush();
  }

  /** Hands over what waits, one batch at a time, so that order is kept even where core refuses one. */
  #flush(): Promise<void> {
    this.#delivering ??= this.#deliver().finally(() => {
      this.#delivering = undefined;
    });
    return this.#delivering;
  }

  async #deliver(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#host.deliver(batch);
      } catch {
        // Core is full: `resume` begins again. A real network would not be read from meanwhile.
        this.#waiting = [...batch, ...this.#waiting];
        return;
      }
    }
  }
}

function occupant(nick: string): Occupant {
  return { nick, role: "participant", affiliation: "none" };
}

function refused(condition: DeliveryError["condition"], text: string): DeliveryError {
  return new DeliveryError("permanent", text, { condition });
}

function asDeliveryError(error: unknown): DeliveryError {
  return error instanceof DeliveryError
    ? error
    : new DeliveryError("temporary", String(error), { cause: error });
}
