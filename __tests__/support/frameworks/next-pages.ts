/** Node's own objects as Next gives them to a handler of `pages/api`, without Next, whose installation is too large. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Framework, listen, OWN_HEADERS, ownError, servedOrThrown } from './framework';

/** The members that a handler of this suite uses of Next's own. */
interface NextApiRequest extends IncomingMessage {
  query: Partial<Record<string, string | string[]>>;
  body?: unknown;
}

interface NextApiResponse extends ServerResponse {
  status(status: number): NextApiResponse;
  json(body: unknown): void;
}

type Handler = (req: NextApiRequest, res: NextApiResponse) => unknown;

interface ApiRoute {
  readonly handler: Handler;
  /** As `export const config = { api: { bodyParser: false } }` says. */
  readonly parsesBody: boolean;
}

/**
 * What Next does before a handler runs: members on both objects, the body read, `write` and `end` replaced by functions
 * that measure what they are given.
 */
async function asNext(
  req: IncomingMessage,
  res: ServerResponse,
  { handler, parsesBody }: ApiRoute,
  complain: (what: string, error?: unknown) => void,
): Promise<void> {
  res.setHeader('x-powered-by', 'Next.js');
  const query = Object.fromEntries(new URL(req.url ?? '/', 'http://gateway.test').searchParams);
  const body = parsesBody ? JSON.parse((await text(req)) || 'null') : undefined;
  const { write, end } = res;
  Object.assign(res, {
    write(...given: Parameters<typeof write>) {
      Buffer.byteLength(given[0] || '');
      return write.apply(res, given);
    },
    end(...given: Parameters<typeof end>) {
      if (given.length > 0 && typeof given[0] !== 'function') Buffer.byteLength(given[0] || '');
      return end.apply(res, given);
    },
  });
  const apiResponse: NextApiResponse = Object.assign(res, {
    status(status: number) {
      res.statusCode = status;
      return apiResponse;
    },
    json(value: unknown) {
      res.setHeader('content-type', 'application/json; charset=utf-8');
      res.end(JSON.stringify(value));
    },
  });
  try {
    const result = await handler(Object.assign(req, { query, body }), apiResponse);
    if (result !== undefined) complain('API handler should not return a value', result);
    if (!res.writableEnded && !res.headersSent && !res.destroyed) complain('API resolved without sending a response');
  } catch (error) {
    complain('the handler threw', error);
    res.statusCode = 500;
    res.end('Internal Server Error');
  }
}

export const nextPages: Framework = {
  name: 'Next’s pages API (emulated)',
  start(mounted) {
    const { serve, complain } = mounted;
    const routes = new Map<string, ApiRoute>([
      ['/file', { handler: async (req, res) => void (await serve(req, res)), parsesBody: false }],
      [
        '/parsed',
        {
          async handler(req, res) {
            if (JSON.stringify(req.body) !== '{"is":"parsed"}') complain('the body was not parsed', req.body);
            await serve(req, res);
          },
          parsesBody: true,
        },
      ],
      [
        '/mine',
        {
          async handler(req, res) {
            try {
              await servedOrThrown(mounted, req, res);
            } catch (error) {
              const { status, body } = ownError(error);
              res.status(status).json(body);
            }
          },
          parsesBody: true,
        },
      ],
    ]);
    return listen(
      createServer((req, res) => {
        const route = routes.get(req.url ?? '');
        for (const [name, value] of Object.entries(OWN_HEADERS)) res.setHeader(name, value);
        if (route === undefined) complain('no route', req.url);
        else void asNext(req, res, route, complain);
      }),
    );
  },
};
