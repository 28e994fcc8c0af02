export type { FakeFault, FakeFile } from './fake-file';
export {
  type FakeProvider,
  type FakeProviderOptions,
  type FakeRequest,
  type FakeResponder,
  fakeProvider,
} from './fake-provider';
export { type RecordingAdapter, type RecordingWaitOptions, recordingAdapter } from './recording-adapter';
