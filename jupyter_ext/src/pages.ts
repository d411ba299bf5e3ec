/** Fetches the page of a rule, as Markdown. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

export async function rulePage(settings: ServerConnection.ISettings, rule: string): Promise<string> {
  const url = URLExt.join(settings.baseUrl, 'nbprod', 'rules', encodeURIComponent(rule));
  const response = await ServerConnection.makeRequest(url, {}, settings).catch(() => null);
  if (!response?.ok) {
    const reason = response ? `${response.status}` : 'the Jupyter server does not answer';
    throw new Error(`The page of ${rule} could not be loaded (${reason}).`);
  }
  return ((await response.json()) as { markdown: string }).markdown;
}
