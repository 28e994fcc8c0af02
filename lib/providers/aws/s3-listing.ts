import type { ListFolder, StoredObject } from '../batches/folder-outputs';
import { invalidAnswer, openHop, readText } from '../json-hop';
import type { S3Addresser } from './s3-address';
import type { Sign } from './sigv4';

/** A page has at most 1,000 keys of at most 1,024 bytes, which may be escaped. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;

export interface S3ListingOptions {
  /** The name of the provider. */
  readonly name: string;
  readonly addressOf: S3Addresser;
  readonly headers: Readonly<Record<string, string>>;
  readonly sign: Sign;
}

/**
 * Makes a function that lists the objects directly in a folder, page by page.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export function s3Lister({ name, addressOf, headers: asked, sign }: S3ListingOptions): ListFolder {
  return async function* list({ bucket, key }, request) {
    const { signal, agents, requireAllowed } = request;
    for (let token: string | undefined; ; ) {
      const { url, region } = addressOf(bucket, '');
      // A bucket in the path has no trailing slash.
      if (url.pathname !== '/') url.pathname = url.pathname.replace(/\/$/, '');
      const query = { 'list-type': '2', prefix: key, delimiter: '/' };
      for (const [parameter, value] of Object.entries(query)) url.searchParams.set(parameter, value);
      if (token !== undefined) url.searchParams.set('continuation-token', token);
      // The signature expects %20 for a space.
      url.search = url.search.replaceAll('+', '%20');
      const headers = await sign({ method: 'GET', url, region, headers: asked, use: request });
      const hop = { provider: name, url: url.href, headers, signal, agents, requireAllowed };
      const given = await openHop(hop);
      let page: S3Page;
      try {
        page = parsePage(await readText(given, hop, MAX_PAGE_BYTES), name);
      } finally {
        given.close();
      }
      yield* page.objects;
      if (page.next === undefined) return;
      if (page.next === token) throw invalidAnswer(name, new Error('a page of the listing names itself as the next'));
      token = page.next;
    }
  };
}

interface S3Page {
  readonly objects: readonly StoredObject[];
  /** The token of the next page. Undefined for the last page. */
  readonly next: string | undefined;
}

function parsePage(xml: string, provider: string): S3Page {
  if (!xml.includes('<ListBucketResult')) throw invalidAnswer(provider, new Error('the answer is not a listing'));
  const objects = xml
    .split('<Contents>')
    .slice(1)
    .map((entry) => {
      const key = textIn(entry, 'Key') ?? '';
      const size = Number(textIn(entry, 'Size') || Number.NaN);
      if (key === '' || !Number.isSafeInteger(size))
        throw invalidAnswer(provider, new Error('an object has no key or size'));
      return { key, size };
    });
  const isTruncated = textIn(xml, 'IsTruncated') === 'true';
  const next = textIn(xml, 'NextContinuationToken');
  if (isTruncated && next === undefined) throw invalidAnswer(provider, new Error('the listing is cut'));
  return { objects, next: isTruncated ? next : undefined };
}

/** Returns the text of the first element with this name. */
function textIn(xml: string, element: string): string | undefined {
  const start = xml.indexOf(`<${element}>`);
  const end = start === -1 ? -1 : xml.indexOf(`</${element}>`, start);
  return end === -1 ? undefined : unescapeXML(xml.slice(start + element.length + 2, end));
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function unescapeXML(text: string): string {
  return text.replace(/&(lt|gt|quot|apos|amp|#\d{1,7}|#x[0-9a-f]{1,6});/gi, (whole, name: string) => {
    const number = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    if (name.startsWith('#')) return number <= 0x10ffff ? String.fromCodePoint(number) : whole;
    return ENTITIES[name.toLowerCase()] ?? whole;
  });
}
