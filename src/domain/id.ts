/**
 * Ids for envelopes and stanzas: 20 characters, unique, growing, safe in a JID, a file name and a URL.
 * Nine characters tell the millisecond; eleven are random, and count up within one millisecond in
 * random steps, so that knowing one id does not tell the next (XEP-0359 §6).
 */

const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
/** Two digits of base 32 for each number below 1024: half the steps. */
const PAIRS = Array.from({ length: 1024 }, (_, n) => DIGITS.charAt(n >> 5) + DIGITS.charAt(n & 31));
/** The tail is two numbers below these bounds: 25 and 30 bits. */
const HIGH = 2 ** 25;
const LOW = 2 ** 30;

/**
 * @param now milliseconds since 1970; where it goes back, ids go on growing from the latest
 * @param random 0 ≤ n < 1; as unguessable as this is, so are the ids
 */
export function createIds(now: () => number, random: () => number): () => string {
  let time = -1;
  let head = "";
  let high = 0;
  let low = 0;

  function begin(millisecond: number): void {
    time = millisecond;
    head = digits9(time);
    // The upper half is left free for counting up.
    high = Math.floor((random() * HIGH) / 2);
    low = Math.floor(random() * LOW);
  }

  return () => {
    const current = Math.floor(now());
    if (current > time) {
      begin(current);
    } else {
      low += 1 + Math.floor(random() * (LOW - 1));
      if (low >= LOW) {
        low -= LOW;
        high += 1;
        if (high >= HIGH) begin(time + 1);
      }
    }
    return head + tail(high, low);
  };
}

/** 45 bits in nine digits: enough until the year 3084. */
function digits9(value: number): string {
  const upper = Math.floor(value / LOW);
  return pair(upper >> 10).slice(1) + pair(upper) + digits6(value % LOW);
}

function tail(high: number, low: number): string {
  return pair(high >> 20).slice(1) + pair(high >> 10) + pair(high) + digits6(low);
}

function digits6(value: number): string {
  return pair(value >> 20) + pair(value >> 10) + pair(value);
}

function pair(value: number): string {
  return PAIRS[value & 1023] ?? "";
}
