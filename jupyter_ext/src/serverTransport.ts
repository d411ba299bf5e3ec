/** The fallback: the same protocol over HTTP, for notebooks whose kernel can't answer. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { AnalyseRequest, Answer } from './protocol.gen';
import { ITransport, within } from './transport';

const TIMEOUT = 30000;

export class ServerTransport implements ITransport {
  constructor(
    private readonly settings: ServerConnection.ISettings,
    private readonly document: string
  ) {}

  async ask(request: AnalyseRequest): Promise<Answer> {
    if (this.missing) {
      throw new Error('missing');
    }
    const url = URLExt.join(this.settings.baseUrl, 'nbprod', 'analyse');
    const init = { method: 'POST', body: JSON.stringify({ ...request, document: this.document }) };
    const response = await within(
      ServerConnection.makeRequest(url, init, this.settings),
      TIMEOUT,
      'the Jupyter server did not answer in time'
    );
    this.missing = response.status === 404;
    if (!response.ok) {
      throw new Error(this.missing ? 'missing' : `the Jupyter server answered ${response.status}`);
    }
    return (await response.json()) as Answer;
  }

  dispose(): void {
    // Nothing is held: each request is on its own.
  }

  /** The server has no such handler: it is not asked again. */
  private missing = false;
}
