import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CONNECT_TIMEOUT, REGISTRATION_TIMEOUT } from "../../adapters/irc/connection.ts";
import type { Identity, ServerOptions } from "../../adapters/irc/types.ts";
import { DeliveryError } from "../../src/domain/errors.ts";
import { FakeClock } from "../unit/irc-wire/fake-clock.ts";
import { type Accepted, Client, deadPort, joined, rawServer } from "../unit/irc-wire/harness.ts";

let server: Awaited<ReturnType<typeof rawServer>>;
let client: Client | undefined;
let clock: FakeClock;

beforeEach(async () => {
  server = await rawServer();
  clock = new FakeClock();
});
afterEach(async () => {
  const stopped = client?.stop();
  clock.pass(1);
  await stopped;
  await server.stop();
});

/** Opens a connection on a clock that stands still; resolves with the server's end. */
async function open(options: Partial<ServerOptions> = {}, identity: Partial<Identity> = {}) {
  client = new Client({ port: server.port, ...options }, identity, clock);
  client.connection.open();
  const far = await server.next();
  return { client, far };
}

async function up() {
  const pair = await joined(server, clock);
  client = pair.client;
  return pair;
}

/** Offers capabilities as IRCv3 capability negotiation says. */
async function offer(far: Accepted, caps: string): Promise<string> {
  await far.line("CAP LS 302");
  far.send(`:srv CAP * LS :${caps}`);
  const asked = (await far.line("CAP REQ ")).slice(9);
  far.send(`:srv CAP * ACK :${asked}`);
  return asked;
}

