import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * The oldest tested versions. The ranges in package.json allow later patches, on which the suite runs too
 * (`jest.newest.config.js`). Another minor version may have faults that are not worked around here.
 */
export const TESTED_ENGINE = Object.freeze({ 'http-proxy-middleware': '4.2.1', httpxy: '0.5.6' });

/** Reads the version from the package.json of a module's file. Undefined if there is none, as in a bundle. */
function versionOf(name: string, file: string): string | undefined {
  for (let directory = dirname(file); directory !== dirname(directory); directory = dirname(directory)) {
    let text: string;
    try {
      text = readFileSync(join(directory, 'package.json'), 'utf8');
    } catch {
      continue;
    }
    const manifest: { name?: unknown; version?: unknown } = JSON.parse(text);
    if (manifest.name === name) return typeof manifest.version === 'string' ? manifest.version : undefined;
  }
  return undefined;
}

/**
 * Returns the versions that are loaded; for httpxy, the copy that http-proxy-middleware loads. An application's
 * lockfile may contain other versions than this package was tested with, and npm reads `overrides` only from the
 * application's package.json.
 *
 * @param from a file of this package
 */
export function loadedEngine(from: string): Readonly<Record<keyof typeof TESTED_ENGINE, string | undefined>> {
  const middleware = createRequire(from).resolve('http-proxy-middleware');
  const httpxy = createRequire(middleware).resolve('httpxy');
  return {
    'http-proxy-middleware': versionOf('http-proxy-middleware', middleware),
    httpxy: versionOf('httpxy', httpxy),
  };
}

/** Tells whether a version is the tested one or a later patch of it. */
function isTested(version: string, tested: string): boolean {
  const [major, minor, patch = ''] = version.split('.');
  const [wantedMajor, wantedMinor, wantedPatch = ''] = tested.split('.');
  // A prerelease such as `4.2.2-rc.1` is not in the range.
  const isRelease = /^\d+$/.test(patch) && version.split('.').length === 3;
  return isRelease && major === wantedMajor && minor === wantedMinor && Number(patch) >= Number(wantedPatch);
}

/** Emits a process warning that names the parts of the engine whose loaded version was not tested. */
export function warnOfUntestedEngine(from: string = __filename): void {
  let loaded: ReturnType<typeof loadedEngine>;
  try {
    loaded = loadedEngine(from);
  } catch {
    // In a bundle there is no version to look up.
    return;
  }
  const others = Object.entries(TESTED_ENGINE).flatMap(([name, tested]) => {
    const version = loaded[name as keyof typeof TESTED_ENGINE];
    return version === undefined || isTested(version, tested) ? [] : [`${name} ${version} instead of ~${tested}`];
  });
  if (others.length === 0) return;
  process.emitWarning(
    'express-file-content was tested with other versions of its engine than those that are loaded: ' +
      `${others.join(', ')}. ` +
      'Set them in your package manager\'s overrides, for example "overrides": { "httpxy": "~' +
      `${TESTED_ENGINE.httpxy}" } in package.json for npm.`,
    { type: 'ExpressFileContentWarning', code: 'EXPRESS_FILE_CONTENT_UNTESTED_ENGINE' },
  );
}

let wasChecked = false;

/** Calls {@link warnOfUntestedEngine} for the first router of a process. */
export function checkEngineOnce(): void {
  if (wasChecked) return;
  wasChecked = true;
  warnOfUntestedEngine();
}
