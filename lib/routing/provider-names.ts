import type { Provider } from '../provider';
import type { ProviderEntry } from './registry-options';

/** Whose name it is: the provider, and what led to it where a new object of it may be made for each request. */
interface Holder {
  readonly provider: Provider;
  readonly source: string | undefined;
}

/**
 * The names that `authorize` is given. One name stands for one provider: otherwise the owner of `file-1` at one
 * provider could read `file-1` at another of the same name.
 */
export class ProviderNames {
  readonly #registered: ReadonlyMap<string, ProviderEntry>;
  readonly #aliases: ReadonlyMap<string, string>;
  readonly #inline = new Map<string, Holder>();

  constructor(registered: ReadonlyMap<string, ProviderEntry>, aliases: ReadonlyMap<string, string>) {
    this.#registered = registered;
    this.#aliases = aliases;
  }

  /** Finds a registered provider by its name or a former one, and gives its present name. */
  registered(given: string): { readonly name: string; readonly entry: ProviderEntry } | undefined {
    const name = this.#aliases.get(given) ?? given;
    const entry = this.#registered.get(name);
    return entry && { name, entry };
  }

  /**
   * Takes the name of a provider that is not registered for this provider.
   *
   * @param source a looked-up model, which may give a new object of the same provider each time
   * @returns what is wrong where the name is another provider's; undefined otherwise
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