describe("registration", () => {
  test("PASS, NICK and USER go out; what the server supports is known when it is told", async () => {
    const { client, far } = await open({ password: "secret" }, { realname: "Joe of Example" });
    await far.line("PASS secret");
    await far.line("USER joe 0 * :Joe of Example");
    await far.welcome(":srv 005 joe CHANTYPES=! CASEMAPPING=ascii NICKLEN=9 :are supported");
    await client.state("connected");
    expect(client.connection.supports("nicklen")).toBe("9");
    expect(client.connection.isChannel("!x")).toBe(true);
  });

  test("a server without MOTD is complete at the answer to a PING", async () => {
    const { client, far } = await open();
    await far.line("NICK ");
    far.send(":srv 001 joe :Welcome");
    far.send(`:srv PONG srv :${(await far.line("PING :")).slice(6)}`);
    await client.state("connected");
  });

  test("asks for the capabilities it uses, and for no others", async () => {
    const { client, far } = await open();
    const asked = await offer(
      far,
      "echo-message server-time message-tags multi-prefix sasl=PLAIN userhost-in-names",
    );
    expect(asked.split(" ").sort()).toEqual(["message-tags", "multi-prefix", "server-time"]);
    await far.line("CAP END");
    await far.welcome();
    await client.state("connected");
    expect([client.connection.hasCap("server-time"), client.connection.hasCap("sasl")]).toEqual([
      true,
      false,
    ]);
  });

  test("the server's password is never used as SASL credentials", async () => {
    const { far } = await open({ password: "secret" });
    expect(await offer(far, "sasl=PLAIN server-time")).toBe("server-time");
    await far.line("CAP END");
    expect(far.lines.all.filter((line) => line.startsWith("AUTHENTICATE"))).toEqual([]);
  });

  test("SASL PLAIN", async () => {
    const { client, far } = await open({ sasl: { mechanism: "PLAIN", account: "acc", password: "pw" } });
    expect(await offer(far, "sasl=PLAIN,EXTERNAL")).toBe("sasl");
    await far.line("AUTHENTICATE PLAIN");
    far.send("AUTHENTICATE +");
    const payload = (await far.line("AUTHENTICATE ")).slice(13);
    expect(Buffer.from(payload, "base64").toString()).toBe("acc\0acc\0pw");
    far.send(":srv 900 joe joe!joe@h acc :You are now logged in", ":srv 903 joe :SASL successful");
    await far.line("CAP END");
    await far.welcome();
    await client.state("connected");
  });

  test("SASL EXTERNAL", async () => {
    const { far } = await open({ sasl: { mechanism: "EXTERNAL" } });
    await offer(far, "sasl");
    await far.line("AUTHENTICATE EXTERNAL");
    far.send("AUTHENTICATE +");
    await far.line("AUTHENTICATE +");
  });

  test("a login that is refused ends it: bad credentials, told once, no retry", async () => {
    const { client, far } = await open({ sasl: { mechanism: "PLAIN", account: "acc", password: "pw" } });
    await offer(far, "sasl");
    await far.line("AUTHENTICATE PLAIN");
    far.send(":srv 904 joe :SASL authentication failed");
    const report = await client.state("bad-credentials");
    expect(report).toMatchObject({ condition: "not-authorized" });
    expect(report.text).toMatch(/account acc/);
    expect(report.text).not.toMatch(/pw/);
    expect(report.retryAt).toBeUndefined();
    await far.closed;
    clock.pass(3_600_000);
    expect(server.clients.all).toHaveLength(1);
  });

  test("a login that the server has no way for is not skipped", async () => {
    const { client, far } = await open({ sasl: { mechanism: "PLAIN", account: "acc", password: "pw" } });
    await far.welcome();
    const report = await client.state("transient-disconnect");
    expect(report).toMatchObject({ condition: "not-authorized" });
    expect(report.text).toMatch(/no SASL/);
  });

  test("a wrong server password: bad credentials", async () => {
    const { client, far } = await open({ password: "wrong" });
    await far.line("PASS wrong");
    far.send(":srv 464 joe :Password incorrect", "ERROR :Closing Link");
    far.socket.end();
    const report = await client.state("bad-credentials");
    expect(report).toMatchObject({ condition: "not-authorized" });
    expect(report.retryAt).toBeUndefined();
  });

  test.each([
    ["433", "joe_"],
    ["436", "joe_"],
    ["437", "joe_"],
  ])("a nick that is taken (%s) is varied until one is free", async (numeric, second) => {
    const { client, far } = await open();
    await far.line("NICK joe");
    far.send(`:srv ${numeric} * joe :taken`);
    expect(await far.line("NICK ")).toBe(`NICK ${second}`);
    far.send(`:srv ${numeric} * ${second} :taken`);
    await far.line("NICK joe__");
    far.send(":srv 001 joe__ :Welcome", ":srv 422 joe__ :no MOTD");
    await client.state("connected");
    expect(client.connection.nick).toBe("joe__");
    expect((await client.event("registered")).event.nick).toBe("joe__");
  });

  test("a nick that the server cannot spell is spelled for it", async () => {
    const { far } = await open({}, { nick: "Zoë-of-the-north" });
    await far.line("NICK Zoë");
    far.send(":srv 432 * Zoë :Erroneous nickname");
    expect(await far.line("NICK ")).toBe("NICK Zo_-of-th");
  });

  test("a server where every nick is taken is left after a bounded number", async () => {
    const { client, far } = await open();
    far.lines.each((line) => {
      if (line.startsWith("NICK ")) far.send(`:srv 433 * ${line.slice(5)} :taken`);
    });
    const report = await client.state("transient-disconnect");
    expect(report).toMatchObject({ condition: "conflict" });
    await far.closed;
    expect(far.lines.all.filter((line) => line.startsWith("NICK "))).toHaveLength(13);
  });

  test("a server that never finishes is left, and tried again", async () => {
    const { client, far } = await open();
    await far.line("USER ");
    clock.pass(REGISTRATION_TIMEOUT + 2_000);
    const report = await client.state("transient-disconnect");
    expect(report).toMatchObject({ condition: "remote-server-timeout" });
    expect(report.retryAt).toBeGreaterThan(clock.now());
    clock.pass(10_000);
    await server.next();
  });
});

