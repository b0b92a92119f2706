import type { Timer } from "../adapter.ts";
import type { HistoryRequest } from "../store/store.ts";

/** One client of a user in a room. */
export interface Presence {
  /** The client's full JID. */
  readonly jid: string;
  /** `joining` until the room's roster went to it. */
  state: "joining" | "in";
  /** It was in already when it asked to join (again). */
  readonly wasIn: boolean;
  readonly askedNick: string;
  readonly history: HistoryRequest | undefined;
  /** Place in the archive up to which this client has the room's messages; undefined for one that was not in. */
  seen: number | undefined;
}

/** A room as one user sees it: which of the user's clients are in it, under what nick. */
export interface RoomView {
  readonly user: string;
  readonly conversation: string;
  /** The room's bare JID. */
  readonly jid: string;
  nick: string;
  /** What the room was entered with (XEP-0045 §7.2.6). */
  password: string | undefined;
  /** The user has been in it for some time: what is behind the mark was missed, not from before. */
  entered: boolean;
  /** A room of the last run: to be joined again before anything else. */
  rejoin: boolean;
  readonly resources: Map<string, Presence>;
  /** The clients vanished without a word; milliseconds since 1970. */
  detachedAt: number | undefined;
  /** The client that was the last to go, for the occupancy that stays in the store. */
  lastClient: string;
  /** The last client left; the network is told when this fires. */
  leaving: Timer | undefined;
}

/** All rooms of all users of one component. */
export class Rooms {
  readonly #views = new Map<string, RoomView>();
  readonly #counts = new Map<string, number>();
  readonly #detached = new Set<RoomView>();
  readonly #domain: string;
  /** What was asked for last: a batch is mostly about one room. */
  #last: RoomView | undefined;

  constructor(domain: string) {
    this.#domain = domain;
  }

  get(user: string, conversation: string): RoomView | undefined {
    const last = this.#last;
    if (last?.user === user && last.conversation === conversation) return last;
    const found = this.#views.get(`${user} ${conversation}`);
    if (found !== undefined) this.#last = found;
    return found;
  }

  /** The view, made where there is none. */
  open(user: string, conversation: string, nick: string): RoomView {
    const known = this.get(user, conversation);
    if (known !== undefined) return known;
    const jid = `${conversation}@${this.#domain}`;
    const view: RoomView = {
      user,
      conversation,
      jid,
      nick,
      password: undefined,
      entered: false,
      rejoin: false,
      resources: new Map(),
      detachedAt: undefined,
      lastClient: "",
      leaving: undefined,
    };
    this.#views.set(`${user} ${conversation}`, view);
    this.#counts.set(user, this.count(user) + 1);
    return view;
  }

  drop(view: RoomView): void {
    view.leaving?.cancel();
    view.leaving = undefined;
    this.#detached.delete(view);
    if (this.#last === view) this.#last = undefined;
    if (!this.#views.delete(`${view.user} ${view.conversation}`)) return;
    const left = this.count(view.user) - 1;
    if (left > 0) this.#counts.set(view.user, left);
    else this.#counts.delete(view.user);
  }

  /** In how many rooms a user is. */
  count(user: string): number {
    return this.#counts.get(user) ?? 0;
  }

  all(): IterableIterator<RoomView> {
    return this.#views.values();
  }

  /** The last of the user's clients is gone without having left. */
  detach(view: RoomView, resource: string, now: number): void {
    view.detachedAt = now;
    view.lastClient = resource;
    this.#detached.add(view);
  }

  /** A client of the user's is in again. */
  attach(view: RoomView): void {
    view.detachedAt = undefined;
    this.#detached.delete(view);
  }

  /** Views detached before that time. */
  detachedBefore(time: number): RoomView[] {
    return [...this.#detached].filter((view) => (view.detachedAt ?? time) < time);
  }
}
