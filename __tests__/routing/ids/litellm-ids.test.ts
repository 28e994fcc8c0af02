import fc from 'fast-check';
import { decodeModelFileId, decodeUnifiedFileId, encodeModelFileId, encodeUnifiedFileId } from '../../../lib';

const VECTOR = 'file-bGl0ZWxsbTpmaWxlLWFiYzEyMzttb2RlbCxncHQtNG8tbGl0ZWxsbQ';

function base64url(text: string | Uint8Array): string {
  return Buffer.from(text).toString('base64url');
}

const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !/\p{Surrogate}/u.test(value));
const model = text.filter((value) => !value.includes(';model,'));

describe('a model-encoded id', () => {
  test('is the published vector, both ways', () => {
    expect(encodeModelFileId({ fileId: 'file-abc123', model: 'gpt-4o-litellm' })).toBe(VECTOR);
    expect(decodeModelFileId(VECTOR)).toEqual({ fileId: 'file-abc123', model: 'gpt-4o-litellm' });
  });

  test('of a batch keeps its prefix', () => {
    const id = encodeModelFileId({ fileId: 'batch_abc123', model: 'gpt-4o-test' });
    expect(id).toBe('batch_bGl0ZWxsbTpiYXRjaF9hYmMxMjM7bW9kZWwsZ3B0LTRvLXRlc3Q');
    expect(decodeModelFileId(id)).toEqual({ fileId: 'batch_abc123', model: 'gpt-4o-test' });
  });

  test('round-trips for every file id and model', () => {
    fc.assert(
      fc.property(text, model, (fileId, name) => {
        expect(decodeModelFileId(encodeModelFileId({ fileId, model: name }))).toEqual({ fileId, model: name });
      }),
    );
  });

  test('gives back a file id with separators in it', () => {
    for (const fileId of ['a;b', 'a;model,b', ';model,', 'litellm:x;model,y']) {
      expect(decodeModelFileId(encodeModelFileId({ fileId, model: 'm' }))).toEqual({ fileId, model: 'm' });
    }
  });

  test('that decodes is the only spelling of what it says', () => {
    const almost = fc
      .tuple(fc.constantFrom('file-', 'batch_', ''), fc.string(), fc.string())
      .map(([prefix, id, name]) => {
        return prefix + base64url(`litellm:${id};model,${name}`);
      });
    fc.assert(
      fc.property(fc.oneof(almost, fc.string(), fc.base64String()), (id) => {
        const decoded = decodeModelFileId(id);
        // Only where the original id has neither prefix, a batch's may stand for a file's.
        const isBare = decoded && !/^(?:file-|batch_)/.test(decoded.fileId);
        if (decoded) expect(encodeModelFileId(decoded)).toBe(isBare ? id.replace(/^batch_/, 'file-') : id);
      }),
    );
  });

  test.each([
    ['an ordinary id', 'file-abc123'],
    ['the empty id', ''],
    ['a prefix alone', 'file-'],
    ['padding', `${VECTOR}=`],
    ['a character outside the alphabet', `${VECTOR.slice(0, 20)}!${VECTOR.slice(20)}`],
    ['white space', `${VECTOR}\n`],
    [
      'the other base64 alphabet',
      `file-${Buffer.from('litellm:>>>???;model,m').toString('base64').replace(/=+$/, '')}`,
    ],
    ['stray last bits', `${VECTOR.slice(0, -1)}R`],
    ['a truncation that splits a byte', VECTOR.slice(0, -1)],
    ['no prefix', VECTOR.slice('file-'.length)],
    ['two prefixes', `file-${VECTOR}`],
    ['the prefix of the other kind', `batch_${VECTOR.slice('file-'.length)}`],
    ['no start', `file-${base64url('file-abc;model,m')}`],
    ['no separator', `file-${base64url('litellm:file-abc')}`],
    ['an empty file id', `file-${base64url('litellm:;model,m')}`],
    ['an empty model', `file-${base64url('litellm:file-abc;model,')}`],
    ['text that is not UTF-8', `file-${base64url(Buffer.from('litellm:\xff;model,m', 'latin1'))}`],
    ['an overlong UTF-8 form', `file-${base64url(Buffer.from('litellm:\xc0\xae;model,m', 'latin1'))}`],
  ])('is an ordinary id with %s', (_what, id) => {
    expect(decodeModelFileId(id)).toBeUndefined();
  });

  test('that could not be read back is not written', () => {
    expect(() => encodeModelFileId({ fileId: '', model: 'm' })).toThrow(TypeError);
    expect(() => encodeModelFileId({ fileId: 'f', model: '' })).toThrow(TypeError);
    expect(() => encodeModelFileId({ fileId: 'f', model: 'a;model,b' })).toThrow(/must not contain ";model,"/);
    expect(() => encodeModelFileId({ fileId: '\ud800', model: 'm' })).toThrow(/well-formed/);
  });
});

