/** Fetches the page of a rule, as Markdown. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

export async function rulePage(settings: ServerConnection.ISettings, rule: string): Promise<string> {
  const url = URLExt.join(settings.baseUrl, 'nbprod', 'rules', encodeURIComponent(rule));
  const response = await ServerConnection.makeRequest(url, {}, settings);
  if (!response.ok) {
    throw new Error(`The page of ${rule} could not be loaded (${response.status}).`);
  }
  return ((await response.json()) as { markdown: string }).markdown;
}
