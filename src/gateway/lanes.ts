import { type Direction, laneKey } from "../domain/envelope.ts";

interface Last {
  user: string;
  conversation: string;
  key: string;
}

/** The keys of one component's lanes. The last one of each direction is kept: a batch is mostly one conversation's. */
export class LaneKeys {
  readonly #component: string;
  readonly #last: Record<Direction, Last> = {
    out: { user: "", conversation: "", key: "" },
    in: { user: "", conversation: "", key: "" },
  };

  constructor(component: string) {
    this.#component = component;
  }

  key(direction: Direction, user: string, conversation: string): string {
    const last = this.#last[direction];
    if (last.user !== user || last.conversation !== conversation) {
      last.user = user;
      last.conversation = conversation;
      last.key = laneKey(direction, this.#component, user, conversation);
    }
    return last.key;
  }
}