describe("a server that cannot be reached", () => {
  test("refuses: told with the reason, and tried again ever more slowly until it is closed", async () => {
    client = new Client({ port: await deadPort() }, {}, clock);
    client.connection.open();
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      const report = await client.state("transient-disconnect");
      expect(report.text).toMatch(/refused the connection\.$/);
      const wait = (report.retryAt ?? 0) - clock.now();
      waits.push(wait);
      clock.pass(wait + 2_000);
    }
    expect(waits.every((wait, i) => i === 0 || wait > (waits[i - 1] ?? 0))).toBe(true);
    await client.stop();
    clock.pass(3_600_000);
    expect(clock.pending).toBe(0);
  });

  test("does not speak TLS where TLS is wanted", async () => {
    const { client, far } = await open({ tls: true });
    far.send("NOTICE * :*** Looking up your hostname");
    expect((await client.state("transient-disconnect")).text).toMatch(/does not speak TLS/);
  });

  test("takes the connection and says nothing to TLS", async () => {
    const { client } = await open({ tls: true });
    clock.pass(CONNECT_TIMEOUT + 2_000);
    expect((await client.state("transient-disconnect")).text).toMatch(/did not answer in time/);
  });
});

describe("a server that will not have us", () => {
  test.each([
    ["465", ":srv 465 joe :You are banned from this server"],
    ["K-line", "ERROR :Closing Link: 127.0.0.1 (K-Lined: no gateways)"],
  ])("%s: banned, told once, no automatic reconnect", async (_, line) => {
    const { client, far } = await up();
    far.send(line);
    far.socket.end();
    const report = await client.state("banned");
    expect(report).toMatchObject({ condition: "forbidden" });
    expect(report.retryAt).toBeUndefined();
    clock.pass(24 * 3_600_000);
    expect(client.reports.all.filter(({ state }) => state === "banned")).toHaveLength(1);
    expect(server.clients.all).toHaveLength(1);
  });

  test("an open after a ban tries again", async () => {
    const { client, far } = await up();
    far.send("ERROR :G-Lined");
    far.socket.end();
    await client.state("banned");
    client.connection.open();
    clock.pass(1_000);
    await (await server.next()).welcome();
    await client.state("connected");
  });

  test("throttled: a longer wait", async () => {
    const { client, far } = await up();
    far.send("ERROR :Trying to reconnect too fast.");
    far.socket.end();
    const report = await client.state("transient-disconnect");
    expect((report.retryAt ?? 0) - clock.now()).toBeGreaterThanOrEqual(30_000);
  });
});

describe("a connection that breaks", () => {
  test("is opened again, with the nick of before", async () => {
    const { client, far } = await up();
    client.connection.command("NICK", "joseph");
    await far.line("NICK joseph");
    far.send(":joe!joe@h NICK :joseph");
    await client.event("nick");
    far.socket.destroy();
    expect((await client.state("transient-disconnect")).retryAt).toBeGreaterThan(clock.now());
    clock.pass(10_000);
    await (await server.next()).welcome();
    await client.state("connected");
    expect(client.connection.nick).toBe("joseph");
  });

  test("rejects who waits on it, and refuses what comes after", async () => {
    const { client, far } = await up();
    const ping = client.connection.ping();
    await far.line("PING :i");
    far.socket.destroy();
    await expect(ping).rejects.toBeInstanceOf(DeliveryError);
    await client.state("transient-disconnect");
    expect(() => client.connection.command("JOIN", "#x")).toThrow(DeliveryError);
    await expect(client.connection.turn()).rejects.toMatchObject({ kind: "temporary" });
    await expect(client.connection.ping()).rejects.toMatchObject({ kind: "temporary" });
    expect(client.connection.allowance()).toBe(0);
  });

  test("without a word is found within 90 s", async () => {
    const { client, far } = await up();
    clock.pass(45_000);
    await far.line("PING :alive");
    clock.pass(45_000);
    expect((await client.state("transient-disconnect")).text).toMatch(/does not answer/);
  });

  test("is not taken for broken while it answers, nor when the clock jumps", async () => {
    const { client, far } = await up();
    for (let i = 0; i < 5; i++) {
      clock.jump(3_600_000);
      clock.pass(45_000);
      await far.line("PING :alive");
      far.send(":srv PONG srv :alive", ":ann!a@h PRIVMSG joe :here");
      await client.text("here");
    }
    expect(client.connection.registered).toBe(true);
  });

  test("that talks on but never answers an evidence PING is dropped too", async () => {
    const { client, far } = await up();
    const ping = client.connection.ping();
    for (let i = 0; i < 12 && client.connection.registered; i++) {
      far.send(":ann!a@h PRIVMSG joe :chatter");
      await client.text("chatter");
      clock.pass(21_000);
    }
    await expect(ping).rejects.toThrow(/does not answer/);
  });
});

