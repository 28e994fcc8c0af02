import { hostedVllm, openai, openaiCompatible } from '../../lib/index';

const make = {
  openai: (baseURL: string) => openai({ apiKey: 'k', baseURL }),
  openaiCompatible: (baseURL: string) => openaiCompatible({ name: 'n', baseURL }),
  hostedVllm: (baseURL: string) => hostedVllm({ baseURL }),
};

describe.each(Object.entries(make))('%s', (factory, create) => {
  it.each([
    ['without /v1', 'https://api.openai.com', 'https://api.openai.com'],
    ['with a slash', 'https://api.openai.com/', 'https://api.openai.com'],
    ['with the path of files', 'https://api.openai.com/v1/files', 'https://api.openai.com/v1/files'],
    [
      'with the path of chats',
      'https://eu.api.openai.com/v1/chat/completions?a=b',
      'https://eu.api.openai.com/v1/chat/c',
    ],
  ])("refuses OpenAI's own host %s", (_what, baseURL, got) => {
    const { origin } = new URL(baseURL);
    expect(() => create(baseURL)).toThrow(
      `${factory}: "baseURL" must be the address before /files, such as ${origin}/v1, got ${got}`,
    );
  });

  it.each([
    'https://api.openai.com/v1',
    'https://api.openai.com/v1/',
    'https://eu.api.openai.com/v1?a=b',
    // A gateway's own affair.
    'https://llm.example.com',
    'https://llm.example.com/openai/files',
    'https://my-api.openai.com.example.com',
    'http://127.0.0.1:4000',
  ])('takes %s as it is', (baseURL) => {
    expect(() => create(baseURL)).not.toThrow();
  });
});
