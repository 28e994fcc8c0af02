import { endOfTurn } from '../../../lib/transfer/event-loop/end-of-turn';

describe('endOfTurn', () => {
  it('waits until what has arrived in this turn was handled', async () => {
    const order: string[] = [];
    const ended = endOfTurn().then(() => order.push('end'));
    process.nextTick(() => order.push('tick'));
    await Promise.resolve().then(() => order.push('microtask'));
    expect(order).not.toContain('end');
    await ended;
    expect(order).toEqual(['microtask', 'tick', 'end']);
  });

  it('lets all who wait in one turn go on directly after each other', async () => {
    const order: string[] = [];
    void endOfTurn().then(() => order.push('first'));
    setImmediate(() => order.push('other work'));
    void endOfTurn().then(() => order.push('second'));
    await new Promise(setImmediate);
    expect(order).toEqual(['first', 'second', 'other work']);
  });

  it('is the end of the next turn for who asks at the end of one', async () => {
    const order: string[] = [];
    const again = endOfTurn().then(() => endOfTurn().then(() => order.push('next')));
    await endOfTurn();
    order.push('this');
    await again;
    expect(order).toEqual(['this', 'next']);
  });
});
