import type { Presentation } from '../http/presentation';
import type { Provider } from '../provider-contract/provider';
import type { Taps } from './observers/tap';
import type { BatchUsage } from './observers/usage';
import type { Delivery } from './record';
import type { ResumeSettings } from './resume-options';

/** A resolution after its run-time check, with every default applied. */
export interface ResolvedTransfer {
  readonly provider: Provider;
  readonly fileId: string;
  /** The provider's own ids in the route's parameters; they replace the client's. */
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly delivery: Delivery;
  readonly tenant: string | undefined;
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** The observers of the body. */
  readonly taps?: Taps | undefined;
  /** Counts the usage for the record. It is one of the taps. */
  readonly usage?: { result(isWhole: boolean): BatchUsage | undefined } | undefined;
  /** Absent if the resolution gives none. */
  readonly resume?: Partial<ResumeSettings> | undefined;
  /** Absent if the resolution gives none. */
  readonly presentation?: Presentation | undefined;
  readonly context: Readonly<Record<string, unknown>> | undefined;
}
