import { bodyOf } from '../../support/batch-bodies';

/** A response with one candidate. */
function response(candidate: object, more: object = {}): object {
  return {
    responseId: 'r',
    modelVersion: 'gemini-3-pro',
    candidates: [{ finishReason: 'STOP', ...candidate }],
    ...more,
  };
}

function parts(...list: unknown[]): object {
  return { content: { role: 'model', parts: list } };
}

function choiceOf(candidate: object): ReturnType<typeof bodyOf>['choices'][number] {
  return bodyOf('gemini', response(candidate)).choices[0]!;
}

it('text and thoughts keep their signatures', () => {
  const thought = { text: 'hm', thought: true, thoughtSignature: 's1' };
  const text = { text: 'Hello', thoughtSignature: 's2' };
  expect(choiceOf(parts(thought, text, { text: ', world' })).message).toMatchObject({
    reasoning_content: 'hm',
    content: 'Hello, world',
    provider_specific_fields: { content: [thought, text] },
  });
});

it('a call of a function has its signature', () => {
  const { message, finish_reason } = choiceOf(
    parts({ functionCall: { id: 'f1', name: 'f', args: { a: 1 }, willContinue: true }, thoughtSignature: 's' }),
  );
  expect(finish_reason).toBe('tool_calls');
  expect(message).toEqual({
    role: 'assistant',
    content: null,
    refusal: null,
    tool_calls: [
      {
        id: 'f1',
        type: 'function',
        function: { name: 'f', arguments: '{"a":1}' },
        provider_specific_fields: { thoughtSignature: 's', willContinue: true },
      },
    ],
  });
});

it('calls without an id, or with the same, get ids of their own: in all choices and rows, and always the same', () => {
  const calls = parts(
    { functionCall: { name: 'f' } },
    { functionCall: { name: 'f' } },
    { functionCall: { id: 'x', name: 'f' } },
    {
      functionCall: { id: 'x', name: 'f' },
    },
  );
  const ids = (responseId: string): (string | undefined)[] =>
    bodyOf('gemini', { responseId, candidates: [calls, calls] }).choices.flatMap(({ message }) =>
      (message.tool_calls ?? []).map(({ id }) => id),
    );
  const all = [...ids('r1'), ...ids('r2')];
  // Those that the model gave are its own, once in a message.
  expect(all.filter((id) => id === 'x')).toHaveLength(4);
  expect(new Set(all).size).toBe(all.length - 3);
  expect(ids('r1')).toEqual(ids('r1'));
  for (const id of all) expect(String(id).length).toBeLessThanOrEqual(40);
});

it('images and other media are kept whole', () => {
  const image = { inlineData: { mimeType: 'image/png', data: 'AAAA' } };
  const file = { fileData: { fileUri: 'gs://b/o', mimeType: 'video/mp4' } };
  const code = { executableCode: { language: 'PYTHON', code: 'print(1)' } };
  const { message } = choiceOf(parts(image, { text: 'Here' }, file, code));
  expect(message).toMatchObject({ content: 'Here', provider_specific_fields: { content: [image, file, code] } });
});

it('speech has its place, and its format is kept', () => {
  const speech = { inlineData: { mimeType: 'audio/L16;rate=24000', data: 'AAAA' } };
  const { message } = choiceOf(parts(speech, speech));
  expect(message).toMatchObject({
    content: null,
    audio: { id: expect.stringMatching(/^audio_/), data: 'AAAA', expires_at: 0, transcript: '' },
    provider_specific_fields: { content: [{ inlineData: { mimeType: 'audio/L16;rate=24000' } }, speech] },
  });
});

it('log probabilities have their place, and all that is said of them is kept', () => {
  const logprobsResult = {
    chosenCandidates: [{ token: 'A', tokenId: 7, logProbability: -0.5 }, { token: 'B' }],
    topCandidates: [
      {
        candidates: [
          { token: 'A', logProbability: -0.5 },
          { token: 'a', logProbability: -2 },
        ],
      },
    ],
  };
  const choice = choiceOf({ ...parts({ text: 'AB' }), logprobsResult, avgLogprobs: -0.25 });
  expect(choice.logprobs).toEqual({
    content: [
      {
        token: 'A',
        logprob: -0.5,
        bytes: null,
        top_logprobs: [
          { token: 'A', logprob: -0.5, bytes: null, top_logprobs: [] },
          { token: 'a', logprob: -2, bytes: null, top_logprobs: [] },
        ].map(({ top_logprobs: _, ...token }) => token),
      },
      { token: 'B', logprob: 0, bytes: null, top_logprobs: [] },
    ],
    refusal: null,
  });
  expect(choice.provider_specific_fields).toEqual({ logprobsResult, avgLogprobs: -0.25 });
});

