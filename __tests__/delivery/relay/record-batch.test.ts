import { Gathering } from '../../../lib/delivery/relay/record-batch';

function gather(size: number) {
  const asked: number[] = [];
  const passed: string[] = [];
  const gathering = new Gathering(
    (atLeast) => {
      asked.push(atLeast);
      return Buffer.alloc(Math.max(size, atLeast));
    },
    (bytes) => passed.push(bytes.toString()),
  );
  const add = (text: string): void => gathering.add(Buffer.from(text));
  return { gathering, asked, passed, add };
}

describe('a gathering', () => {
  it('passes on what came in one turn together, at its end', async () => {
    const { add, passed, asked } = gather(10);
    add('ab');
    add('cd');
    expect(passed).toEqual([]);
    await new Promise(setImmediate);
    expect(passed).toEqual(['abcd']);
    expect(asked).toEqual([2]);
    await new Promise(setImmediate);
    expect(passed).toEqual(['abcd']);
  });

  it('passes on a full buffer, and continues in the next', async () => {
    const { add, passed, asked } = gather(4);
    add('abc');
    add('defg');
    expect(passed).toEqual(['abcd']);
    add('h');
    expect(passed).toEqual(['abcd', 'efgh']);
    expect(asked).toEqual([3, 3]);
    await new Promise(setImmediate);
    expect(passed).toEqual(['abcd', 'efgh']);
  });

  it('has room for a piece of any size', () => {
    const { add, passed } = gather(2);
    add('abcdef');
    expect(passed).toEqual(['abcdef']);
  });

  it('passes on at once what it is told to, and nothing where there is nothing', async () => {
    const { gathering, add, passed, asked } = gather(10);
    gathering.flush();
    add('');
    expect(asked).toEqual([]);
    add('ab');
    gathering.flush();
    gathering.flush();
    expect(passed).toEqual(['ab']);
    await new Promise(setImmediate);
    expect(passed).toEqual(['ab']);
  });

  it('keeps a copy of what it was given', async () => {
    const { gathering, passed } = gather(10);
    const reused = Buffer.from('ab');
    gathering.add(reused);
    reused.write('xx');
    await new Promise(setImmediate);
    expect(passed).toEqual(['ab']);
  });
});
