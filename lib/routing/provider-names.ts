import type { Provider } from '../provider-contract/provider';
import type { ProviderEntry } from './registry-options';

/** The owner of a name: the provider, and its source if each request may make a new object for the same provider. */
interface Holder {
  readonly provider: Provider;
  readonly source: string | undefined;
}

/**
 * The provider names that `authorize` gets. A name stands for one provider: otherwise the owner of `file-1` at one
 * provider could read `file-1` at another with the same name.
 */
export class ProviderNames {
  readonly #registered: ReadonlyMap<string, ProviderEntry>;
  readonly #aliases: ReadonlyMap<string, string>;
  readonly #inline = new Map<string, Holder>();

  constructor(registered: ReadonlyMap<string, ProviderEntry>, aliases: ReadonlyMap<string, string>) {
    this.#registered = registered;
    this.#aliases = aliases;
  }

  /** Finds a registered provider by its name or an alias, and returns its current name. */
  registered(given: string): { readonly name: string; readonly entry: ProviderEntry } | undefined {
    const name = this.#aliases.get(given) ?? given;
    const entry = this.#registered.get(name);
    return entry && { name, entry };
  }

  /**
   * Reserves the name of an unregistered provider for this provider.
   *
   * @param source a looked-up model, which may return a new object for the same provider each time
   * @returns the problem if another provider has the name, otherwise undefined
   */
  claim(provider: Provider, source?: string): string | undefined {
    const { name } = provider;
    const registered = this.registered(name)?.entry;
    const holder = this.#inline.get(name);
    const isOthers =
      registered === undefined
        ? holder !== undefined && holder.provider !== provider && (source === undefined || holder.source !== source)
        : registered !== provider;
    if (isOthers) {
      return (
        `has the name ${JSON.stringify(name)}, which is another provider's: "authorize" could not tell them apart; ` +
        'give it a "name" of its own, make it once and not for each request, or name it in "providers"'
      );
    }
    if (registered === undefined && holder === undefined) this.#inline.set(name, { provider, source });
    return undefined;
  }
}
