import { requireEsm } from '../../lib/values/require-esm';

const compiled = { name: 'compiled' };
const failWith = (error: unknown) => (): typeof compiled => {
  throw error;
};

describe('a dependency that is published as ES modules only', () => {
  it('is the installed one wherever it can be required', () => {
    const installed = { name: 'installed' };
    expect(requireEsm(() => installed, failWith(new Error('not asked for')))).toBe(installed);
  });

  it.each([
    ['Jest 30', Object.assign(new Error('Must use import to load ES Module'), { code: 'ERR_REQUIRE_ESM' })],
    ['Jest 29', new SyntaxError('Cannot use import statement outside a module')],
    ['another realm', { name: 'SyntaxError', message: "Unexpected token 'export'" }],
  ])('is its compiled copy where ES modules are refused: %s', (_where, error) => {
    expect(requireEsm(failWith(error), () => compiled)).toBe(compiled);
  });

  it.each([
    new Error('the dependency itself fails'),
    Object.assign(new Error('not installed'), { code: 'MODULE_NOT_FOUND' }),
    'a string',
    null,
  ])('keeps any other failure: %p', (error) => {
    let thrown: unknown;
    try {
      requireEsm(failWith(error), () => compiled);
    } catch (caught) {
      thrown = caught;
    }
    expect(thrown).toBe(error);
  });
});
