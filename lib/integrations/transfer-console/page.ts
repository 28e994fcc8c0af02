import { PAGE_FILES } from './page-files';

/** A file of the page. */
export interface Asset {
  readonly type: string;
  readonly content: Buffer;
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['html', 'text/html; charset=utf-8'],
  ['css', 'text/css; charset=utf-8'],
  ['js', 'text/javascript; charset=utf-8'],
]);

/** Returns the files of the page by their paths below the mount path. */
export function loadPage(): ReadonlyMap<string, Asset> {
  return new Map(
    Object.entries(PAGE_FILES).map(([name, text]) => {
      const type = TYPES.get(name.slice(name.lastIndexOf('.') + 1)) ?? '';
      return [name === 'index.html' ? '/' : `/${name}`, { type, content: Buffer.from(text) }];
    }),
  );
}
