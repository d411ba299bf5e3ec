import { describe, expect, it, vi } from 'vitest';
import type { AnalyseRequest } from '../../jupyter_ext/src/protocol.gen';

let respond: () => Promise<Response>;
vi.mock('@jupyterlab/services', () => ({ ServerConnection: { makeRequest: () => respond() } }));
vi.mock('@jupyterlab/coreutils', () => ({ URLExt: { join: (...parts: string[]) => parts.join('/') } }));
const { ServerTransport } = await import('../../jupyter_ext/src/serverTransport');

const ask = () => new ServerTransport({ baseUrl: '' } as never).ask({} as AnalyseRequest);
const answers = (status: number, body: string) => (respond = () => Promise.resolve(new Response(body, { status })));

describe('the server that does not analyse', () => {
  it('is quoted where it says why', async () => {
    answers(503, '{"message": "too many notebooks wait"}');
    await expect(ask()).rejects.toMatchObject({ reason: 'failed', detail: 'too many notebooks wait' });
  });

  it.each([
    ['of a proxy', 502, '<html>', '502'],
    ['to a stranger', 403, '{"message": "Forbidden"}', '403']
  ])('does not answer, where the answer is one %s', async (_, status, body, detail) => {
    answers(status, body);
    await expect(ask()).rejects.toMatchObject({ reason: 'unreachable', detail });
  });

  it('has no nbprod, and is not asked again', async () => {
    answers(404, '{}');
    const transport = new ServerTransport({ baseUrl: '' } as never);
    await expect(transport.ask({} as AnalyseRequest)).rejects.toMatchObject({ reason: 'missing' });
    answers(200, '{}');
    await expect(transport.ask({} as AnalyseRequest)).rejects.toMatchObject({ reason: 'missing' });
  });

  it('may be out of reach', async () => {
    respond = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(ask()).rejects.toMatchObject({ reason: 'unreachable', detail: 'Failed to fetch' });
  });
});
