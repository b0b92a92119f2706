import { copyFileSync, existsSync, fdatasync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbeddedEngine, defaultLimits, queueMigrations } from "../../src/queue/embedded/index.ts";
import type { Engine, Limits } from "../../src/queue/engine.ts";
import type { Database } from "../../src/sqlite/database.ts";
import { openDatabase, type Sync } from "../../src/sqlite/group-commit.ts";
import { TestClock } from "./engine-clock.ts";
import type { EngineHarness } from "./engine-harness.ts";

/** Turns of the event loop in which an engine does all that it can: a commit takes one, and the time of the disk. */
const turns = 12;

/** The embedded engine on a file of its own, under a clock that the test moves. */
export class EmbeddedHarness implements EngineHarness {
  readonly clock = new TestClock();
  /** Lines that the engine logged, worst first letter: `error: …`. */
  readonly logged: string[] = [];
  random: () => number = () => 0.5;
  /** Puts a commit on disk; for the next life. */
  sync: Sync = fdatasync;
  readonly #folder = mkdtempSync(join(tmpdir(), "isthmus-engine-"));
  #life = 0;
  #database: Database | undefined;

  get file(): string {
    return join(this.#folder, String(this.#life), "data.sqlite");
  }

  get database(): Database {
    if (this.#database === undefined) throw new Error("not open");
    return this.#database;
  }

  async open(limits: Partial<Limits> = {}): Promise<Engine> {
    mkdirSync(join(this.#folder, String(this.#life)), { recursive: true });
    this.#database = openDatabase(this.file, [queueMigrations], this.sync);
    return createEmbeddedEngine(this.#database, { ...defaultLimits, ...limits }, this.#deps());
  }

  #deps() {
    const note = (level: string) => (fields: object, message: string) => {
      this.logged.push(`${level}: ${message} ${JSON.stringify(fields)}`);
    };
    const log = { info: note("info"), warn: note("warn"), error: note("error") };
    return { clock: this.clock, random: () => this.random(), log };
  }

  /** The next life runs on a copy of the file as the disk has it now; this one goes on in vain. */
  async kill(): Promise<void> {
    const { file, database } = this;
    this.#life += 1;
    mkdirSync(join(this.#folder, String(this.#life)), { recursive: true });
    for (const end of ["", "-wal"]) if (existsSync(file + end)) copyFileSync(file + end, this.file + end);
    this.clock.silence();
    database.close();
    this.#database = undefined;
  }

  pass(ms: number): Promise<void> {
    return this.clock.pass(ms, () => this.settle());
  }

  jump(ms: number): void {
    this.clock.jump(ms);
  }

  now(): number {
    return this.clock.now();
  }

  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) {
      await this.turn();
      await this.#database?.flushed().catch(() => {});
    }
  }

  async close(): Promise<void> {
    this.clock.silence();
    this.#database?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
