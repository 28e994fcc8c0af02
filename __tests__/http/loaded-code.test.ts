import { refuseToLoad } from '../../lib/http/loaded-code';

function headersFor(type: string | undefined, destination: unknown, vary?: unknown): object {
  const headers = { ...(type !== undefined && { 'content-type': type }) };
  refuseToLoad(headers, destination, vary);
  return headers;
}

it.each([
  'text/javascript',
  'application/javascript; charset=utf-8',
  'APPLICATION/X-JAVASCRIPT',
  'text/ecmascript',
  'text/jscript',
  'text/livescript',
  'text/javascript1.5',
  'text/css',
  'text/plain, text/javascript',
  'application/xslt+xml',
  'text/xsl',
  'text/xml',
])('%s is no script and no style sheet for a page', (type) => {
  for (const destination of ['script', 'style', 'worker', 'sharedworker', 'serviceworker', 'audioworklet', 'xslt']) {
    const refused = { 'content-type': 'application/octet-stream', vary: 'Sec-Fetch-Dest' };
    expect(headersFor(type, destination)).toEqual(refused);
  }
});

it.each(['document', 'empty', 'image', undefined, ['script']])('but is itself for anything else: %j', (destination) => {
  expect(headersFor('text/css', destination)).toEqual({ 'content-type': 'text/css', vary: 'Sec-Fetch-Dest' });
});

it.each(['text/plain', 'application/json', 'image/png', 'text/html', undefined])('%s stays as it is', (type) => {
  expect(headersFor(type, 'script')).toEqual(type === undefined ? {} : { 'content-type': type });
});

it.each([
  ['Origin', 'Origin, Sec-Fetch-Dest'],
  [['Origin', 'Accept'], 'Origin, Accept, Sec-Fetch-Dest'],
])('Vary %j is kept', (vary, expected) => {
  expect(headersFor('text/css', 'empty', vary)).toMatchObject({ vary: expected });
});
