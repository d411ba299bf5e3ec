/** How a request reaches an analyser. */
import type { Answer, Request } from './protocol.gen';

export interface ITransport {
  ask(request: Request): Promise<Answer>;
  dispose(): void;
}

/** Why an analyser did not answer; `panel/words.ts` puts them into words. */
export type Reason =
  | 'busy' // the kernel did not answer in time
  | 'restarted' // the kernel that was asked is gone
  | 'language' // the kernel speaks another language: the detail
  | 'absent' // the kernel has no nbprod, or it can't be loaded: the detail
  | 'missing' // the server has no nbprod
  | 'unreachable' // the server can't be reached, or answered with an error: the detail
  | 'failed'; // nbprod itself says why not: the detail

/** An analyser did not answer. */
export class Unanswered extends Error {
  constructor(
    readonly reason: Reason,
    readonly detail = ''
  ) {
    super(`${reason} ${detail}`.trim());
  }
}

/** What an exception says. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Wait for a promise, but not for ever. */
export function within<T>(promise: Promise<T>, milliseconds: number, late: Unanswered): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late), milliseconds);
  });
  return Promise.race([promise, tooLate]).finally(() => clearTimeout(timer));
}
