import type { IncomingHttpHeaders } from 'node:http';

/** What the path of a request leads to. */
export interface RequestedFile {
  /** The id in the path. `undefined` for a path of an object store, and for one that leads to nothing. */
  readonly fileId: string | undefined;
  /** The names under which the file may have been given, the most exact one first. */
  readonly keys: readonly string[];
}

/** Paths that end with an id and `/content`, or with an id and Gemini's `:download`. */
const CONTENT_PATHS = [
  /\/(?:files|videos|skills)\/([^/]+)(?:\/versions\/[^/]+)?\/content$/,
  /\/files\/([^/]+):download$/,
] as const;

/** @see https://cloud.google.com/storage/docs/json_api/v1/objects/get */
const GCS_PATH = /\/b\/([^/]+)\/o\/([^/]+)$/;

/** A bucket or a container, and the key in it, as S3 and Azure Blob Storage have them in the path. */
const OBJECT_PATH = /^\/([^/]+)\/(.+)$/;

/** @see https://docs.fireworks.ai/api-reference/get-dataset-download-endpoint */
const DATASET_PATH = /\/accounts\/([^/]+)\/datasets\/([^/]+):getDownloadEndpoint$/;

/** Reads the path of a request, for all of the package's providers. */
export function requestedFile(url: string): RequestedFile {
  const pathname = pathOf(url);
  const path = decoded(pathname);
  if (path === undefined) return { fileId: undefined, keys: [pathname] };
  const exact = [pathname, path];
  const id = CONTENT_PATHS.map((pattern) => pattern.exec(pathname)?.[1]).find((found) => found !== undefined);
  if (id !== undefined) {
    const fileId = decodeURIComponent(id);
    return { fileId, keys: [...exact, fileId, `files/${fileId}`] };
  }
  const [, bucket, object] = (GCS_PATH.exec(pathname) ?? []).map((part) => decodeURIComponent(part));
  if (bucket !== undefined && object !== undefined) {
    const fileId = `gs://${bucket}/${object}`;
    return { fileId, keys: [...exact, fileId, object] };
  }
  const [, container, key] = OBJECT_PATH.exec(path) ?? [];
  if (container === undefined || key === undefined) return { fileId: undefined, keys: exact };
  return { fileId: undefined, keys: [...exact, `s3://${container}/${key}`, key] };
}

/** Returns the names of the files of a dataset by their names in it, if the path asks for their signed URLs. */
export function requestedDataset(url: string, keys: Iterable<string>): ReadonlyMap<string, string> | undefined {
  const [, account, dataset] = DATASET_PATH.exec(pathOf(url)) ?? [];
  if (account === undefined || dataset === undefined) return undefined;
  const prefixes = [dataset, `accounts/${account}/datasets/${dataset}`].map((name) => decoded(name) ?? name);
  const found = new Map<string, string>();
  for (const key of keys) {
    for (const prefix of prefixes) {
      if (key === prefix) found.set('data.jsonl', key);
      else if (key.startsWith(`${prefix}/`)) found.set(key.slice(prefix.length + 1), key);
    }
  }
  return found;
}

/** Headers in which providers other than OpenAI take a key. */
const KEY_HEADERS = ['x-api-key', 'api-key', 'x-goog-api-key', 'api_key'] as const;

/** Tells whether a request has the key, in any form that the package's providers have. */
export function hasKey(headers: IncomingHttpHeaders, apiKey: string): boolean {
  const { authorization = '' } = headers;
  if (authorization === `Bearer ${apiKey}`) return true;
  // The signature is not checked.
  if (authorization.startsWith(`AWS4-HMAC-SHA256 Credential=${apiKey}/`)) return true;
  return KEY_HEADERS.some((name) => headers[name] === apiKey);
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
