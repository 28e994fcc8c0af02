import {
  ERRORS_PAGE,
  invalidOption,
  invalidResult,
  memberPath,
  mistake,
  notBoth,
  unknownMember,
  unknownOption,
} from '../../lib/values/mistakes';

const see = (heading: string): string => ` See ${ERRORS_PAGE}#${heading}`;

test.each([
  [mistake('openai', 'something is wrong', 'invalid-option'), `openai: something is wrong.${see('invalid-option')}`],
  [
    invalidOption('openai', 'name', 'a non-empty string', 'null'),
    `openai: "name" must be a non-empty string, got null.${see('invalid-option')}`,
  ],
  [
    unknownOption('openai', 'apikey', ['apiKey', 'name']),
    `openai: unknown option "apikey". Did you mean \`apiKey\`?${see('unknown-option')}`,
  ],
  [
    unknownOption('router', 'idel', ['idle', 'total'], 'timeouts.'),
    `router: unknown option "timeouts.idel". Did you mean \`timeouts.idle\`?${see('unknown-option')}`,
  ],
  [
    unknownOption('openai', 'colour', ['apiKey', 'name']),
    `openai: unknown option "colour"; write one of apiKey, name.${see('unknown-option')}`,
  ],
  [
    unknownOption('consoleLogger', 'colour', ['level']),
    `consoleLogger: unknown option "colour"; the only one is \`level\`.${see('unknown-option')}`,
  ],
  [
    notBoth('anthropic', 'apiKey', 'token'),
    `anthropic: "apiKey" and "token" must not both be given; leave one out.${see('conflicting-options')}`,
  ],
  [
    invalidResult('provider azure: locate()', '{ url, headers }', 'undefined'),
    `provider azure: locate() must return { url, headers }, got undefined.${see('invalid-result')}`,
  ],
  [
    unknownMember('resolveProvider', 'fileID', ['provider', 'fileId']),
    `resolveProvider returned the unknown member "fileID". Did you mean \`fileId\`?${see('invalid-result')}`,
  ],
])('%s', (error, message) => {
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toBe(message);
});

test('a name in a message is short, and harmless to print', () => {
  expect(memberPath('models', 'gpt-4o')).toBe('models.gpt-4o');
  expect(memberPath('files', 'a"\n')).toBe('files.a\\"\\n');
  expect(memberPath('files', 'a'.repeat(1_000))).toHaveLength(106);
});
