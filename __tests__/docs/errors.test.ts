import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_CONTENT_ERROR_CODES, FileContentError } from '../../lib/index';
import { ERRORS_PAGE, MISTAKES } from '../../lib/values/mistakes';

const page = readFileSync(join(__dirname, '../../docs/errors.md'), 'utf8');
const sections = page
  .split(/^## /m)
  .slice(1)
  .map((section) => ({ heading: section.split('\n')[0] ?? '', text: section.slice(section.indexOf('\n')) }));

test('every code has its heading, in the order of the code', () => {
  const headings = sections.map(({ heading }) => heading).filter((heading) => heading.startsWith('`'));
  expect(headings).toEqual(FILE_CONTENT_ERROR_CODES.map((code) => `\`${code}\``));
});

/** Whether OpenAI's SDKs retry after a response. */
function isRetried({ status, headers }: FileContentError): boolean {
  return headers['x-should-retry'] !== 'false' && (status === 408 || status === 409 || status === 429 || status >= 500);
}

test.each(FILE_CONTENT_ERROR_CODES)(
  '%s: status, type and retries are those of the code; cause and remedy are said',
  (code) => {
    const text = sections.find(({ heading }) => heading === `\`${code}\``)?.text ?? '';
    const error = new FileContentError(code, 'for the documentation');
    const retried = isRetried(error) ? 'SDKs retry it' : 'SDKs do not retry it';
    expect(text.trim().split('\n')[0]).toBe(`Status ${error.status}, type \`${error.body.type}\`; ${retried}.`);
    expect(text).toMatch(/^\*\*Cause\.\*\* ./m);
    expect(text).toMatch(/^\*\*What to do\.\*\* ./m);
  },
);

/** The headings below `## Errors in your own code`, as links name them. */
const mistakes = page
  .split(/^### /m)
  .slice(1)
  .map((section) => ({ name: (section.split('\n')[0] ?? '').toLowerCase().replaceAll(' ', '-'), text: section }));

test('every kind of mistake has its heading', () => {
  expect(mistakes.map(({ name }) => name)).toEqual(MISTAKES);
});

test.each(mistakes)('$name: cause and remedy are said', ({ text }) => {
  expect(text).toMatch(/^\*\*Cause\.\*\* ./m);
  expect(text).toMatch(/^\*\*What to do\.\*\* ./m);
});

test('messages link to this page', () => {
  expect(ERRORS_PAGE).toMatch(/\/docs\/errors\.md$/);
});
