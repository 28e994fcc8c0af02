import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { candidates } from './candidates.mts';
import { claims } from './claims.mts';
import { guideScenarios, writeGuide } from './guide.mts';
import { drawPicture } from './picture.mts';
import { drawAll } from './plot.mts';
import { startProvider } from './provider.mts';
import type { Candidate } from './proxies.mts';
import { printTable } from './report.mts';
import type { Results, ScenarioResults } from './results.mts';
import { measure } from './run.mts';
import { type Scenario, scenarios } from './scenarios.mts';
import { versions } from './versions.mts';
import { createWorkspace, type Place, type Workspace } from './workspace.mts';

const USAGE = `npm run bench -- [options]
  --scenarios <regex>   ${scenarios.map(({ name }) => name).join(' ')}
  --candidates <regex>  ${candidates.map(({ name }) => name).join('; ')}
  --rounds <n>          how often each pair is measured, in turns (2)
  --seconds <n>         length of one run (2)
  --out <directory>     where results.json and the plots go (benchmarks/results)
  --merge               keep the results of other scenarios and candidates that are there already
  --guide               measure what docs/guides/performance.md shows, then write its tables and the README's picture
  --plot                measure nothing; draw and, with --guide, write again from results.json`;

const RESULTS = fileURLToPath(new URL('results', import.meta.url));
const { values } = parseArgs({
  options: {
    scenarios: { type: 'string', default: '.' },
    candidates: { type: 'string', default: '.' },
    rounds: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '2' },
    out: { type: 'string', default: RESULTS },
    merge: { type: 'boolean', default: false },
    guide: { type: 'boolean', default: false },
    plot: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

interface Pairs {
  readonly scenario: Scenario;
  readonly taking: readonly Candidate[];
}

/** What is measured with what. Candidates that a scenario names and that are not installed are left out, and told. */
function choose(): Pairs[] {
  const missing = new Set<Candidate>();
  const pairs = scenarios
    .filter(({ name }) => new RegExp(values.scenarios).test(name) && (!values.guide || guideScenarios.has(name)))
    .map((scenario) => ({
      scenario,
      taking: candidates.filter((candidate) => {
        const isNamed = scenario.only.includes(candidate.name) && new RegExp(values.candidates).test(candidate.name);
        if (isNamed && !candidate.isAvailable()) missing.add(candidate);
        return isNamed && candidate.isAvailable();
      }),
    }));
  for (const { name, hint } of missing) {
    process.stderr.write(`LEFT OUT, because it is not installed: ${name}${hint ? ` (${hint})` : ''}\n`);
  }
  return pairs.filter(({ taking }) => taking.length > 0);
}

function roundsOf({ mostRounds = Number.POSITIVE_INFINITY }: Scenario): number {
  return Math.min(Number(values.rounds), mostRounds);
}

/** `onScenario` is called after each, so that a run that is stopped has kept something. */
async function measureAll(
  work: Workspace,
  results: Results,
  pairs: readonly Pairs[],
  onScenario: () => void,
): Promise<void> {
  const bar = new SingleBar(
    { format: '{bar} {value}/{total} {what}', hideCursor: true, noTTYOutput: true, notTTYSchedule: 60_000 },
    Presets.shades_classic,
  );
  bar.start(
    pairs.reduce((sum, { scenario, taking }) => sum + roundsOf(scenario) * taking.length, 0),
    0,
    { what: '' },
  );
  for (const { scenario, taking } of pairs) {
    const provider = await startProvider(work, scenario);
    const place: Place = { work, providerPort: provider.port, tls: scenario.tls ?? false };
    const runs: ScenarioResults['runs'] = { ...results.scenarios[scenario.name]?.runs };
    for (const { name } of taking) runs[name] = [];
    const date = new Date().toISOString().slice(0, 10);
    results.scenarios[scenario.name] = { date, seconds: scenario.seconds ?? Number(values.seconds), runs };
    try {
      for (let round = 0; round < roundsOf(scenario); round++) {
        for (const candidate of taking) {
          bar.update({ what: `${scenario.title}: ${candidate.name}` });
          try {
            runs[candidate.name]!.push(await measure(candidate, scenario, place, Number(values.seconds)));
          } catch (error) {
            process.stderr.write(`\n${candidate.name}: ${String(error)}\n`);
          }
          bar.increment();
        }
      }
    } finally {
      await provider.stop();
    }
    onScenario();
  }
  bar.stop();
}

function read(file: string): Results | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : undefined;
}

async function measureAndWrite(file: string): Promise<Results> {
  const results: Results = {
    machine: `${cpus().length} x ${cpus()[0]?.model}, Linux`,
    versions: versions(),
    scenarios: values.merge ? { ...read(file)?.scenarios } : {},
  };
  const pairs = choose();
  const work = createWorkspace();
  try {
    mkdirSync(values.out, { recursive: true });
    await measureAll(work, results, pairs, () => writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`));
  } finally {
    work.remove();
  }
  return results;
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const file = join(values.out, 'results.json');
  const results = values.plot ? read(file) : await measureAndWrite(file);
  if (results === undefined) throw new Error(`${file} does not exist: measure first.`);
  printTable(results);
  drawAll(results, values.out);
  if (values.guide) {
    writeGuide(results);
    drawPicture(results);
    for (const { page, sentence } of claims.filter(({ holds }) => !holds(results))) {
      process.stderr.write(`CHANGE docs/guides/${page}: these results do not bear out "${sentence}"\n`);
    }
  }
}

await main();
