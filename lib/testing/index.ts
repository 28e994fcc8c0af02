export type { FakeFault } from './fake-fault';
export type { FakeFile } from './fake-file';
export {
  type FakeProvider,
  type FakeProviderOptions,
  type FakeRequest,
  type FakeResponder,
  fakeProvider,
} from './fake-provider';
export { type GeneratedFileOptions, generatedFile } from './generated-file';
export { type RecordingAdapter, type RecordingWaitOptions, recordingAdapter } from './recording-adapter';
