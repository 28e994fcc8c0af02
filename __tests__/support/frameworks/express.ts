/** Express 4 and 5, with the routes that every framework's application has. */
import { createServer } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import { createApp, type ExpressMajor } from '../gateway';
import { type Framework, listen, OWN_HEADERS, ownError } from './framework';

function onExpress(major: ExpressMajor): Framework {
  return {
    name: `Express ${major}`,
    start({ serve, complain }) {
      const app = createApp(major);
      app.use((_req, res, next) => {
        res.set(OWN_HEADERS);
        next();
      });
      app.use(express.json());
      app.all('/file', (req, res) => void serve(req, res));
      app.post('/parsed', (req, res) => {
        if (req.body?.is !== 'parsed') complain('the body was not parsed', req.body);
        void serve(req, res);
      });
      app.get('/mine', (req, res, next) => void serve(req, res, next));
      app.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
        if (req.path !== '/mine' || res.headersSent) {
          complain('error handler', error);
          next(error);
          return;
        }
        const { status, body } = ownError(error);
        res.status(status).json(body);
      });
      return listen(createServer(app));
    },
  };
}

export const express4 = onExpress(4);
export const express5 = onExpress(5);
