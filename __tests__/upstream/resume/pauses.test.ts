import { resumePauseMs } from '../../../lib/upstream/resume/resumption';

describe('the pause before an attempt to resume a body', () => {
  it.each([
    [1, 50, 100],
    [2, 100, 200],
    [5, 800, 1_600],
    [6, 1_000, 2_000],
    [20, 1_000, 2_000],
    [100, 1_000, 2_000],
  ])('number %i is at least %i and at most %i ms', (attempt, least, most) => {
    for (let draw = 0; draw < 50; draw += 1) {
      const pause = resumePauseMs(attempt);
      expect(pause).toBeGreaterThanOrEqual(least);
      expect(pause).toBeLessThanOrEqual(most);
    }
  });
});
