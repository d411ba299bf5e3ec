/** How a request reaches an analyser. */
import type { AnalyseRequest, Answer } from './protocol.gen';

export interface ITransport {
  ask(request: AnalyseRequest): Promise<Answer>;
  dispose(): void;
}

/** Wait for a promise, but not for ever. */
export function within<T>(promise: Promise<T>, milliseconds: number, message: string): Promise<T> {
  let timer = 0;
  const late = new Promise<never>((_, reject) => {
    timer = window.setTimeout(() => reject(new Error(message)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => window.clearTimeout(timer));
}
