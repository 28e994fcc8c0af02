/** Files opened without a client, from a provider on a socket. */
import {
  type FileContent,
  type LocatedProvider,
  type OpenedFile,
  type OpenTarget,
  openaiCompatible,
} from '../../lib/index';
import { PROVIDER_KEY } from './canary';
import { type Gateway, type GatewayOptions, startGateway } from './gateway';
import { type RawProvider, type RawScript, startRawProvider } from './raw-provider';

export interface Opening extends AsyncDisposable {
  readonly provider: RawProvider;
  readonly gateway: Gateway;
  readonly files: FileContent;
  open(more?: Partial<OpenTarget>): Promise<OpenedFile>;
}

export interface OpeningOptions extends GatewayOptions {
  /** Members of the provider besides those of `openaiCompatible`. */
  readonly provider?: Partial<LocatedProvider>;
}

/** A gateway whose `open()` asks a provider that runs `script`. */
export async function startOpening(script: RawScript, options: OpeningOptions = {}): Promise<Opening> {
  const { provider: change, ...others } = options;
  const provider = await startRawProvider(script);
  const gateway = await startGateway({ buffer: { retries: 0 }, ...others });
  const held = {
    ...openaiCompatible({ name: 'held', baseURL: `${provider.origin}/v1`, apiKey: PROVIDER_KEY }),
    ...change,
  };
  return {
    provider,
    gateway,
    files: gateway.files,
    open: (more) => gateway.files.open({ provider: held, fileId: 'file-1', ...more }),
    async [Symbol.asyncDispose]() {
      // A body that a failed test has not read would keep the process alive.
      await gateway.files.close({ graceMs: 0 });
      await gateway[Symbol.asyncDispose]();
      await provider.close();
    },
  };
}

/** Every byte of a body. @throws what the body fails with */
export async function bytesOf({ body }: OpenedFile): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
