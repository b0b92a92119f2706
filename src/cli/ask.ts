import { createInterface } from "node:readline";
import { UserError } from "../domain/errors.ts";

/** Asks the operator, or takes what was given on the command line. */
export interface Asker {
  /**
   * The answer to one question. What the command line gave (`given`) is not asked for; with --yes
   * the suggestion is taken.
   *
   * @throws UserError where an answer that was not typed just now is wrong, or the input ends
   */
  ask(question: Question): Promise<string>;
  close(): void;
}

export interface Question {
  readonly text: string;
  /** The option that answers it on the command line. */
  readonly option: string;
  readonly given?: string;
  readonly suggestion?: string;
  /** Why an answer will not do; undefined: it will. */
  readonly wrong?: (answer: string) => string | undefined;
}

type Lines = AsyncIterator<string>;

/** @param interactive false: never asks, as with --yes */
export function createAsker(
  interactive: boolean,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Asker {
  // Lines that were typed ahead wait in the iterator.
  const reader = interactive ? createInterface({ input }) : undefined;
  const lines = reader?.[Symbol.asyncIterator]();
  return {
    async ask(question) {
      if (question.given !== undefined) return checked(question, question.given);
      if (lines === undefined) return checked(question, question.suggestion);
      return askUntilRight(question, lines, output);
    },
    close: () => reader?.close(),
  };
}

function checked(question: Question, answer: string | undefined): string {
  if (answer === undefined) throw new UserError(`${question.text}? Answer with ${question.option}`);
  const wrong = question.wrong?.(answer);
  if (wrong !== undefined) throw new UserError(`${question.option} ${answer}: ${wrong}`);
  return answer;
}

async function askUntilRight(
  question: Question,
  lines: Lines,
  output: NodeJS.WritableStream,
): Promise<string> {
  const suggestion = question.suggestion === undefined ? "" : ` [${question.suggestion}]`;
  for (;;) {
    output.write(`${question.text}${suggestion}: `);
    const line = await lines.next();
    if (line.done === true) {
      output.write("\n");
      throw new UserError("nothing was written: the questions were not all answered");
    }
    const typed = line.value.trim();
    const answer = typed === "" ? question.suggestion : typed;
    const wrong = answer === undefined ? "please answer" : question.wrong?.(answer);
    if (answer !== undefined && wrong === undefined) return answer;
    output.write(`  ${wrong}\n`);
  }
}
