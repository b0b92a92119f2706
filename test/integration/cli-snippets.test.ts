import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, expect, it } from "vitest";
import { snippets } from "../../src/cli/snippets.ts";
import { startEjabberd } from "../support/ejabberd.ts";
import { isthmus } from "../support/isthmus.ts";
import { freePort } from "../support/ports.ts";
import { makeFolder, removeFolder } from "../support/process.ts";
import { startProsody, type XmppServer } from "../support/prosody.ts";
import { portOpen } from "../support/server.ts";

/** What `isthmus init` tells the operator to put into the server is what the server takes. */

const folder = makeFolder("snippets");
const answers = { component: "irc.example.org", secret: "pale-moon-secret", host: "127.0.0.1" };
let server: XmppServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});
afterAll(() => removeFolder(folder));

async function accepted(port: number): Promise<void> {
  const file = join(folder, "isthmus.yaml");
  const component = { domain: answers.component, secret: answers.secret, adapter: "irc" };
  writeFileSync(file, JSON.stringify({ xmpp: { port }, components: [component] }));
  const { out } = await isthmus(["check", "--config", file], { cwd: folder });
  expect(out).toContain(`ok     irc.example.org on XMPP: accepted by 127.0.0.1:${port}`);
}

it("Prosody takes its snippet", async () => {
  server = await startProsody({ components: [], extra: snippets.prosody.text({ ...answers, port: 5347 }) });
  await accepted(server.componentPort);
});

it("ejabberd takes its snippet", async () => {
  const port = await freePort();
  const file = join(folder, "ejabberd.yml");
  writeFileSync(file, snippets.ejabberd.text({ ...answers, port }));
  server = await startEjabberd({
    components: [{ domain: "other.example.org", secret: "another" }],
    extra: `include_config_file: ${file}`,
  });
  await portOpen(port);
  await accepted(port);
});
