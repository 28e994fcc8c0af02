// One application with the usual middleware in an order in which each does its work and downloads keep their speed.
import { randomUUID } from 'node:crypto';
import compression from 'compression';
import cors from 'cors';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import {
  createFileContent,
  FileContentError,
  isFileContentError,
  type LoggingAdapter,
  type Provider,
} from 'express-file-content';
import { rateLimit } from 'express-rate-limit';
import session from 'express-session';
import helmet from 'helmet';
import morgan from 'morgan';
import { type Options, pinoHttp } from 'pino-http';

declare module 'express-session' {
  interface SessionData {
    user: string;
  }
}

export interface Services {
  readonly provider: Provider;
  readonly logger: LoggingAdapter;
  /** The user whom a key belongs to. */
  userOf(key: string): string | undefined;
  /** The address of the pages that call this gateway. */
  readonly site: string;
  readonly sessionSecret: string;
  /** Where access logs go. Defaults to the standard output. */
  readonly accessLog?: { write(line: string): void };
  readonly requestsPerMinute?: number;
}

export function createApplication(services: Services): Express {
  const {
    provider,
    logger,
    userOf,
    site,
    sessionSecret,
    accessLog = process.stdout,
    requestsPerMinute = 600,
  } = services;
  const app = express();

  // 1. One proxy stands in front. Then `req.ip` is the client and not the proxy.
  app.set('trust proxy', 1);

  // 2. The request's id and the access log, before anything that may end the request.
  app.use((_req, res, next) => {
    res.setHeader('X-Request-Id', randomUUID());
    next();
  });
  app.use(...accessLogs(accessLog));

  // 3. Headers for every response, and answers to preflight requests.
  app.use(helmet());
  app.use(cors({ origin: site, credentials: true, maxAge: 600, exposedHeaders: EXPOSED }));

  // 4. Requests per minute and address. Transfers at the same time are limited by the router.
  app.use(
    rateLimit({
      windowMs: 60_000,
      limit: requestsPerMinute,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      handler: (_req, _res, next) => next(new FileContentError('rate_limited', 'Too many requests in this minute.')),
    }),
  );

  // 5. Who is it? The session for browsers, the key for SDKs.
  const cookie = { httpOnly: true, sameSite: 'lax', secure: 'auto' } as const;
  app.use(session({ secret: sessionSecret, resave: false, saveUninitialized: false, cookie }));
  app.use(authenticate(userOf));

  // 6. Files: before compression, which would keep them from the relay, and before the parsers of bodies.
  const files = createFileContent({
    resolveProvider: (req) => ({ provider, tenant: String(req.res?.locals['user']) }),
    logger,
    limits: { maxConcurrent: 500, maxConcurrentPerTenant: 20 },
    errors: 'next',
  });
  app.use('/v1', files.router);

  // 7. The application's other routes.
  app.use(compression());
  app.use(express.json({ limit: '1mb' }));
  app.post('/session', (req, res, next) => {
    // A new id, so that nobody can prepare a session for another user.
    req.session.regenerate((error) => {
      if (error) return next(error);
      req.session.user = String(res.locals['user']);
      res.status(204).end();
    });
  });
  app.post('/v1/echo', (req, res) => {
    res.json(req.body);
  });

  // 8. What no route has answered, and what has failed.
  app.use((req, _res, next) => next(notFound(req.path)));
  app.use(sendError);
  return app;
}

/** What a page of another origin may read; browsers hide every other header except a few such as Content-Type. */
const EXPOSED = [
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Range',
  'ETag',
  'RateLimit',
  'Retry-After',
  'X-Request-Id',
  'X-Should-Retry',
];

/** morgan writes a line for each response, pino-http an object. One of them is enough. */
function accessLogs(stream: { write(line: string): void }): RequestHandler[] {
  const options: Options = {
    genReqId: (_req, res) => String(res.getHeader('x-request-id')),
    redact: ['req.headers.authorization', 'req.headers.cookie', 'res.headers["set-cookie"]'],
  };
  return [
    morgan(':method :url :status :res[x-request-id] :total-time ms', { stream }),
    pinoHttp(options, { write: (line: string) => stream.write(line) }),
  ];
}

function authenticate(userOf: Services['userOf']): RequestHandler {
  return (req, res, next) => {
    const [, key = ''] = /^Bearer (.+)$/.exec(req.get('authorization') ?? '') ?? [];
    const user = req.session.user ?? userOf(key);
    if (user === undefined) return next(new FileContentError('invalid_request', 'Unknown key.', { status: 401 }));
    res.locals['user'] = user;
    next();
  };
}

function notFound(path: string): FileContentError {
  return new FileContentError('invalid_request', `There is no route ${path}.`, { status: 404 });
}

/** One shape for all errors, which OpenAI's SDKs understand. */
const sendError: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) return next(error);
  res.set('Cache-Control', 'no-store');
  if (isFileContentError(error)) return void res.status(error.status).set(error.headers).json(error.toResponseBody());
  const status = Number(error?.statusCode ?? error?.status ?? 500);
  const message = status < 500 ? String(error.message) : 'The gateway has failed.';
  const type = status < 500 ? 'invalid_request_error' : 'server_error';
  res.status(status).json({ error: { message, type, param: null, code: null } });
};
