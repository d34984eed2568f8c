import { readdir, readFile } from 'node:fs/promises';

/** Every stored result of a benchmark, by the name of its file. */
export async function readResults(folder: URL): Promise<Map<string, unknown>> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return new Map(
    await Promise.all(
      files.map(async (name) => [name, JSON.parse(await readFile(new URL(name, folder), 'utf8'))] as const),
    ),
  );
}
