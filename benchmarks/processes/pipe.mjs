import { createServer } from 'node:http';
import { announcePort } from './announce.mjs';
import { pipeTo } from './pipe-to.mjs';

/** The shortest proxy that Node can have. Argument: the provider's origin. */
const [origin = ''] = process.argv.slice(2);

announcePort(createServer(pipeTo(origin)));
