import express from 'express';
import { createFileContentRouter, openai, winstonLogger } from 'express-file-content';
import winston from 'winston';

const { OPENAI_API_KEY = '', OPENAI_BASE_URL, PORT = '3000' } = process.env;
const provider = openai({ apiKey: OPENAI_API_KEY, baseURL: OPENAI_BASE_URL });
const logger = winston.createLogger({ transports: [new winston.transports.Console()] });

const app = express();
app.use('/v1', createFileContentRouter({ resolveProvider: () => provider, logger: winstonLogger(logger) }));
export const server = app.listen(Number(PORT), '127.0.0.1');
