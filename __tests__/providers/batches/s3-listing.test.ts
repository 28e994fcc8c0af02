import { bedrock } from '../../../lib';
import type { OpenedRows } from '../../../lib/providers/batches/opened-rows';
import { serve } from '../../support/local-server';
import { locateRequest } from '../../support/locate-request';
import { S3_CREDENTIALS } from '../../support/object-stores';

/** What is read of a folder that the store lists in these pages. */
async function open(pages: readonly string[], options: object = {}) {
  const asked: string[] = [];
  await using server = await serve((req, res) => {
    const url = new URL(req.url ?? '', 'http://x');
    if (!url.searchParams.has('list-type')) {
      res.end(`${decodeURIComponent(url.pathname)}\n`);
      return;
    }
    asked.push(url.search);
    res.end(pages[asked.length - 1]);
  });
  const provider = bedrock({ region: 'us-east-1', baseURL: server.origin, credentials: S3_CREDENTIALS, ...options });
  const opened = (await provider.openContent?.(locateRequest({ fileId: 's3://bucket/a b/' }))) as OpenedRows;
  const chunks: Uint8Array[] = [];
  for await (const chunk of opened.body) chunks.push(chunk);
  return { text: Buffer.concat(chunks).toString(), asked };
}

const object = (key: string): string => {
  const size = Buffer.byteLength(`/bucket/${key.replaceAll('&amp;', '&').replaceAll('&#39;', "'")}\n`);
  return `<Contents>\n<Key>${key}</Key><Size>${size}</Size><Owner><ID>x</ID></Owner></Contents>`;
};
const page = (content: string, next?: string): string =>
  `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name>${
    next === undefined
      ? '<IsTruncated>false</IsTruncated>'
      : `<IsTruncated>true</IsTruncated><NextContinuationToken>${next}</NextContinuationToken>`
  }${content}<CommonPrefixes><Prefix>a b/c/</Prefix></CommonPrefixes></ListBucketResult>`;

it('goes through all pages, with names as they are', async () => {
  const { text, asked } = await open([
    page(object('a b/1 &amp; &#39;2&#39;.jsonl.out'), 'to+ken=='),
    page('', 'last'),
    page(object('a b/3.jsonl.out') + object('a b/manifest.json.out')),
  ]);
  expect(text).toBe("/bucket/a b/1 & '2'.jsonl.out\n/bucket/a b/3.jsonl.out\n");
  expect(asked).toEqual([
    '?list-type=2&prefix=a%20b%2F&delimiter=%2F',
    '?list-type=2&prefix=a%20b%2F&delimiter=%2F&continuation-token=to%2Bken%3D%3D',
    '?list-type=2&prefix=a%20b%2F&delimiter=%2F&continuation-token=last',
  ]);
});

it('sends no key of the customer with a listing', async () => {
  const { text } = await open([page(object('a b/1.jsonl.out') + object('a b/2.jsonl.out'))], {
    customerKey: Buffer.alloc(32, 1),
  });
  expect(text.split('\n')).toHaveLength(3);
});

it.each([
  ['is something else', '<Error><Code>X</Code></Error>'],
  ['is cut', page(object('a b/1.jsonl.out')).replace('false</IsTruncated>', 'true</IsTruncated>')],
  ['names itself as the next', page(object('a b/1.jsonl.out'), 'same')],
  ['has an object without a size', page('<Contents><Key>a b/1.jsonl.out</Key></Contents>')],
])('a listing that %s is refused', async (_what, xml) => {
  await expect(open([xml, xml, xml])).rejects.toMatchObject({ code: 'provider_invalid_response' });
});
