import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * The oldest versions whose faults the engine works around. The ranges in package.json let later patches in, which the
 * suite runs on too (`jest.newest.config.js`); another minor version may have other faults.
 */
export const TESTED_ENGINE = Object.freeze({ 'http-proxy-middleware': '4.2.1', httpxy: '0.5.6' });

/** The version in the package.json that belongs to a module's file; undefined where there is none, as in a bundle. */
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
 * The versions that are loaded: of httpxy the copy that http-proxy-middleware itself gets. An application's lockfile or
 * package manager may give it another one than the package depends on, and `overrides` count in the application's own
 * package.json only.
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

/** Is it the tested version, or a later patch of it? */
function isTested(version: string, tested: string): boolean {
  const [major, minor, patch = ''] = version.split('.');
  const [wantedMajor, wantedMinor, wantedPatch = ''] = tested.split('.');
  // A prerelease, `4.2.2-rc.1`, is not in the range.
  const isRelease = /^\d+$/.test(patch) && version.split('.').length === 3;
  return isRelease && major === wantedMajor && minor === wantedMinor && Number(patch) >= Number(wantedPatch);
}

/** Says in a process warning which part of the engine is loaded in a version that was not tested. */
export function warnOfUntestedEngine(from: string = __filename): void {
  let loaded: ReturnType<typeof loadedEngine>;
  try {
    loaded = loadedEngine(from);
  } catch {
    // In a bundle there is nothing to look up; what is in it was decided when it was made.
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

/** {@link warnOfUntestedEngine}, for the first router of a process. */
export function checkEngineOnce(): void {
  if (wasChecked) return;
  wasChecked = true;
  warnOfUntestedEngine();
}
