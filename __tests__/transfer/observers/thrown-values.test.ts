import type { StepEnd } from '../../../lib/transfer/observers/observer';
import { Steps } from '../../../lib/transfer/observers/steps';

/** Runs a step that throws or rejects with a value. @returns how the observer was told that it ended */
async function endOf(thrown: unknown, how: 'throws' | 'rejects'): Promise<StepEnd | undefined> {
  const told: StepEnd[] = [];
  const steps = new Steps([{ step: () => ({ ended: (end) => told.push(end) }) }], (text) => text.replace('key', '*'));
  const work = (): unknown => {
    if (how === 'throws') throw thrown;
    return Promise.reject(thrown);
  };
  await expect((async () => steps.run({ kind: 'resolve' }, work))()).rejects.toBe(thrown);
  return told[0];
}

const unreadable = Object.defineProperty(new Error('x'), 'code', {
  get() {
    throw new Error('no code');
  },
});

describe.each(['throws', 'rejects'] as const)('a step that %s', (how) => {
  it.each<[string, unknown, StepEnd['error']]>([
    [
      'an error with a code',
      Object.assign(new Error('no key'), { code: 'ENOKEY' }),
      { code: 'ENOKEY', message: 'no *' },
    ],
    ['an error without one: its name', new RangeError('too far'), { code: 'RangeError', message: 'too far' }],
    ['a text', 'no table', { code: 'error', message: 'no table' }],
    ['an error whose code cannot be read', unreadable, { code: 'Error', message: 'x' }],
    ['nothing', undefined, { code: 'TypeError', message: 'undefined was thrown' }],
  ])('with %s', async (_name, thrown, error) => {
    expect(await endOf(thrown, how)).toEqual({ error });
  });
});
