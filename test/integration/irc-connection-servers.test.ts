import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type InspircdServer, startInspircd } from "../support/inspircd.ts";
import { type IrcPeer, ircPeer } from "../support/irc-peer.ts";
import { type IrcServer, startNgircd } from "../support/ngircd.ts";
import { slicingProxy } from "../support/slicing-proxy.ts";
import { Client } from "../unit/irc-wire/harness.ts";

const MULTILINGUAL = [
  "Grüße aus Köln",
  "日本語のテキスト",
  "مرحبا بالعالم",
  "👩‍👩‍👧 🏳️‍🌈 é̂",
  "\x0304,12red\x0f \x02bold\x02",
];

const open: { stop(): Promise<void> }[] = [];

function keep<T extends { stop(): Promise<void> }>(one: T): T {
  open.push(one);
  return one;
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});

describe.each(["ngircd", "inspircd"] as const)("on %s", (kind) => {
  let server: IrcServer;

  beforeAll(async () => {
    server = kind === "ngircd" ? await startNgircd() : await startInspircd();
  });
  afterAll(() => server.stop());

  const connect = (nick: string, port = server.port) => keep(new Client({ port }, { nick }));
  const peer = (nick: string): Promise<IrcPeer> =>
    ircPeer({ host: server.host, port: server.port, nick }).then(keep);

  test("two users meet in a channel and talk both ways", async () => {
    const { connection, ...juliet } = await connect("juliet").up();
    const romeo = await peer("romeo");
    await romeo.join("#verona");
    connection.command("JOIN", "#verona");
    connection.command("PRIVMSG", "#verona", "hello romeo");
    await connection.ping();
    await romeo.waitForText("#verona", "hello romeo");
    romeo.say("#verona", "hello juliet");
    const line = await juliet.texts.waitFor((line) => line.text === "hello juliet", "hello juliet");
    expect(line).toMatchObject({ command: "PRIVMSG", from: "romeo", target: "#verona" });
    expect(line.mask).toMatch(/romeo@/);
  });

  test("a nick in use is varied, and the handler learns which one it became", async () => {
    await peer("tybalt");
    const client = await connect("tybalt").up();
    expect(client.connection.nick).toBe("tybalt_");
  });

  test("a nick that is too long or badly spelled still gets in", async () => {
    const long = await connect("n".repeat(60)).up();
    expect(long.connection.nick).toMatch(/^n/);
    const odd = await connect("Zoë Müller").up();
    expect(odd.connection.nick).toMatch(/^Zo__M/);
  });

  test("ten users who want one nick all get in", async () => {
    const clients = Array.from({ length: 10 }, () => connect("storm"));
    await Promise.all(clients.map((client) => client.up()));
    expect(new Set(clients.map((client) => client.connection.nick)).size).toBe(10);
  });

  test("a text of exactly the room there is arrives whole, in 512 bytes", async () => {
    const { connection, ...client } = await connect("mercutio").up();
    const listener = await peer("listener");
    await listener.join("#long");
    connection.command("JOIN", "#long");
    await client.events.waitFor(({ name }) => name === "userlist", "userlist");
    const room = connection.room("PRIVMSG", "#long");
    const text = `${"x".repeat(room - 2)}é`;
    connection.command("PRIVMSG", "#long", text);
    const line = await listener.waitForText("#long", text);
    // The server's own tags are not asked for here, so all of the line counts.
    expect(Buffer.byteLength(line.raw)).toBe(510);
  });

  test("a PONG comes after everything that was sent before it was handled", async () => {
    const { connection, ...client } = await connect("benvolio").up();
    connection.command("PRIVMSG", "nobody-here", "hello");
    connection.command("JOIN", "#order");
    await connection.ping();
    const names = client.events.all.map(({ name }) => name);
    expect(names).toContain("irc error");
    expect(names).toContain("userlist");
  });

  test("names are folded as the server does", async () => {
    const { connection } = await connect("paris").up();
    expect(connection.fold("[X]")).toBe(kind === "ngircd" ? "[x]" : "{x}");
    expect([connection.isChannel("#x"), connection.isChannel("x")]).toEqual([true, false]);
  });

  test("every read sliced to one byte: multilingual text is exact both ways", async () => {
    const proxy = keep(await slicingProxy({ port: server.port }));
    const client = await connect("slice", proxy.port).up();
    const far = await peer("far");
    client.connection.command("JOIN", "#slices");
    await client.connection.ping();
    await far.join("#slices");
    for (const text of MULTILINGUAL) {
      far.say("#slices", text);
      await client.text(text);
      client.connection.command("PRIVMSG", "#slices", text);
      await far.waitForText("#slices", text);
    }
  });

  test("a connection that is cut is opened again", async () => {
    const proxy = keep(await slicingProxy({ port: server.port, slice: Number.POSITIVE_INFINITY }));
    const client = await connect("phoenix", proxy.port).up();
    proxy.cut();
    expect((await client.state("transient-disconnect")).retryAt).toBeGreaterThan(Date.now());
    await client.state("connected", 20_000);
    await client.connection.ping();
  });

  test("close leaves with a reason, and the server agrees", async () => {
    const watcher = await peer("watcher");
    await watcher.join("#end");
    const client = await connect("leaver").up();
    client.connection.command("JOIN", "#end");
    await client.connection.ping();
    await client.connection.close("farewell", 5_000);
    const quit = await watcher.waitFor((line) => line.command === "QUIT" && line.from === "leaver", "QUIT");
    expect(quit.params[0]).toContain("farewell");
    expect(client.reports.all.at(-1)?.state).toBe("logged-out");
  });
});

describe("TLS on inspircd", () => {
  let server: InspircdServer;

  beforeAll(async () => {
    server = await startInspircd();
  });
  afterAll(() => server.stop());

  const connect = (options: object) =>
    keep(new Client({ host: "localhost", port: server.tlsPort, tls: true, ...options }));

  test("a certificate of an authority that is trusted", async () => {
    const client = await connect({ ca: server.ca }).up();
    await client.connection.ping();
    expect(client.connection.hasCap("server-time")).toBe(true);
  });

  test("by address, where the certificate is for the address", async () => {
    await connect({ ca: server.ca, host: "127.0.0.1" }).up();
  });

  test("an authority that is not trusted: refused in words", async () => {
    const client = connect({});
    client.connection.open();
    const report = await client.state("transient-disconnect");
    expect(report.text).toMatch(/certificate of localhost is signed by an authority that is not/);
    expect(report.condition).toBe("remote-server-timeout");
  });

  test("not verified where the options say so", async () => {
    await connect({ verify: false }).up();
  });

  test("large and sliced traffic over TLS is exact", async () => {
    const proxy = keep(await slicingProxy({ port: server.tlsPort, slice: 7 }));
    const client = await connect({ ca: server.ca, port: proxy.port }).up();
    for (const text of MULTILINGUAL) client.connection.command("PRIVMSG", client.connection.nick, text);
    for (const text of MULTILINGUAL) await client.text(text);
  });
});
