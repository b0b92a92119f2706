// Loaded into the gateway before anything of its own: at SIGUSR2 its clock goes to what this file says.
import { readFileSync } from "node:fs";

const real = Date.now;
let offset = 0;
Date.now = () => real() + offset;
process.on("SIGUSR2", () => {
  offset = Number(readFileSync(process.env.CLOCK_FILE ?? "", "utf8"));
  // Seen by the test, in the log.
  process.stdout.write(`clock ${offset}\n`);
});
