/** The section "Every option" of docs/providers.md, written from the declarations. */
import { allMembers, declarationsIn, type Member } from './parsed-declarations';
import { cellsOf, exportedNames, type MemberCells } from './type-reference';

interface Family {
  readonly title: string;
  /** Has only these options, which the other tables leave out. */
  readonly isForBatches?: true;
  /** The type of each factory's options. */
  readonly factories: Readonly<Record<string, string>>;
}

const preset = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 'PresetOptions']));

/** Factories that have most options in common share a table. */
const FAMILIES: readonly Family[] = [
  {
    title: "OpenAI's paths",
    factories: {
      openai: 'OpenAIProviderOptions',
      openaiCompatible: 'OpenAICompatibleOptions',
      hostedVllm: 'HostedVllmOptions',
    },
  },
  { title: 'Azure OpenAI', factories: { azureOpenAI: 'AzureOpenAIOptions' } },
  {
    title: "Anthropic's forms",
    factories: {
      anthropic: 'AnthropicOptions',
      anthropicFoundry: 'AnthropicFoundryOptions',
      anthropicAWS: 'AnthropicAWSOptions',
      anthropicVertex: 'AnthropicVertexOptions',
    },
  },
  {
    title: 'Providers that need only a key',
    factories: {
      ...preset('mistral', 'groq', 'together', 'openRouter', 'dashscope', 'perplexity', 'manus'),
      gemini: 'BatchPresetOptions',
      xai: 'BatchPresetOptions',
      fireworks: 'FireworksOptions',
    },
  },
  { title: 'Amazon S3 and Bedrock', factories: { s3: 'S3Options', bedrock: 'BedrockOptions' } },
  { title: 'Google Cloud Storage and Vertex AI', factories: { gcs: 'GCSOptions', vertexAI: 'VertexAIOptions' } },
  { title: 'Azure Storage', factories: { azureStorage: 'AzureStorageOptions' } },
  {
    title: 'Rows of batches',
    isForBatches: true,
    factories: {
      anthropic: 'AnthropicOptions',
      gemini: 'BatchPresetOptions',
      xai: 'BatchPresetOptions',
      bedrock: 'BedrockOptions',
      vertexAI: 'VertexAIOptions',
    },
  },
  {
    title: 'Any other API',
    factories: { httpProvider: 'HttpProviderOptions', signedUrlProvider: 'SignedUrlProviderOptions' },
  },
  {
    title: 'A function',
    factories: { streamProvider: 'StreamProviderOptions', bufferedProvider: 'BufferedProviderOptions' },
  },
];

/** The factories of providers that the package exports, found by their results. */
export function declaredFactories(folder: string): string[] {
  const results = /(?:: (?:Located|Fetched)Provider;|: PresetFactory(?:<\w+>)?;)$/;
  const all = declarationsIn(folder);
  return exportedNames(folder, 'index.d.ts').filter((name) => results.test(all.get(name)?.text ?? ''));
}

/** The factories that have their table. */
export const DESCRIBED_FACTORIES = [...new Set(FAMILIES.flatMap(({ factories }) => Object.keys(factories)))];

/** The section, without its heading and its introduction. */
export function providerOptions(folder: string): string {
  const all = declarationsIn(folder);
  const exported = new Set(all.keys());
  const membersOf = (type: string): Member[] => {
    const declaration = all.get(type);
    if (declaration === undefined) throw new Error(`${type} has no declaration`);
    return allMembers(declaration, all);
  };
  const forBatches = new Set(membersOf('BatchOutputOptions').map(({ name }) => name));
  return FAMILIES.map((family) =>
    table(family, (type) =>
      membersOf(type)
        .filter(({ name }) => forBatches.has(name) === (family.isForBatches ?? false))
        .map((member) => cellsOf(member, exported)),
    ),
  ).join('\n\n');
}

/** One row for what is the same of several factories. */
function table({ title, factories }: Family, cellsOfOptions: (type: string) => MemberCells[]): string {
  const names = Object.keys(factories);
  const rows = new Map<string, MemberCells & { readonly of: string[] }>();
  for (const [factory, type] of Object.entries(factories)) {
    for (const cells of cellsOfOptions(type)) {
      const key = JSON.stringify(cells);
      const row = rows.get(key) ?? { ...cells, of: [] };
      row.of.push(factory);
      rows.set(key, row);
    }
  }
  // An option's rows stand together.
  const order = [...new Set([...rows.values()].map(({ name }) => name))];
  const place = (cells: MemberCells) => rank(cells) * order.length + order.indexOf(cells.name);
  const sorted = [...rows.values()].sort((one, other) => place(one) - place(other));
  const lines = sorted.map(({ name, of, type, presence, meaning }) => {
    const whose = owners(of, names);
    const owner = names.length === 1 ? '' : ` ${whose} |`;
    return `| ${name} |${owner} ${type} | ${presence.replace('may be absent', 'none')} | ${linked(meaning)} |`;
  });
  const head =
    names.length === 1
      ? ['| option | type | default | meaning |', '|---|---|---|---|']
      : ['| option | of | type | default | meaning |', '|---|---|---|---|---|'];
  const list = names.map((name) => `\`${name}\``).join(', ');
  return [`### ${title}`, '', `${list}:`, '', ...head, ...lines].join('\n');
}

function owners(of: readonly string[], names: readonly string[]): string {
  const others = names.filter((name) => !of.includes(name));
  const inCode = (list: readonly string[]) => list.map((each) => `\`${each}\``).join(', ');
  if (others.length === 0) return 'all';
  return others.length === 1 && of.length > 2 ? `all but ${inCode(others)}` : inCode(of);
}

/** Required options come first, the name in records comes last. */
function rank({ name, presence }: MemberCells): number {
  return presence === 'required' ? 0 : name === '`name`' ? 2 : 1;
}

/** Types are described on a page of their own. */
function linked(meaning: string): string {
  return meaning.replaceAll('](#', '](types.md#').replaceAll(/ {2,}/g, ' ');
}