it('grounding cites pages by characters, and is kept with citations and ratings', () => {
  const first = 'Zürich 🙂 ';
  const second = 'is in Switzerland.';
  const groundingMetadata = {
    webSearchQueries: ['q'],
    groundingChunks: [{ web: { uri: 'https://a.example/', title: 'A' } }, { retrievedContext: { uri: 'gs://x' } }],
    groundingSupports: [
      // The bytes of the umlaut and the smiley count more than once.
      { segment: { startIndex: 0, endIndex: 12, text: 'Zürich 🙂' }, groundingChunkIndices: [0, 1, 9] },
      { segment: { partIndex: 2, startIndex: 6, endIndex: 17 }, groundingChunkIndices: [0] },
      { segment: { partIndex: 7, endIndex: 3 }, groundingChunkIndices: [0] },
    ],
  };
  const more = {
    groundingMetadata,
    citationMetadata: { citations: [{ uri: 'https://b.example/', endIndex: 4 }] },
    safetyRatings: [{ category: 'HARM_CATEGORY_HARASSMENT', probability: 'LOW' }],
    urlContextMetadata: { urlMetadata: [] },
    finishMessage: 'done',
  };
  const choice = choiceOf({ ...parts({ text: first }, { text: 'hm', thought: true }, { text: second }), ...more });
  const content = first + second;
  const cited = (choice.message.annotations ?? []).map((annotation) => {
    const { start_index, end_index, url } = Reflect.get(annotation as object, 'url_citation');
    return [content.slice(start_index, end_index), url];
  });
  expect(cited).toEqual([
    ['Zürich 🙂', 'https://a.example/'],
    ['Switzerland', 'https://a.example/'],
  ]);
  expect(choice.provider_specific_fields).toEqual(more);
});

it('a prompt that was blocked is a choice without content, and its tokens are counted', () => {
  const promptFeedback = { blockReason: 'PROHIBITED_CONTENT', safetyRatings: [] };
  const body = bodyOf('vertex', { promptFeedback, usageMetadata: { promptTokenCount: 5, totalTokenCount: 5 } });
  expect(body).toMatchObject({
    choices: [{ index: 0, finish_reason: 'content_filter', message: { content: null } }],
    usage: { prompt_tokens: 5, completion_tokens: 0, total_tokens: 5 },
    provider_specific_fields: { promptFeedback },
  });
});

describe('every token is counted once', () => {
  it.each([
    ['apart from each other', { p: 10, r: 4, c: 20, t: 5, total: 39 }, 14, 25],
    ['thoughts within the candidates', { p: 10, r: 4, c: 20, t: 5, total: 34 }, 14, 20],
    ['results of tools within the prompt', { p: 10, r: 4, c: 20, t: 5, total: 35 }, 10, 25],
    ['both within', { p: 10, r: 4, c: 20, t: 5, total: 30 }, 10, 20],
    ['no total', { p: 10, r: 4, c: 20, t: 5, total: 0 }, 14, 25],
    ['equal numbers of both', { p: 10, r: 5, c: 20, t: 5, total: 35 }, 15, 20],
    ['a total that none of it explains', { p: 10, r: 0, c: 20, t: 0, total: 50 }, 10, 20],
  ])('%s', (_how, { p, r, c, t, total }, prompt, completion) => {
    const usageMetadata = {
      promptTokenCount: p,
      toolUsePromptTokenCount: r,
      candidatesTokenCount: c,
      thoughtsTokenCount: t,
      totalTokenCount: total,
    };
    const { usage, provider_specific_fields } = bodyOf('gemini', response(parts({ text: '' }), { usageMetadata }));
    expect(usage).toMatchObject({ prompt_tokens: prompt, completion_tokens: completion });
    expect(usage.total_tokens).toBe(total || prompt + completion);
    expect(provider_specific_fields).toEqual({ usageMetadata });
  });

  it('speech and what was cached in the details', () => {
    const usageMetadata = {
      promptTokenCount: 10,
      cachedContentTokenCount: 3,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 4 },
        { modality: 'AUDIO', tokenCount: 6 },
      ],
      candidatesTokenCount: 8,
      candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 8 }],
    };
    expect(bodyOf('gemini', response(parts(), { usageMetadata })).usage).toMatchObject({
      prompt_tokens_details: { cached_tokens: 3, audio_tokens: 6 },
      completion_tokens_details: { audio_tokens: 8 },
    });
  });
});
