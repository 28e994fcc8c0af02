import { type AWSCredentials, bedrock, type LocatedProvider, s3 } from '../../lib';
import { locate } from '../support/locate-request';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const MINUTE = 60_000;

/** A function of credentials that counts its calls. */
function source(give: (call: number) => AWSCredentials | Promise<AWSCredentials>) {
  const counted = Object.assign(
    () => {
      counted.calls += 1;
      return give(counted.calls);
    },
    { calls: 0 },
  );
  return counted;
}

function identity(call: number, minutes?: number): AWSCredentials {
  return {
    accessKeyId: `KEY${call}`,
    secretAccessKey: 's',
    ...(minutes === undefined ? undefined : { expiration: new Date(Date.now() + minutes * MINUTE) }),
  };
}

function provider(credentials: () => AWSCredentials | Promise<AWSCredentials>): LocatedProvider {
  return s3({ region: 'eu-central-1', bucket: 'b', credentials });
}

async function keyOf(store: LocatedProvider): Promise<string | undefined> {
  const { headers } = await locate(store, { fileId: 'k' });
  return /Credential=([^/]*)/.exec(headers?.['authorization'] ?? '')?.[1];
}

beforeEach(() => {
  jest.useFakeTimers({ now: NOW, doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout'] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('an identity with an expiration', () => {
  it('is requested once, until 5 minutes before it expires', async () => {
    const credentials = source((call) => identity(call, 60));
    const store = provider(credentials);
    expect([await keyOf(store), await keyOf(store)]).toEqual(['KEY1', 'KEY1']);
    jest.setSystemTime(NOW + 54 * MINUTE);
    expect(await keyOf(store)).toBe('KEY1');
    jest.setSystemTime(NOW + 55 * MINUTE);
    expect([await keyOf(store), await keyOf(store)]).toEqual(['KEY2', 'KEY2']);
    expect(credentials.calls).toBe(2);
  });

  it('is requested once for all concurrent requests', async () => {
    let resolve: (value: AWSCredentials) => void = () => undefined;
    const promise = new Promise<AWSCredentials>((settle) => {
      resolve = settle;
    });
    const credentials = source(() => promise);
    const store = provider(credentials);
    const keys = Promise.all(Array.from({ length: 50 }, () => keyOf(store)));
    resolve(identity(1, 60));
    expect(new Set(await keys)).toEqual(new Set(['KEY1']));
    expect(credentials.calls).toBe(1);
  });

  it('is shared by the providers that have the same function', async () => {
    const credentials = source((call) => identity(call, 60));
    const others = [provider(credentials), bedrock({ region: 'us-east-1', bucket: 'b', credentials })];
    for (const store of others) expect(await keyOf(store)).toBe('KEY1');
    expect(credentials.calls).toBe(1);
  });

  it('of a minute is requested every time', async () => {
    const store = provider(source((call) => identity(call, 1)));
    expect([await keyOf(store), await keyOf(store)]).toEqual(['KEY1', 'KEY2']);
  });

  it('is used to its end while no other can be had', async () => {
    const store = provider(
      source((call) => {
        if (call > 1) throw new Error('STS is down');
        return identity(call, 60);
      }),
    );
    expect(await keyOf(store)).toBe('KEY1');
    jest.setSystemTime(NOW + 59 * MINUTE);
    expect(await keyOf(store)).toBe('KEY1');
    jest.setSystemTime(NOW + 60 * MINUTE);
    await expect(keyOf(store)).rejects.toMatchObject({ code: 'resolver_failed' });
  });
});

it('a failure is not kept', async () => {
  const store = provider(
    source((call) => {
      if (call === 1) throw new Error('STS is down');
      return identity(call, 60);
    }),
  );
  await expect(keyOf(store)).rejects.toMatchObject({ code: 'resolver_failed' });
  expect([await keyOf(store), await keyOf(store)]).toEqual(['KEY2', 'KEY2']);
});

it('a call that never ends does not hold up later ones', async () => {
  const credentials = source((call) => (call === 1 ? new Promise(() => undefined) : identity(call, 60)));
  const store = provider(credentials);
  void keyOf(store);
  await new Promise((resolve) => setImmediate(resolve));
  jest.setSystemTime(NOW + 10_000);
  expect(await keyOf(store)).toBe('KEY2');
});

it('an identity without an expiration is used for one request only', async () => {
  const credentials = source(async (call) => identity(call));
  const store = provider(credentials);
  const keys = await Promise.all([keyOf(store), keyOf(store), keyOf(store)]);
  expect(new Set(keys).size).toBe(3);
  expect(await keyOf(store)).toBe('KEY4');
});

it('an invalid identity is not kept', async () => {
  const broken = { accessKeyId: '', secretAccessKey: 's', expiration: new Date(NOW + 60 * MINUTE) };
  const store = provider(source((call) => (call === 1 ? broken : identity(call, 60))));
  await expect(keyOf(store)).rejects.toMatchObject({ code: 'resolver_failed' });
  expect(await keyOf(store)).toBe('KEY2');
});

describe('a refused identity', () => {
  const refused = { attempt: 2, refusedCredential: true };

  async function keyAfterRefusal(store: LocatedProvider): Promise<string | undefined> {
    const { headers } = await locate(store, { fileId: 'k', ...refused });
    return /Credential=([^/]*)/.exec(headers?.['authorization'] ?? '')?.[1];
  }

  it('is renewed once for all the refusals that arrive one after the other', async () => {
    const credentials = source((call) => identity(call, 60));
    const store = provider(credentials);
    expect(await keyOf(store)).toBe('KEY1');
    for (const late of [0, 300, 900]) {
      jest.setSystemTime(NOW + late);
      expect(await keyAfterRefusal(store)).toBe('KEY2');
    }
    expect(credentials.calls).toBe(2);
  });

  it('is renewed again where the new one is refused later', async () => {
    const store = provider(source((call) => identity(call, 60)));
    expect([await keyOf(store), await keyAfterRefusal(store)]).toEqual(['KEY1', 'KEY2']);
    jest.setSystemTime(NOW + 1_000);
    expect(await keyAfterRefusal(store)).toBe('KEY3');
    // A clock that is set back keeps nobody from a new one.
    jest.setSystemTime(NOW - 60 * MINUTE);
    expect(await keyAfterRefusal(store)).toBe('KEY4');
  });

  it('without an expiration is requested every time', async () => {
    const store = provider(source((call) => identity(call)));
    expect([await keyOf(store), await keyAfterRefusal(store), await keyAfterRefusal(store)]).toEqual([
      'KEY1',
      'KEY2',
      'KEY3',
    ]);
  });
});
