// Ids that only this gateway can write and read, without a router.
import { randomBytes } from 'node:crypto';
import { fileIdCodec, rewriteFileIds } from 'express-file-content';

const [current, previous] = [randomBytes(32), randomBytes(32)];

const fileIds = fileIdCodec({ keys: [current, previous] });
const id = fileIds.encode({ provider: 'azure', account: 'eu', fileId: 'assistant-123', tenant: 'acme' });
fileIds.decode(id); // { provider: 'azure', account: 'eu', fileId: 'assistant-123', tenant: 'acme' }

export const opened = fileIds.decode(id);

const answer = '{"id":"file-abc","object":"file","bytes":120}';
const rewritten = rewriteFileIds(answer, (fileId) => fileIds.encode({ provider: 'openai', fileId, tenant: 'acme' }));

export const inAnswer = fileIds.decode(JSON.parse(rewritten).id);
