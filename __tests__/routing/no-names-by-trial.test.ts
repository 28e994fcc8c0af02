import { type RegistryResolverOptions, registryResolver } from '../../lib/index';
import { startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';
import { modelId, provider } from '../support/resolving';

const options: RegistryResolverOptions = {
  providers: { openai: provider('openai'), azure: provider('azure') },
  models: { known: { provider: 'azure' } },
  authorize: () => false,
};

function route(name: string): string[] {
  return [
    `/v1/files/file-1/content?provider=${name}`,
    `/v1/files/file-1/content?custom_llm_provider=${name}`,
    `/v1/files/file-1/content?model=${name}`,
  ];
}

/** The whole response, but for what differs between any two: the date and the transfer's id. */
async function answerTo(port: number, target: string, headers: readonly string[] = []): Promise<string> {
  const { response } = await rawRequest(port, { path: target, headers });
  const kept = [...response.headers].filter(([name]) => name !== 'date' && name !== 'x-request-id');
  return JSON.stringify([response.status, kept, response.body.toString()]);
}

it('an unregistered name gets the response of a file that is not the caller’s', async () => {
  await using app = await startGateway({ resolveProvider: registryResolver(options) });
  const notYours = await answerTo(app.port, '/v1/files/file-1/content?provider=azure');
  expect(JSON.parse(notYours)[0]).toBe(404);
  for (const target of [...route('nobody'), ...route('constructor')]) {
    expect([target, await answerTo(app.port, target)]).toEqual([target, notYours]);
  }
  for (const header of ['custom-llm-provider: nobody', 'x-litellm-model: nobody', 'x-litellm-model: known']) {
    expect([header, await answerTo(app.port, '/v1/files/file-1/content', [header])]).toEqual([header, notYours]);
  }
  const encoded = (model: string) => `/v1/files/${modelId('file-1', model)}/content`;
  const ofModel = (await answerTo(app.port, encoded('known'))).replaceAll(modelId('file-1', 'known'), 'ID');
  const ofNobody = (await answerTo(app.port, encoded('other'))).replaceAll(modelId('file-1', 'other'), 'ID');
  expect(ofNobody).toBe(ofModel);
});

it('the record says which name it was', async () => {
  await using app = await startGateway({ resolveProvider: registryResolver(options) });
  await rawRequest(app.port, { path: '/v1/files/file-1/content?provider=nobody' });
  const [record] = await app.recorded(1);
  expect(record).toMatchObject({ outcome: 'rejected', error: { cause: { message: 'unknown provider: "nobody"' } } });
});
