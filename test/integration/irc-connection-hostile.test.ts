import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAX_UNSENT } from "../../adapters/irc/transport.ts";
import { Client, joined, rawServer } from "../unit/irc-wire/harness.ts";

/** Lines that no server should send. Some made irc-framework throw, some made it spoil what it knows. */
const HOSTILE = [
  ":srv 005 joe CHANMODES :are supported",
  ":srv 005 joe CHANTYPES :are supported",
  ":srv 005 joe PREFIX STATUSMSG CASEMAPPING CLIENTTAGDENY NETWORK NAMESX :are supported",
  ":srv 005 joe PREFIX=(ov CHANMODES= STATUSMSG= :are supported",
  ":srv 005",
  ":srv 001",
  "CAP",
  "CAP *",
  "CAP * LS",
  "CAP * ACK :sasl evil",
  "CAP * NAK",
  "CAP * NEW :",
  "CAP * DEL :",
  "CAP * \x00",
  "AUTHENTICATE",
  "AUTHENTICATE +",
  "AUTHENTICATE :abc",
  "BATCH",
  "BATCH +",
  "BATCH +a",
  "BATCH -b",
  "BATCH -a",
  "NICK",
  ":joe NICK",
  ":joe!j@h NICK :",
  "JOIN",
  ":x JOIN",
  "PART",
  "KICK",
  "MODE",
  "MODE #x +ooo",
  ":srv 353",
  ":srv 353 joe = #x",
  ":srv 353 joe = #x :",
  ":srv 366",
  ":srv 352 joe",
  ":srv 354 joe 1",
  ":srv 364 joe a",
  ":srv 311",
  ":srv 318",
  ":srv 301",
  ":srv 319 joe",
  ":srv 378 joe joe",
  ":srv 396",
  ":srv 433",
  ":srv 730",
  ":srv 732",
  ":srv 900",
  "PRIVMSG",
  ":a!b@c PRIVMSG",
  "@batch=zz :a!b@c PRIVMSG joe",
  ":a!b@c NOTICE joe",
  "TAGMSG",
  "TOPIC",
  "INVITE",
  "ERROR",
  ":",
  "@",
  "@a",
  "@a :b",
  ": ",
  " ",
  "\x01",
  "constructor",
  "__proto__ x",
  "toString :x",
  "QUIT",
  "AWAY",
  "ACCOUNT",
  "CHGHOST",
  "SETNAME",
  "PONG",
  "PING",
];

let server: Awaited<ReturnType<typeof rawServer>>;
let client: Client | undefined;

beforeEach(async () => {
  server = await rawServer();
});
afterEach(async () => {
  await client?.stop();
  await server.stop();
});

async function up() {
  const pair = await joined(server);
  client = pair.client;
  return pair;
}

describe("a hostile server", () => {
  test("sends each bad line, and the connection goes on as if it had not", async () => {
    const { client, far } = await up();
    for (const line of HOSTILE) far.send(line);
    await far.sync();
    far.send(":srv 005 joe PREFIX=(ov)@+ CHANMODES=b,k,l,imn CHANTYPES=# CASEMAPPING=ascii :are supported");
    far.send(":ann!a@h MODE #x +bo *!*@* bob");
    const { event } = await client.event("mode");
    await client.events.waitFor(({ name, event }) => name === "mode" && event.raw_modes === "+bo", "+bo");
    expect(event).toBeDefined();
    expect(client.connection.registered).toBe(true);
    expect(client.connection.nick).toBe("joe");
    expect(client.connection.isChannel("#x")).toBe(true);
    expect(client.connection.fold("A[")).toBe("a[");
  });

  test("sends them before the welcome", async () => {
    client = new Client({ port: server.port });
    client.connection.open();
    const far = await server.next();
    await far.line("USER ");
    for (const line of HOSTILE) far.send(line);
    far.send("PING :still");
    await far.line("PONG :still");
    await far.welcome();
    await client.state("connected");
  });

  test("sends lines made by chance", async () => {
    const { client, far } = await up();
    const word = fc.oneof(
      fc.constantFrom(
        "@batch=1",
        "@time=x;msgid",
        ":joe!j@h",
        ":srv",
        "CAP",
        "005",
        "353",
        "NICK",
        "BATCH",
        "+1",
        "-1",
      ),
      fc.constantFrom(
        "MODE",
        "JOIN",
        "joe",
        "#x",
        "*",
        "LS",
        "ACK",
        ":a b",
        "311",
        "318",
        "319",
        "322",
        "900",
        "+o-v",
        ":",
      ),
      fc.string({ maxLength: 6 }),
    );
    const lines = fc.sample(fc.array(word, { maxLength: 7 }), { seed: 7, numRuns: 3000 });
    // A nick of the server's choice may come of it, an end of the connection may not.
    for (const words of lines) far.send(words.join(" ").replace(/^PING|QUIT|ERROR/, "X"));
    await far.sync();
    expect(client.connection.registered).toBe(true);
  });

  test("sends megabytes without an end of line: skipped, and what follows is read", async () => {
    const { client, far } = await up();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 40; i++) far.socket.write("x".repeat(256 * 1024));
    far.send("", ":ann!a@h PRIVMSG joe :after");
    await client.text("after");
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  test("sends a list that never ends: thrown away, and the connection stays", async () => {
    const { client, far } = await up();
    const names = `:srv 353 joe = #x :${"nick!user@host.example ".repeat(300)}`;
    for (let i = 0; i < 3000; i++) far.socket.write(`${names}\r\n`);
    far.send(":srv 366 joe #x :End");
    const { event } = await client.event("userlist");
    expect(Array.isArray(event.users) && event.users.length).toBeLessThan(3000 * 300);
    await far.sync();
  });

  test("asks with PINGs and never reads the answers: dropped, told in words", async () => {
    const { client, far } = await up();
    far.socket.pause();
    const pings = `PING :${"x".repeat(450)}\r\n`.repeat(500);
    const drained = () => new Promise<void>((resolve) => far.socket.once("drain", resolve));
    const lost = client.state("transient-disconnect");
    let sent = 0;
    while (!far.socket.destroyed && sent < MAX_UNSENT * 8 && client.connection.registered) {
      sent += pings.length;
      if (!far.socket.write(pings)) await Promise.race([drained(), lost]);
    }
    expect((await lost).text).toMatch(/does not read/);
  });

  test("text inside a batch comes as text, once, with its time and id", async () => {
    const { client, far } = await up();
    far.send(
      ":srv BATCH +h chathistory #x",
      "@batch=h;time=2026-11-21T08:00:00.000Z;msgid=m1 :ann!a@h PRIVMSG #x :from the past",
      ":srv BATCH -h",
    );
    const line = await client.text("from the past");
    expect(line).toMatchObject({ from: "ann", mask: "a@h", at: Date.UTC(2026, 10, 21, 8), msgid: "m1" });
    await far.sync();
    expect(client.texts.all).toHaveLength(1);
    expect(client.events.all.filter(({ name }) => name === "privmsg")).toEqual([]);
  });

  test("VERSION and other CTCP are handed up and not answered here", async () => {
    const { client, far } = await up();
    far.send(":ann!a@h PRIVMSG joe :\x01VERSION\x01", "@batch=x :ann!a@h PRIVMSG joe :\x01VERSION\x01");
    await client.text("\x01VERSION\x01");
    await far.sync();
    expect(far.lines.all.filter((line) => line.startsWith("NOTICE"))).toEqual([]);
  });
});