describe("sending and reading", () => {
  test("what is sent in one turn goes out in one write, in order", async () => {
    const { client, far } = await up();
    await far.line("PING :ready");
    const before = far.reads;
    for (let i = 0; i < 200; i++) client.connection.command("PRIVMSG", "#x", `line ${i}`);
    await far.line("PRIVMSG #x :line 199");
    expect(far.reads - before).toBe(1);
    const sent = far.lines.all.filter((line) => line.startsWith("PRIVMSG"));
    expect(sent).toEqual(Array.from({ length: 200 }, (_, i) => `PRIVMSG #x :line ${i}`));
  });

  test("PING is answered at once, however much waits in the flood control", async () => {
    const pair = await joined(server, clock, { burst: 1, perSecond: 0.1 });
    client = pair.client;
    for (let i = 0; i < 50; i++) client.connection.command("PRIVMSG", "#x", String(i));
    await pair.far.sync();
    expect(pair.far.lines.all.filter((line) => line.startsWith("PRIVMSG"))).toHaveLength(1);
  });

  test("the end of each read is told, after its lines", async () => {
    const { client, far } = await up();
    const before = client.reads;
    far.send(":ann!a@h PRIVMSG joe :1", ":ann!a@h PRIVMSG joe :2", ":ann!a@h PRIVMSG joe :3");
    await client.text("3");
    await far.sync();
    expect(client.reads).toBeGreaterThan(before);
    expect(client.reads - before).toBeLessThanOrEqual(2);
  });

  test("a paused connection reads nothing, and all of it afterwards", async () => {
    const { client, far } = await up();
    client.connection.pause();
    far.send(":ann!a@h PRIVMSG joe :while paused");
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(client.texts.all).toEqual([]);
    client.connection.resume();
    await client.text("while paused");
  });

  test("a handler that throws stops nothing", async () => {
    const { client, far } = await up();
    client.texts.each((line) => {
      if (line.text === "bad") throw new Error("handler");
    });
    far.send(":ann!a@h PRIVMSG joe :bad", ":ann!a@h PRIVMSG joe :good");
    await client.text("good");
  });
});

describe("closing", () => {
  test("says QUIT with its reason and waits for the server", async () => {
    const { client, far } = await up();
    const closed = client.connection.close("good\r\nnight", 5_000);
    expect(await far.line("QUIT")).toBe("QUIT goodnight");
    far.send("ERROR :Closing Link");
    far.socket.end();
    await closed;
    expect(client.reports.all.at(-1)?.state).toBe("logged-out");
    clock.pass(3_600_000);
    expect([clock.pending, server.clients.all.length]).toEqual([0, 1]);
  });

  test("does not wait longer than it may for a silent server", async () => {
    const { client, far } = await up();
    const closed = client.connection.close("bye", 3_000);
    await far.line("QUIT");
    clock.pass(3_000);
    await closed;
  });

  test("ends an attempt that is under way, and one that waits for its turn", async () => {
    const { client } = await open();
    await client.connection.close("", 0);
    const waiting = new Client({ port: server.port }, {}, clock);
    await waiting.connection.close("", 0);
    clock.pass(600_000);
    expect(clock.pending).toBe(0);
  });
});
