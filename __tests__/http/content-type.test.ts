import { safeContentType } from '../../lib/http/content-type';

it.each([
  'multipart/x-mixed-replace; boundary=x',
  'Multipart/X-Mixed-Replace;boundary="x"',
  ' multipart/x-mixed-replace ; boundary=x',
  '\tmultipart/mixed',
  'multipart/related; type="text/html"',
  'multipart/form-data',
  'text/plain, multipart/x-mixed-replace; boundary=x',
  'multipart/x-mixed-replace; boundary=x, text/plain',
  'application/x-xpinstall',
  'application/x-x509-ca-cert',
  'application/x-x509-user-cert; x=y',
  'application/x-ns-proxy-autoconfig',
  'application/x-shockwave-flash',
  'application/vnd.adobe.flash.movie',
  'application/pkix-cert',
  'application/x-pkcs12',
  'application/x-x509-server-cert',
  'application/x-apple-aspen-config',
])('%s is not passed on ', (type) => {
  expect(safeContentType(type)).toBe('application/octet-stream');
});

it.each([
  'application/jsonl',
  'text/html; charset=utf-8',
  'image/svg+xml',
  'application/multipart',
  'text/multipart/mixed',
  'text/plain; x=multipart/mixed',
  'application/octet-stream',
  'message/rfc822',
  'multipart/byteranges; boundary=x',
  'nonsense',
  '',
])('%s stays as it is', (type) => {
  expect(safeContentType(type)).toBe(type);
});
