/** The fallback: the same protocol over HTTP, for notebooks whose kernel can't answer. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { UUID } from '@lumino/coreutils';
import type { Answer, Request } from './protocol.gen';
import { ITransport, reasonOf, Unanswered, within } from './transport';

const TIMEOUT = 30000;

export class ServerTransport implements ITransport {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  async ask(request: Request): Promise<Answer> {
    if (this.missing) {
      throw new Unanswered('missing');
    }
    const url = URLExt.join(this.settings.baseUrl, 'nbprod', 'analyse');
    const init = { method: 'POST', body: JSON.stringify({ ...request, document: this.document }) };
    const response = await within(
      ServerConnection.makeRequest(url, init, this.settings),
      TIMEOUT,
      new Unanswered('unreachable')
    ).catch((error: unknown) => {
      throw error instanceof Unanswered ? error : new Unanswered('unreachable', reasonOf(error));
    });
    this.missing = response.status === 404;
    if (!response.ok) {
      throw this.missing ? new Unanswered('missing') : await refusal(response);
    }
    return (await response.json()) as Answer;
  }

  dispose(): void {
    // Nothing is held: each request is on its own.
  }

  /** The name under which the server keeps the cells: no other page has the same. */
  private readonly document = UUID.uuid4();
  /** The server has no such handler: it is not asked again. */
  private missing = false;
}

/** Why a server that is there did not analyse: it says so itself, unless it is a proxy that speaks for it. */
async function refusal(response: Response): Promise<Unanswered> {
  const said = (await response.json().catch(() => null)) as { message?: unknown } | null;
  const isOurs = response.status !== 401 && response.status !== 403 && typeof said?.message === 'string';
  return isOurs ? new Unanswered('failed', String(said.message)) : new Unanswered('unreachable', `${response.status}`);
}
