import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";

/** A file system of its own, so small that it can be filled. */
export interface SmallDisk {
  readonly folder: string;
  /** Leaves so many bytes free. */
  fill(free: number): void;
  /** Frees what `fill` took. */
  empty(): void;
  remove(): void;
}

/** Mounts a tmpfs of that size (`4m`), or skips the test where this user may not. */
export function smallDisk(context: TestContext, size: string): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), "isthmus-full-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    rmSync(folder, { recursive: true });
    context.skip("mounting a tmpfs needs root");
  }
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill: (free) => {
      const { bavail, bsize } = statfsSync(folder);
      const size = Math.max(0, bavail * bsize - free);
      try {
        writeFileSync(ballast, Buffer.alloc(size));
      } catch (error) {
        // Somebody else has written in between: what fits is there, and full is full.
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
        truncateSync(ballast, Math.max(0, statSync(ballast).size - free));
      }
    },
    empty: () => rmSync(ballast),
    remove: () => {
      // Lazily: a sync that was under way in another thread when the file was closed still has the log open.
      execFileSync("umount", ["--lazy", folder]);
      rmSync(folder, { recursive: true });
    },
  };
}
