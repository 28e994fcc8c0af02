import { presentationToSign } from '../../http/presentation';
import type { LocatedProvider, PresignRequest } from '../../provider-contract/provider';
import { secretsOf } from '../../transfer/redaction/redaction';
import type { ResolvedTransfer } from '../../transfer/resolved-transfer';
import type { Transfer } from '../../transfer/transfer';
import { ownMembers } from '../../values/own-members';
import { beginCall, callForLocation, describeCall, type LocateOptions } from './locate';
import { checkLocated } from './located';

/**
 * Calls the provider's `presign()` for a URL with which the client gets the file from the provider, and checks the
 * result. The signature is a secret of the transfer: no record shows it.
 *
 * @throws FileContentError
 */
export async function presignUpstream(
  transfer: Transfer,
  resolved: ResolvedTransfer & { readonly provider: LocatedProvider },
  options: LocateOptions,
): Promise<URL> {
  const { provider, presentation } = resolved;
  const { expiresInSeconds } = options.settings.redirect;
  const timeoutMs = beginCall(transfer, options.settings);
  const request = describeCall(transfer, resolved, options);
  const toSign: PresignRequest = ownMembers({ ...request, ...presentationToSign(presentation), expiresInSeconds });
  const returned = await callForLocation(transfer, timeoutMs, provider.name, () => provider.presign?.(toSign));
  const source = { provider: provider.name, call: 'presign' } as const;
  const { url } = checkLocated(returned, source, options.settings.allowedOrigins);
  transfer.located(url.origin, () => secretsOf(url, {}));
  return url;
}
