import fc from 'fast-check';
import { type FoundFileId, fileIdCodec, rewriteFileIds } from '../../../lib';

const signed = (id: string): string => `signed-${id}`;

/** What is replaced in `json`, in the order in which it stands there. */
function replaced(json: object, options?: { batches?: boolean }): string[] {
  const seen: string[] = [];
  rewriteFileIds(
    json,
    (id, { member, object }) => {
      seen.push(`${object ?? '-'}.${member}=${id}`);
      return undefined;
    },
    options,
  );
  return seen;
}

const FILE = { id: 'file-1', object: 'file', bytes: 7, filename: 'a.jsonl', purpose: 'batch' };

describe('file ids in the responses of an API', () => {
  it.each<[string, object, string[]]>([
    ['an upload', FILE, ['file.id=file-1']],
    ['a deleted file', { id: 'file-1', object: 'file', deleted: true }, ['file.id=file-1']],
    ['a file whose object comes first', { object: 'file', id: 'file-1' }, ['file.id=file-1']],
    [
      'a list of files with its cursors',
      {
        object: 'list',
        data: [FILE, { ...FILE, id: 'file-2' }],
        first_id: 'file-1',
        last_id: 'file-2',
        has_more: true,
      },
      ['file.id=file-1', 'file.id=file-2', 'list.first_id=file-1', 'list.last_id=file-2'],
    ],
    [
      'cursors before the list',
      { first_id: 'file-1', last_id: 'file-1', object: 'list', data: [FILE] },
      ['list.first_id=file-1', 'list.last_id=file-1', 'file.id=file-1'],
    ],
    [
      'a batch',
      { id: 'batch_1', object: 'batch', input_file_id: 'file-1', output_file_id: 'file-2', error_file_id: null },
      ['batch.input_file_id=file-1', 'batch.output_file_id=file-2'],
    ],
    [
      'a list of batches, whose cursors are ids of batches',
      { object: 'list', data: [{ id: 'batch_1', object: 'batch', output_file_id: 'file-2' }], first_id: 'batch_1' },
      ['batch.output_file_id=file-2'],
    ],
    ['an upload of parts', { id: 'upload_1', object: 'upload', file: FILE }, ['file.id=file-1']],
    [
      'files of a container',
      {
        object: 'list',
        data: [{ id: 'cfile_1', object: 'container.file', container_id: 'cntr_1', path: '/mnt/data/x' }],
        last_id: 'cfile_1',
      },
      ['container.file.id=cfile_1', 'list.last_id=cfile_1'],
    ],
    [
      'a file of a vector store',
      { id: 'file-1', object: 'vector_store.file', vector_store_id: 'vs_1', attributes: { file_id: 'mine' } },
      ['vector_store.file.id=file-1'],
    ],
    ['a vector store', { id: 'vs_1', object: 'vector_store', file_counts: { total: 1 } }, []],
    [
      'a fine-tuning job',
      {
        id: 'ftjob-1',
        object: 'fine_tuning.job',
        training_file: 'file-1',
        validation_file: null,
        result_files: ['file-2'],
      },
      ['fine_tuning.job.training_file=file-1', 'fine_tuning.job.result_files=file-2'],
    ],
    [
      'a message with attachments and citations',
      {
        id: 'msg_1',
        object: 'thread.message',
        attachments: [{ file_id: 'file-1', tools: [{ type: 'file_search' }] }],
        content: [
          {
            type: 'text',
            text: { value: 'file-9', annotations: [{ type: 'file_path', file_path: { file_id: 'file-2' } }] },
          },
        ],
      },
      ['-.file_id=file-1', '-.file_id=file-2'],
    ],
    [
      'a response that cites a file of a container',
      {
        id: 'resp_1',
        object: 'response',
        output: [{ type: 'container_file_citation', container_id: 'cntr_1', file_id: 'cfile_1' }],
      },
      ['container_file_citation.file_id=cfile_1'],
    ],
    [
      'tools of an assistant',
      { tool_resources: { code_interpreter: { file_ids: ['file-1', 'file-2'] } } },
      ['-.file_ids=file-1', '-.file_ids=file-2'],
    ],
    ["a file of Anthropic's", { id: 'file_1', type: 'file', filename: 'a', downloadable: true }, ['file.id=file_1']],
    [
      "a content block of Anthropic's",
      { content: [{ type: 'container_upload', file_id: 'file_1' }] },
      ['container_upload.file_id=file_1'],
    ],
    [
      'metadata of a user',
      { ...FILE, metadata: { file_id: 'mine', nested: { id: 'x', object: 'file' } } },
      ['file.id=file-1'],
    ],
    [
      'ids that are empty, null or no text',
      { object: 'file', id: '', file_id: null, file_ids: [1, null], input_file_id: 7 },
      [],
    ],
    ['names that only look alike', { object: 'model', id: 'gpt', profile_id: 'p', file: 'file-1', file_id_2: 'x' }, []],
  ])('%s', (_what, json, ids) => {
    expect(replaced(json)).toEqual(ids);
  });

  it('of batches are left alone unless they are asked for', () => {
    const list = {
      object: 'list',
      data: [{ id: 'batch_1', object: 'batch' }],
      first_id: 'batch_1',
      last_id: 'batch_1',
    };
    expect(replaced(list)).toEqual([]);
    expect(replaced(list, { batches: true })).toEqual([
      'batch.id=batch_1',
      'list.first_id=batch_1',
      'list.last_id=batch_1',
    ]);
    expect(replaced({ id: 'msgbatch_1', type: 'message_batch' }, { batches: true })).toEqual([
      'message_batch.id=msgbatch_1',
    ]);
  });
});

