import { readdir, readFile } from 'node:fs/promises';

/** Every stored result of a benchmark, by the name of its file: those of the folder, and `CASE/results.json` beside a report. */
export async function readResults(folder: URL): Promise<Map<string, unknown>> {
  const files = (await readdir(folder, { recursive: true }))
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /^[^/]+\.json$|^[^/]+\/results\.json$/.test(path))
    .sort();
  return new Map(
    await Promise.all(
      files.map(async (name) => [name, JSON.parse(await readFile(new URL(name, folder), 'utf8'))] as const),
    ),
  );
}
