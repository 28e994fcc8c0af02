import { fakeProvider } from '../../../lib/testing/index';
import { notices } from '../../../lib/transfer/observers/notices';
import type { StepEnd, StepObserver, TransferObserver } from '../../../lib/transfer/observers/observer';
import { Steps } from '../../../lib/transfer/observers/steps';
import { startGateway } from '../../support/gateway';

const clean = (text: string): string => text.replaceAll('secret', '[redacted]');
const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
  // Standard error gets only ten of these lines in a minute.
  jest.spyOn(notices, 'write').mockImplementation((_kind, line) => void lines.push(line));
});
afterEach(() => jest.restoreAllMocks());

function stepsOf(...observers: TransferObserver[]): Steps {
  return new Steps(observers, clean);
}

/** Callers in JavaScript return anything. */
function nonsense<T>(value: unknown): T {
  return value as T;
}

const fail = (): never => {
  throw new Error('the observer has a secret');
};
const reject = (): Promise<never> => Promise.reject(new Error('rejected'));
const GETTER: StepObserver = Object.defineProperty({}, 'run', { get: fail, enumerable: true });

describe('a step', () => {
  it.each<[string, StepObserver | undefined]>([
    ['that throws in run', { run: fail }],
    ['whose run rejects', { run: nonsense(reject) }],
    ['that never calls work', { run: () => {} }],
    ['that calls work later', { run: (work) => setImmediate(work) }],
    ['that calls work twice', { run: (work) => [work(), work()] }],
    ['that throws after work', { run: (work) => [work(), fail()] }],
    ['whose run is no function', { run: nonsense('x') }],
    ['whose run cannot be read', GETTER],
    ['that is a number', nonsense(7)],
    ['that is a promise which rejects', nonsense(reject())],
  ])('runs once beside an observer %s', async (_name, observer) => {
    let calls = 0;
    const work = (): string => `ran ${++calls}`;
    const other: string[] = [];
    const steps = stepsOf({ step: () => observer }, { step: () => ({ ended: () => other.push('ended') }) });
    expect(steps.run({ kind: 'resolve' }, work)).toBe('ran 1');
    await new Promise(setImmediate);
    expect(calls).toBe(1);
    expect(other).toEqual(['ended']);
  });

  it.each<[string, TransferObserver]>([
    ['step throws', { step: fail }],
    ['step rejects', { step: nonsense(reject) }],
    ['run throws', { step: () => ({ run: fail }) }],
    ['run rejects', { step: () => ({ run: nonsense(reject) }) }],
    ['ended throws', { step: () => ({ ended: fail }) }],
    ['ended rejects', { step: () => ({ ended: nonsense(reject) }) }],
    ['headers throws', { step: () => ({ headers: fail }) }],
    ['headers rejects', { step: () => ({ headers: nonsense(reject) }) }],
    ['failed throws', { failed: fail }],
    ['failed rejects', { failed: nonsense(reject) }],
    ['the end throws', { ended: fail }],
  ])('says on standard error that %s, without secrets', async (_name, observer) => {
    const steps = stepsOf(observer);
    const request = steps.request({ provider: 'p' });
    expect(request.headersFor({})).toEqual({});
    expect(request.run(() => 1)).toBe(1);
    steps.failed({ outcome: 'client_stalled' });
    steps.over(undefined);
    await new Promise(setImmediate);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("an observer's ");
    expect(lines[0]).not.toContain('secret');
  });

  it('throws and rejects as the work does, and says how it ended', async () => {
    const ends: StepEnd[] = [];
    const steps = stepsOf({ step: () => ({ run: (work) => work(), ended: (end) => ends.push(end) }) });
    const error = Object.assign(new Error('no secret'), { code: 'E_X' });
    expect(() =>
      steps.run({ kind: 'resolve' }, () => {
        throw error;
      }),
    ).toThrow(error);
    await expect(steps.run({ kind: 'resolve' }, () => Promise.reject(error))).rejects.toBe(error);
    await steps.run({ kind: 'resolve' }, () => Promise.resolve());
    expect(ends).toEqual([
      { error: { code: 'E_X', message: 'no [redacted]' } },
      { error: { code: 'E_X', message: 'no [redacted]' } },
      {},
    ]);
  });

  it('calls "then" of a query builder once, because each call sends the query', async () => {
    let queries = 0;
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: query builders are thenable
      then: (resolve: (value: string) => void) => {
        queries += 1;
        resolve('row');
      },
    };
    expect(await stepsOf({}).run({ kind: 'resolve' }, () => query)).toBe('row');
    expect(queries).toBe(1);
  });

  it('ends once, and with its transfer at the latest', async () => {
    const ends: string[] = [];
    const steps = stepsOf({
      step: ({ kind }) => ({ ended: ({ error }) => ends.push(`${kind} ${error?.code}`) }),
      ended: () => ends.push('transfer'),
    });
    void steps.run({ kind: 'locate' }, () => new Promise(() => {}));
    steps.request({ attempt: 1 });
    steps.request({ attempt: 2 });
    steps.requestOver({ code: 'cut', message: '' });
    steps.requestOver();
    steps.over(undefined);
    expect(ends).toEqual(['request undefined', 'request cut', 'locate undefined', 'transfer']);
  });
});

it('a request gets the headers of observers, but none that frame it or that it has', () => {
  const given = {
    traceparent: 'a',
    Authorization: 'theirs',
    Host: 'theirs',
    'content-length': '7',
    'transfer-encoding': 'chunked',
    connection: 'close',
    'not a name': 'x',
    'x-split': 'a\r\nb: c',
    'x-number': nonsense<string>(7),
  };
  const request = stepsOf({ step: () => ({ headers: () => given }) }).request({});
  expect(request.headersFor({ authorization: 'ours' })).toEqual({ traceparent: 'a' });
});

it('a transfer goes on beside adapters whose observe fails', async () => {
  const fake = await fakeProvider({ files: { 'file-1': 'content' } });
  const finished = (): void => {};
  await using gateway = await startGateway({
    upstream: fake.origin,
    logger: [
      { finished, observe: fail },
      { finished, observe: nonsense(reject) },
      { finished, observe: nonsense(() => 7) },
      { finished, observe: () => ({ step: fail, ended: fail }) },
      { finished, observe: () => ({ run: fail, failed: fail }) },
      { finished, observe: () => ({ run: nonsense(reject) }) },
      { finished, observe: () => ({ run: () => {} }) },
      { finished, observe: () => ({ run: (work) => [work(), work()] }) },
    ],
  });
  const response = await fetch(`${gateway.origin}/v1/files/file-1/content`);
  expect(await response.text()).toBe('content');
  const [record] = await gateway.recorded(1);
  expect(record?.outcome).toBe('completed');
  await fake.close();
});
