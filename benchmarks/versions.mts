import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { litellmProgram } from './proxies.mts';

function installed(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** The version that a program prints, on either output. undefined where the program is not installed. */
function printed(program: string, option: string): string | undefined {
  const { stdout, stderr, error } = spawnSync(program, [option], { encoding: 'utf8', timeout: 60_000 });
  return error === undefined ? /\d+\.\d+(?:\.\d+)*/.exec(`${stdout}${stderr}`)?.[0] : undefined;
}

/** What is measured, for the report: names and versions of what is installed. */
export function versions(): Record<string, string> {
  const programs = {
    HAProxy: printed('haproxy', '-v'),
    nginx: printed('nginx', '-v'),
    LiteLLM: printed(litellmProgram, '--version'),
  };
  return {
    Node: process.versions.node,
    Express: installed('express'),
    'http-proxy-middleware': installed('http-proxy-middleware'),
    ...Object.fromEntries(Object.entries(programs).flatMap(([name, found]) => (found ? [[name, found]] : []))),
  };
}