describe('a unified id', () => {
  const unified = {
    mimeType: 'application/jsonl',
    unifiedId: 'c4843482-b176-4901-8292-7523fd0f2c6e',
    targetModelNames: ['gpt-4o-mini', 'azure-gpt'],
    outputFileId: 'file-abc123',
    outputFileModelId: 'd2e7d7b8',
  };
  const plain =
    'litellm_proxy:application/jsonl;unified_id,c4843482-b176-4901-8292-7523fd0f2c6e;' +
    'target_model_names,gpt-4o-mini,azure-gpt;llm_output_file_id,file-abc123;llm_output_file_model_id,d2e7d7b8';

  test('is the unpadded base64url of the documented text', () => {
    expect(encodeUnifiedFileId(unified)).toBe(base64url(plain));
    expect(decodeUnifiedFileId(base64url(plain))).toEqual(unified);
  });

  test('round-trips for every set of fields', () => {
    const field = text.filter((value) => !/;(?:unified_id|target_model_names|llm_output)/.test(value));
    const name = field.filter((value) => !value.includes(','));
    const record = fc.record({
      mimeType: field,
      unifiedId: field.filter((value) => !value.includes(';')),
      targetModelNames: fc.array(name),
      outputFileId: field,
      outputFileModelId: field,
    });
    fc.assert(fc.property(record, (value) => expect(decodeUnifiedFileId(encodeUnifiedFileId(value))).toEqual(value)));
  });

  test.each([
    ['a prefix', `file-${base64url(plain)}`],
    ['padding', Buffer.from(plain).toString('base64')],
    ['a byte order mark', base64url(`\ufeff${plain}`)],
    ['a field missing', base64url(plain.replace(/;llm_output_file_model_id.*/, ''))],
    ['an empty field', base64url(plain.replace('file-abc123', ''))],
    ['an empty model name', base64url(plain.replace('azure-gpt', ''))],
    [
      'another order',
      base64url('litellm_proxy:a;target_model_names,m;unified_id,u;llm_output_file_id,f;llm_output_file_model_id,i'),
    ],
  ])('is an ordinary id with %s', (_what, id) => {
    expect(decodeUnifiedFileId(id)).toBeUndefined();
  });

  test('with a separator in a field is not written', () => {
    expect(() => encodeUnifiedFileId({ ...unified, mimeType: 'text/plain;unified_id,x' })).toThrow(
      /"mimeType" must not contain ";unified_id,"/,
    );
    expect(() => encodeUnifiedFileId({ ...unified, targetModelNames: ['a,b'] })).toThrow(/must not contain ","/);
    expect(() => encodeUnifiedFileId({ ...unified, unifiedId: '' })).toThrow(/"unifiedId" must be a non-empty string/);
  });
});

test('no decoder throws, whatever it is given', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.anything()), (value) => {
      for (const decode of [decodeModelFileId, decodeUnifiedFileId]) Reflect.apply(decode, undefined, [value]);
    }),
  );
});
