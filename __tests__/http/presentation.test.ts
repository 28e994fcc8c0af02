import {
  isSafeInline,
  type Presentation,
  present,
  presentationProblem,
  typeFromName,
} from '../../lib/http/presentation';

const INLINE: Presentation = { disposition: 'inline', filename: undefined, contentType: undefined };

function presented(headers: Record<string, string>, presentation: Partial<Presentation>, status = 200) {
  const given: Record<string, string> = { 'content-disposition': 'attachment; filename="theirs.bin"', ...headers };
  present(given, status, { ...INLINE, disposition: 'attachment', ...presentation }, 'same-site');
  return given;
}

describe('what may be shown', () => {
  it.each([
    'image/png',
    'IMAGE/JPEG',
    'image/webp ; q=1',
    'audio/mpeg',
    'video/mp4; codecs="avc1.42E01E"',
    'text/plain; charset=utf-8',
  ])('is %s', (type) => expect(isSafeInline(type)).toBe(true));

  it.each([
    'text/html',
    'image/svg+xml',
    'text/xml',
    'application/xhtml+xml',
    'application/xml',
    'text/javascript',
    'application/json',
    'application/pdf',
    'application/octet-stream',
    'application/wasm',
    'audio/mpegurl',
    'audio/x-mpegurl',
    'multipart/byteranges; boundary=x',
    'message/rfc822',
    'text/plain, text/html',
    'text/html;image/png',
    'image/png,image/svg+xml',
    'text/plain\u00a0',
    'text/plainx',
    'constructor',
    '__proto__',
    '',
  ])('is not %j', (type) => expect(isSafeInline(type)).toBe(false));
});

it.each([
  ['a.PNG', 'image/png'],
  ['Bericht ü.txt', 'text/plain; charset=utf-8'],
  ['page.html', 'text/html; charset=utf-8'],
  ['archive.tar.gz', 'application/gzip'],
  ['png', undefined],
  ['.png', undefined],
  ['a.', undefined],
  ['a.nosuchtype', undefined],
  ['a.constructor', undefined],
])('the type of the name %j is %j', (name, type) => expect(typeFromName(name)).toBe(type));

describe('a type by name', () => {
  it('is that of the given name, else that of the provider’s', () => {
    const type = (presentation: Partial<Presentation>) =>
      presented({ 'content-type': 'application/octet-stream' }, { contentType: 'from-name', ...presentation })[
        'content-type'
      ];
    expect(type({ filename: 'a.png' })).toBe('image/png');
    expect(
      presented(
        { 'content-disposition': 'attachment; filename="b.csv"', 'content-type': 'x/y' },
        {
          contentType: 'from-name',
        },
      )['content-type'],
    ).toBe('text/csv; charset=utf-8');
    expect(type({ filename: 'no extension' })).toBe('application/octet-stream');
  });

  it('that installs something is neutral', () => {
    expect(presented({}, { contentType: 'from-name', filename: 'a.xpi' })).toHaveProperty(
      'content-type',
      'application/octet-stream',
    );
  });

  it('is not that of several ranges', () => {
    const type = 'multipart/byteranges; boundary=x';
    expect(presented({ 'content-type': type }, { ...INLINE, contentType: 'image/png' }, 206)).toEqual({
      'content-type': type,
      'content-disposition': 'attachment; filename="theirs.bin"',
    });
  });
});

it('a name in any script has an ASCII form beside it and no path', () => {
  const { 'content-disposition': disposition } = presented(
    { 'content-type': 'image/png' },
    { ...INLINE, filename: '../../日本 "1".png' },
  );
  expect(disposition).toBe(`inline; filename="__ _1_.png"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%20_1_.png`);
});

describe('the policy of files that are shown', () => {
  it.each(['image/png', 'text/plain'])('%s has an opaque origin', (type) => {
    expect(presented({ 'content-type': type }, INLINE)).toMatchObject({
      'content-security-policy': expect.stringMatching(/^sandbox; default-src 'none'(?!.*allow-)/),
      'cross-origin-resource-policy': 'same-site',
    });
  });

  it.each(['audio/mpeg', 'video/mp4'])('%s may load itself and runs nothing', (type) => {
    const policy = presented({ 'content-type': type }, INLINE)['content-security-policy'];
    expect(policy).toMatch(/^sandbox allow-same-origin; default-src 'none';.* media-src 'self'$/);
    expect(policy).not.toMatch(/script/);
  });

  it('joins the gateway’s own policy, and keeps its resource policy', () => {
    expect(
      presented(
        {
          'content-type': 'image/png',
          'content-security-policy': "frame-ancestors 'self'",
          'cross-origin-resource-policy': 'cross-origin',
        },
        INLINE,
      ),
    ).toMatchObject({
      'content-security-policy': expect.stringMatching(/^frame-ancestors 'self', sandbox;/),
      'cross-origin-resource-policy': 'cross-origin',
    });
  });

  it('is on a 304, which names no type', () => {
    expect(presented({}, INLINE, 304)).toHaveProperty('content-security-policy');
    expect(presented({ 'content-type': 'text/html' }, INLINE, 304)).not.toHaveProperty('content-security-policy');
  });

  it('is on no attachment', () => {
    expect(presented({ 'content-type': 'image/png' }, { filename: 'a.png' })).toEqual({
      'content-type': 'image/png',
      'content-disposition': 'attachment; filename="a.png"',
    });
    expect(presented({ 'content-type': 'text/html' }, INLINE)).toEqual({
      'content-type': 'text/html',
      'content-disposition': 'attachment; filename="theirs.bin"',
    });
  });
});

it.each([
  ['Inline', undefined, `"disposition" must be 'attachment' or 'inline', got "Inline"`],
  [undefined, 'png', `"contentType" must be a media type such as 'image/png', or 'from-name', got "png"`],
  [undefined, 7, `"contentType" must be a media type such as 'image/png', or 'from-name', got number 7`],
  [null, undefined, `"disposition" must be 'attachment' or 'inline', got null`],
  ['inline', 'from-name', undefined],
  [undefined, 'text/plain; charset=utf-8', undefined],
])('of disposition %j and type %j the problem is %j', (disposition, type, problem) => {
  expect(presentationProblem(disposition, type)).toBe(problem);
});
