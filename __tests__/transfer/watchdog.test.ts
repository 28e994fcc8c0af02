import { Watchdog } from '../../lib/transfer/watchdog';

type Phase = 'connect' | 'idle' | 'none';
const LIMITS = { connect: 1_000, idle: 5_000, none: 0 };

describe('Watchdog', () => {
  const expired: string[] = [];
  let watchdog: Watchdog<Phase>;

  beforeEach(() => {
    jest.useFakeTimers();
    expired.length = 0;
    watchdog = new Watchdog<Phase>(LIMITS, (phase) => expired.push(`${phase} at ${Math.round(performance.now())}`));
  });

  afterEach(() => {
    watchdog.stop();
    jest.useRealTimers();
  });

  /** Timers run in steps, as in an event loop that is not blocked. */
  function pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 50) jest.advanceTimersByTime(Math.min(50, ms - passed));
  }

  it('expires once when a phase has made no progress for its time', () => {
    watchdog.enter('connect');
    pass(999);
    expect(expired).toEqual([]);
    pass(5_000);
    expect(expired).toHaveLength(1);
    expect(expired[0]).toMatch(/^connect/);
  });

  it('counts from the last progress', () => {
    watchdog.enter('connect');
    for (let i = 0; i < 10; i += 1) {
      pass(900);
      watchdog.activity();
    }
    expect(expired).toEqual([]);
    pass(1_100);
    expect(expired).toHaveLength(1);
  });

  it('counts a phase from its beginning, whether its limit is longer or shorter', () => {
    watchdog.enter('idle');
    pass(900);
    watchdog.enter('connect');
    pass(900);
    expect(expired).toEqual([]);
    watchdog.enter('idle');
    pass(4_900);
    expect(expired).toEqual([]);
    pass(200);
    expect(expired).toHaveLength(1);
  });

  it('does not begin a phase anew that it is in', () => {
    watchdog.enter('connect');
    pass(600);
    watchdog.enter('connect');
    pass(600);
    expect(expired).toHaveLength(1);
  });

  it('waits forever in a phase without a limit, and leaves no timer', () => {
    watchdog.enter('connect');
    watchdog.enter('none');
    pass(100_000);
    expect(expired).toEqual([]);
  });

  it('leaves nothing behind when it is stopped', () => {
    watchdog.enter('connect');
    watchdog.stop();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('leaves nothing behind when it is stopped between its time and its last look', () => {
    watchdog.enter('connect');
    jest.advanceTimersToNextTimer();
    expect(jest.getTimerCount()).toBe(1);
    watchdog.stop();
    expect(jest.getTimerCount()).toBe(0);
    pass(100);
    expect(expired).toEqual([]);
  });

  it('counts what arrived while its timer was due', () => {
    watchdog.enter('connect');
    jest.advanceTimersToNextTimer();
    watchdog.activity();
    pass(500);
    expect(expired).toEqual([]);
    pass(600);
    expect(expired).toHaveLength(1);
  });

  describe('when the event loop is blocked', () => {
    let skipped = 0;

    beforeEach(() => {
      const now = performance.now.bind(performance);
      skipped = 0;
      // What a synchronous task does: the clock goes on, no timer runs.
      performance.now = () => now() + skipped;
    });

    it('gives what waited meanwhile some turns to be read', () => {
      watchdog.enter('connect');
      skipped += 2_000;
      for (let turn = 0; turn < 3; turn += 1) jest.advanceTimersToNextTimer();
      watchdog.activity();
      pass(900);
      expect(expired).toEqual([]);
      pass(200);
      expect(expired).toHaveLength(1);
    });

    it('expires in the end, though every timer is late', () => {
      watchdog.enter('connect');
      let turns = 0;
      while (expired.length === 0 && turns < 20) {
        skipped += 2_000;
        jest.advanceTimersToNextTimer();
        turns += 1;
      }
      expect(expired).toHaveLength(1);
      expect(turns).toBeGreaterThan(3);
    });
  });
});