describe('other values', () => {
  it('stays byte for byte in a text: numbers, order, duplicates, white space and escapes', () => {
    const text =
      ' {"2":1,"1":12345678901234567890, "x": 1.0e+05,\n"id" : "file-\\u0031","a":"\\"id\\\\","a":"caf\\u00e9 é","object":"file"}\n';
    expect(rewriteFileIds(text, signed)).toBe(text.replace('"file-\\u0031"', '"signed-file-1"'));
    expect(rewriteFileIds(text, () => undefined)).toBe(text);
  });

  it('in a parsed response stay, and the response is not modified', () => {
    const batch = Object.freeze({ id: 'batch_1', object: 'batch', output_file_id: 'file-2', counts: { total: 3 } });
    expect(rewriteFileIds(batch, signed)).toEqual({ ...batch, output_file_id: 'signed-file-2' });
  });

  it('stays in any JSON', () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), (text) => {
        expect(rewriteFileIds(text, () => undefined)).toBe(text);
      }),
    );
  });

  it('is found in no member that some package has put on Object.prototype', () => {
    Reflect.set(Object.prototype, 'batches', true);
    try {
      expect(replaced({ id: 'batch_1', object: 'batch' })).toEqual([]);
      expect(replaced({ id: 'batch_1', object: 'batch' }, {})).toEqual([]);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'batches');
    }
  });
});

it('replaces the same ids as a slow walk over the parsed response', () => {
  const name = fc.constantFrom(
    'id',
    'file_id',
    'output_file_id',
    'file_ids',
    'object',
    'data',
    'first_id',
    'metadata',
    'x\\"y',
  );
  const leaf = fc.oneof(
    fc.constantFrom('file', 'list', 'batch', 'container.file'),
    fc.string(),
    fc.double(),
    fc.constant(null),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(name, tie('value'), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(value, (json) => {
      expect(rewriteFileIds(JSON.stringify(json), signed)).toBe(JSON.stringify(walk(json, undefined)));
    }),
  );
});

const FILES = ['file', 'container.file'];

/** The slow, obvious way. */
function walk(value: unknown, listName: string | undefined): unknown {
  const sign = (id: unknown): unknown => (typeof id === 'string' && id !== '' ? signed(id) : walk(id, undefined));
  const isFile = (item: unknown): boolean =>
    typeof item === 'object' && item !== null && FILES.some((name) => name === Reflect.get(item, 'object'));
  if (Array.isArray(value)) return value.map((item) => (listName === 'file_ids' ? sign(item) : walk(item, undefined)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const data: unknown = entries.find(([name]) => name === 'data')?.[1];
  return Object.fromEntries(
    entries.map(([name, member]) => {
      if (name === 'metadata') return [name, member];
      if (name === 'file_id' || name === 'output_file_id') return [name, sign(member)];
      if (name === 'id' && isFile(value)) return [name, sign(member)];
      if (name === 'first_id' && Array.isArray(data) && data.some(isFile)) return [name, sign(member)];
      return [name, walk(member, name)];
    }),
  );
}

describe('what cannot work', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['no function', () => rewriteFileIds('{}', 'x' as never), /"encode" must be a function, got a string/],
    ['text that is not JSON', () => rewriteFileIds('{"id":', signed), /JSON/],
    ['nothing', () => rewriteFileIds(undefined, signed), /"json" must be a JSON text or parsed JSON, got undefined/],
    ['a promise of an id', () => rewriteFileIds(FILE, (async () => 'x') as never), /must return a string or undefined/],
  ])('%s', (_what, call, message) => {
    expect(call).toThrow(message);
  });
});

it('works with the codec, both ways', () => {
  const codec = fileIdCodec({ keys: [Buffer.alloc(32, 7)] });
  const encode = (fileId: string, _found: FoundFileId): string =>
    codec.encode({ provider: 'openai', fileId, tenant: 'acme' });
  const sealed = rewriteFileIds(FILE, encode);
  expect(sealed.id).toMatch(/^file-fc1_/);
  const request = rewriteFileIds(`{"input_file_id":"${sealed.id}"}`, (id) => codec.decode(id)?.fileId);
  expect(request).toBe('{"input_file_id":"file-1"}');
});
