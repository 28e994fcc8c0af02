/** The published fake provider with every file there is, for tests of what a provider is asked and how it responds. */
import { type FakeProvider, type FakeResponder, fakeProvider } from '../../lib/testing/index';

function sends(content: string): FakeResponder {
  return ({ url }, res) => {
    if (url?.includes('missing')) {
      res.writeHead(404, { 'content-type': 'application/json' });
      res.end('{"error":{"message":"No such File object: native-id","type":"invalid_request_error"}}');
      return;
    }
    const length = Buffer.byteLength(content);
    res.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': length, etag: '"v1"' });
    res.end(content);
  };
}

/** Sends seven bytes. */
export const sendContent = sends('content');

/** A provider that has every file, but those with `missing` in their path. Set its `respond` for anything else. */
export function startContentProvider(content: string = 'content'): Promise<FakeProvider> {
  return fakeProvider({ respond: sends(content) });
}
