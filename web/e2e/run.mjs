// @ts-check
// Runs the files of tests that are named, some at a time: a page and its server wait for most of their time.

import { availableParallelism } from 'node:os';
import { run } from 'node:test';
import { spec, tap } from 'node:test/reporters';

run({ files: process.argv.slice(2), concurrency: availableParallelism() })
  .on('test:fail', () => { process.exitCode = 1; })
  .compose(process.stdout.isTTY ? new spec() : tap)
  .pipe(process.stdout);
