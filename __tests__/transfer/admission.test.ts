import { Admission } from '../../lib/transfer/admission';

function codeOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('Admission', () => {
  it('refuses with 503 and Retry-After over the limit, and admits again when one has left', () => {
    const admission = new Admission({ maxConcurrent: 2, maxConcurrentPerTenant: Infinity });
    const leave = admission.enter();
    admission.enter();
    expect(codeOf(() => admission.enter())).toMatchObject({
      code: 'overloaded',
      status: 503,
      headers: { 'retry-after': '1' },
    });
    leave();
    expect(() => admission.enter()).not.toThrow();
  });

  it('counts a transfer that leaves twice once', () => {
    const admission = new Admission({ maxConcurrent: 1, maxConcurrentPerTenant: 1 });
    const leave = admission.enter();
    leave();
    leave();
    admission.enter();
    expect(() => admission.enter()).toThrow();
    const leaveTenant = admission.enterTenant('a');
    leaveTenant();
    leaveTenant();
    admission.enterTenant('a');
    expect(() => admission.enterTenant('a')).toThrow();
  });

  it('limits every tenant on its own, with 429 and Retry-After', () => {
    const admission = new Admission({ maxConcurrent: Infinity, maxConcurrentPerTenant: 1 });
    const leave = admission.enterTenant('a');
    expect(() => admission.enterTenant('b')).not.toThrow();
    expect(codeOf(() => admission.enterTenant('a'))).toMatchObject({
      code: 'rate_limited',
      status: 429,
      headers: { 'retry-after': '1' },
    });
    leave();
    expect(() => admission.enterTenant('a')).not.toThrow();
  });

  it('is not confused by tenants named like members of objects', () => {
    const admission = new Admission({ maxConcurrent: Infinity, maxConcurrentPerTenant: 1 });
    for (const tenant of ['__proto__', 'constructor', 'toString']) {
      admission.enterTenant(tenant);
      expect(() => admission.enterTenant(tenant)).toThrow();
    }
  });
});
