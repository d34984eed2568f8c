import { readdirSync } from 'node:fs';
import { validate, ValidationSeverity } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { dockerfileStages, readRootFile, ROOT } from './repository.testing.js';

interface Manifest {
  readonly workspaces: readonly string[];
  readonly bin: Readonly<Record<string, string>>;
}

const manifestOf = (...path: string[]): Manifest =>
  JSON.parse(readRootFile(...path, 'package.json')) as Manifest;

const ERROR = ValidationSeverity.ERROR;
const strict = {
  deprecatedMaintainer: ERROR,
  directiveCasing: ERROR,
  emptyContinuationLine: ERROR,
  instructionCasing: ERROR,
  instructionCmdMultiple: ERROR,
  instructionEntrypointMultiple: ERROR,
  instructionHealthcheckMultiple: ERROR,
  instructionJSONInSingleQuotes: ERROR,
  instructionWorkdirRelative: ERROR,
};

const lint = (dockerfile: string): string[] =>
  validate(dockerfile, strict).map(({ message, range }) => {
    return `${range.start.line + 1}: ${typeof message === 'string' ? message : message.value}`;
  });

const stages = dockerfileStages();
const targets = ['hub', 'bridge', 'agent', 'simulator'];

/** The instructions of a stage with those of the stages it is made from. */
function lineage(name: string): string[] {
  const stage = stages.find((each) => each.name === name);
  return stage === undefined ? [] : [...lineage(stage.from), ...stage.instructions];
}

describe('the Dockerfile', () => {
  it('has no fault that the linter knows', () => {
    expect(lint(readRootFile('Dockerfile'))).toEqual([]);
    expect(lint("FROM node\nWORKDIR app\nCMD ['a']\n")).not.toEqual([]);
  });

  it('copies the manifest of every workspace, so that npm ci sees them all', () => {
    const copied = stages[0]?.instructions.flatMap(
      (line) => /^COPY (\S+)\/package\.json \S+$/.exec(line)?.[1] ?? [],
    );
    expect(copied?.sort()).toEqual([...manifestOf().workspaces].sort());
  });

  it('starts the command that the package names', () => {
    const entrypoint = lineage('hub').find((line) => line.startsWith('ENTRYPOINT'));
    expect(entrypoint).toBe(`ENTRYPOINT ["tini", "--", "node", "/app/cli/${manifestOf('cli').bin.weir}"]`);
  });

  it.each(targets)('runs %s as a user other than root', (target) => {
    const users = lineage(target).filter((line) => line.startsWith('USER'));
    expect(users.at(-1)).toBe('USER node');
  });

  it.each([
    ['hub', 'hub'],
    ['bridge', 'bridge'],
    ['agent', 'agent'],
    ['simulator', 'sim'],
  ])('gives %s the command weir %s', (target, command) => {
    const last = lineage(target).findLast((line) => line.startsWith('CMD'));
    expect(last?.startsWith(`CMD ["${command}"`)).toBe(true);
  });

  it('installs without running scripts of packages, and no development packages into images', () => {
    const installs = stages.flatMap(({ instructions }) =>
      instructions.filter((line) => line.includes('npm ci')),
    );
    expect(installs).toHaveLength(2);
    for (const line of installs) expect(line).toContain('--ignore-scripts');
    const modules = stages.find(({ name }) => name === 'modules')?.instructions.join(' ');
    expect(modules).toContain('--omit=dev');
    expect(lineage('weir').filter((line) => line.includes('--from='))).toEqual([
      'COPY --from=modules /app ./',
      'COPY --from=build /out ./',
    ]);
  });

  it('is built for both processors without emulating the build', () => {
    const platforms = [...readRootFile('Dockerfile').matchAll(/^FROM (--platform=\S+ )?(\S+) AS (\S+)$/gm)];
    const pinned = platforms.filter(([, platform]) => platform !== undefined).map(([, , , name]) => name);
    expect(pinned).toEqual(['manifests']);
    expect(stages.find(({ name }) => name === 'modules')?.instructions[0]).toBe('ARG TARGETARCH');
  });
});

describe('.dockerignore', () => {
  const ignored = readRootFile('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  it('keeps secrets, history and what is built out of the images', () => {
    expect(ignored).toEqual(expect.arrayContaining(['.env', '.git', '**/node_modules', '**/dist']));
  });

  it('leaves what the build reads', () => {
    const needed = [
      'package.json',
      'package-lock.json',
      '.npmrc',
      'tsconfig.json',
      'tsconfig.base.json',
      'LICENSE',
    ];
    const names = readdirSync(ROOT);
    for (const name of [...needed, ...manifestOf().workspaces.map((path) => path.split('/')[0] ?? '')]) {
      expect(names).toContain(name);
      expect(ignored).not.toContain(name);
    }
  });
});
