import { expect, test } from "vitest";
import { endWhenBroken } from "../../../src/cli/broken.ts";
import { createLog } from "../../../src/ops/log.ts";
import { StorageError } from "../../../src/sqlite/database.ts";

test("a disk that fails ends the process with exit 1 and one line that says so", async () => {
  const lines: string[] = [];
  const log = createLog(
    { level: "info", format: "line", secrets: [] },
    { write: (text) => lines.push(text) },
  );
  const exited = Promise.withResolvers<number>();
  let broken: ((error: StorageError) => void) | undefined;
  const database = {
    onBroken: (listener: (error: StorageError) => void) => {
      broken = listener;
    },
  };
  endWhenBroken({ exit: exited.resolve }, database, log);
  broken?.(new StorageError("the disk failed to keep data (EIO): check the disk, then start again"));
  expect(await exited.promise).toBe(1);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/error.*stopping, to be started again: the disk failed .*check the disk/);
});
