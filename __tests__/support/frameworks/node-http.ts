/** Node's own server, with the routes that every framework's application has. */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Framework, listen, OWN_HEADERS, ownError } from './framework';

export const nodeHttp: Framework = {
  name: 'node:http',
  start({ serve, complain }) {
    return listen(
      createServer(async (req, res) => {
        for (const [name, value] of Object.entries(OWN_HEADERS)) res.setHeader(name, value);
        if (req.url === '/mine') {
          void serve(req, res, (error) => {
            const { status, body } = ownError(error);
            res.writeHead(status).end(JSON.stringify(body));
          });
          return;
        }
        if (req.url === '/parsed') {
          const body = await json(req);
          if (JSON.stringify(body) !== '{"is":"parsed"}') complain('the body was not parsed', body);
        }
        void serve(req, res);
      }),
    );
  },
};
