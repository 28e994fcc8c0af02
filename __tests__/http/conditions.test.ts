import { type Representation, type Selection, selectContent } from '../../lib/http/conditions';

const MODIFIED = 'Mon, 02 Mar 2026 10:00:00 GMT';
const CONTENT: Representation = { size: 100, etag: '"v1"', lastModified: MODIFIED };
const WHOLE = { status: 200 };

function selectRange(range: string, size: number | undefined = 100): Selection {
  return selectContent('GET', { range }, { ...CONTENT, size });
}

describe('a range', () => {
  test.each([
    ['bytes=0-99', 0, 100],
    ['bytes=5-5', 5, 6],
    ['bytes=-100', 0, 100],
    ['bytes=-101', 0, 100],
    ['bytes=-99', 1, 100],
    ['bytes= -200', 0, 100],
    ['bytes=1-200', 1, 100],
    ['Bytes=-200', 0, 100],
    ['Bytes=1-2', 1, 3],
  ])('%j is of the bytes from %d to %d', (range, start, end) => {
    expect(selectRange(range)).toEqual({ status: 206, start, end });
  });

  test.each([
    'bytes',
    'bytes 0-1',
    'kilobytes=0-1',
    'x bytes=-200',
    'bytes=0-1,2-3',
    'bytes=-1,-200',
    'bytes=0-1,900-',
    'bytes=1',
    'bytes=-200x',
    'bytes=bytes=-200',
    '',
    '=',
  ])('%j gives the whole content', (range) => {
    expect(selectRange(range)).toEqual(WHOLE);
  });

  test.each(['bytes=100-', 'bytes=-0', 'bytes=100-100'])('%j is refused with the size of the file', (range) => {
    expect(() => selectRange(range)).toThrow(
      expect.objectContaining({
        code: 'range_not_satisfiable',
        status: 416,
        message: 'The requested range lies outside the file.',
        headers: expect.objectContaining({ 'content-range': 'bytes */100' }),
      }),
    );
  });

  test('of an empty file: no part exists, and its last bytes are all of it', () => {
    expect(() => selectRange('bytes=0-', 0)).toThrow(expect.objectContaining({ status: 416 }));
    expect(() => selectRange('bytes=-0', 0)).toThrow(expect.objectContaining({ status: 416 }));
    expect(selectRange('bytes=-1', 0)).toEqual(WHOLE);
  });

  test('is not looked at for HEAD, nor where the size is not known', () => {
    expect(selectContent('HEAD', { range: 'bytes=900-' }, CONTENT)).toEqual(WHOLE);
    for (const range of ['bytes=0-1', 'bytes=900-', 'bytes=-1']) {
      expect(selectContent('GET', { range }, { ...CONTENT, size: undefined })).toEqual(WHOLE);
    }
  });
});

describe('If-Range', () => {
  function select(ifRange: string | string[] | undefined, content: Partial<Representation> = {}): number {
    // Node's types know it as text alone.
    const headers = { range: 'bytes=0-0', ...(ifRange !== undefined && { 'if-range': ifRange as string }) };
    return selectContent('GET', headers, { ...CONTENT, ...content }).status;
  }

  test.each([
    [undefined, {}, 206],
    ['"v1"', {}, 206],
    [' "v1" ', {}, 206],
    ['"v2"', {}, 200],
    ['W/"v1"', {}, 200],
    ['"v1"', { etag: 'W/"v1"' }, 200],
    ['W/"v1"', { etag: 'W/"v1"' }, 200],
    ['"v1"', { etag: undefined }, 200],
    [MODIFIED, {}, 206],
    ['Mon, 02 Mar 2026 09:59:59 GMT', {}, 200],
    ['Mon, 02 Mar 2026 10:00:01 GMT', {}, 200],
    [MODIFIED, { lastModified: undefined }, 200],
    ['nonsense', { lastModified: 'nonsense' }, 200],
    [['"v1"', '"v1"'], {}, 200],
  ])('%j against %j: %d', (ifRange, content, status) => {
    expect(select(ifRange, content)).toBe(status);
  });
});

describe('a precondition that does not hold', () => {
  test.each([
    ['If-Match', { 'if-match': '"v2"' }],
    ['If-Match', { 'if-match': 'v1' }],
    ['If-Match', { 'if-match': '' }],
    ['If-Match', { 'if-match': '"v2", *' }],
    ['If-Unmodified-Since', { 'if-unmodified-since': 'Mon, 02 Mar 2026 09:59:59 GMT' }],
  ])('%s: 412 that names it, and must not be retried', (name, headers) => {
    expect(() => selectContent('GET', headers, CONTENT)).toThrow(
      expect.objectContaining({
        code: 'provider_error',
        status: 412,
        message: `The condition of ${name} does not hold for this file.`,
        headers: expect.objectContaining({ 'x-should-retry': 'false' }),
      }),
    );
  });

  test('is not reported if the tag is one of several, or any matches', () => {
    for (const tags of ['"v1"', '"a,b", "v1"', '"v1","v2"', '*', ' * ']) {
      expect(selectContent('GET', { 'if-match': tags }, CONTENT)).toEqual(WHOLE);
    }
  });

  test('is not reported if the file is as old as the date, or the date is invalid', () => {
    for (const date of [MODIFIED, 'nonsense', '']) {
      expect(selectContent('GET', { 'if-unmodified-since': date }, CONTENT)).toEqual(WHOLE);
    }
    const undated = { ...CONTENT, lastModified: undefined };
    expect(selectContent('GET', { 'if-unmodified-since': MODIFIED }, undated)).toEqual(WHOLE);
  });
});

describe('what the client has already', () => {
  test.each([
    [{ 'if-none-match': '"v1"' }, 304],
    [{ 'if-none-match': '"v2"' }, 200],
    [{ 'if-modified-since': MODIFIED }, 304],
    [{ 'if-modified-since': 'Mon, 02 Mar 2026 09:59:59 GMT' }, 200],
    [{ 'if-none-match': '"v2"', 'if-modified-since': MODIFIED }, 200],
    // Asks caches on the way, and this is none.
    [{ 'if-none-match': '"v1"', 'cache-control': 'no-cache' }, 304],
  ])('%j: %d', (headers, status) => {
    for (const method of ['GET', 'HEAD']) expect(selectContent(method, headers, CONTENT)).toEqual({ status });
  });
});
