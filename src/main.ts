#!/usr/bin/env node
import { Command } from "commander";
import { version } from "./cli/version.ts";
import { UserError } from "./domain/errors.ts";

/** The command line. Each command is loaded when it is asked for. */

const LEAST_NODE = 24;

function program(): Command {
  const isthmus = new Command("isthmus").description("An XMPP gateway to IRC that loses no message.");
  isthmus.version(version(), "-V, --version").showHelpAfterError("(isthmus --help lists the commands)");
  const command = (name: string, text: string): Command =>
    isthmus
      .command(name)
      .description(text)
      .option("-c, --config <file>", "the config (default: isthmus.yaml here, else in /etc/isthmus)");

  command("start", "run the gateway until SIGTERM or Ctrl-C; SIGHUP reads the config again").action(
    async ({ config }) => {
      const { findConfig } = await import("./cli/paths.ts");
      const { start } = await import("./cli/start.ts");
      await start(findConfig(config), process.stdout);
    },
  );
  command("check", "connect to everything the config names, and say what is wrong").action(
    async ({ config }) => {
      const { findConfig } = await import("./cli/paths.ts");
      const { check } = await import("./cli/check.ts");
      if (!(await check(findConfig(config), process.stdout))) process.exitCode = 1;
    },
  );
  addInit(isthmus);
  addQueue(command("queue", "look at what waits, and at what failed"));
  isthmus
    .command("version")
    .description("print the version")
    .action(() => console.log(version()));
  return isthmus;
}

function addInit(isthmus: Command): void {
  isthmus
    .command("init")
    .description("ask a few questions, write a config and the snippet for the XMPP server")
    .option("-c, --config <file>", "the file to write", "isthmus.yaml")
    .option("-y, --yes", "ask nothing: take the defaults for what is not given")
    .option("--domain <domain>", "domain of the XMPP server")
    .option("--server <name>", "its software: prosody, ejabberd or openfire")
    .option("--host <address>", "its address")
    .option("--port <port>", "its port for components")
    .option("--adapter <name>", "the network: irc")
    .option("--component <domain>", "domain of the gateway")
    .option("--irc <servers>", "IRC servers to list, with commas between")
    .option("--fixed", "lead to the one listed IRC server only")
    .option("--data-dir <folder>", "folder of queue and archive")
    .action(async (options) => {
      const { init } = await import("./cli/init.ts");
      await init(options, process.stdin, process.stdout);
    });
}

function addQueue(queue: Command): void {
  const run = async (name: "list" | "show" | "dead" | "retry" | "drop", id = ""): Promise<void> => {
    const { findConfig } = await import("./cli/paths.ts");
    const { queueCommand } = await import("./cli/queue.ts");
    queueCommand(findConfig(queue.opts().config), name, id, process.stdout);
  };
  queue.action(() => run("list"));
  queue
    .command("list")
    .description("lanes that hold something, longest waiting first")
    .action(() => run("list"));
  queue
    .command("show <id>")
    .description("one message, with its history")
    .action((id) => run("show", id));
  queue
    .command("dead")
    .description("messages that failed or expired")
    .action(() => run("dead"));
  queue
    .command("retry <id>")
    .description("put a dead letter at its lane's end again")
    .action((id) => run("retry", id));
  queue
    .command("drop <id>")
    .description("remove a dead letter")
    .action((id) => run("drop", id));
}

/** What the operator can mend is one line; the rest is a fault of ours, named as such. */
function fail(error: unknown): never {
  if (error instanceof UserError) console.error(error.message);
  else console.error("this is a fault in isthmus, please report it:", error);
  process.exit(1);
}

if (Number(process.versions.node.split(".")[0]) < LEAST_NODE) {
  fail(
    new UserError(
      `Isthmus needs Node ${LEAST_NODE} or newer, and this is ${process.version}; in a checkout, npm ci puts the right one into node_modules/.bin`,
    ),
  );
}
// Who reads our output may stop before its end (`| head`).
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
  throw error;
});
program().parseAsync().catch(fail);
