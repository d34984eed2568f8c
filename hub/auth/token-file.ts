import { randomBytes } from 'node:crypto';
import { chmod, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectory, messageOf, systemCode, WeirError, writeFileAtomic, type Logger } from '@weir/runtime';

const SECRET_BYTES = 32;
const OWNER_ONLY = 0o600;

/** The admin token: read from its file, or made (256 random bits) and written there for the owner's eyes only. */
export async function adminToken(path: string, logger: Logger): Promise<string> {
  try {
    const token = (await readFile(path, 'utf8')).trim();
    if (!/^[\x21-\x7e]{16,512}$/.test(token)) {
      throw new WeirError(
        'auth.token_file',
        `${path}: expected one token of 16 to 512 characters on one line`,
      );
    }
    await closeToOthers(path, logger);
    return token;
  } catch (error) {
    if (error instanceof WeirError) throw error;
    if (systemCode(error) !== 'ENOENT') {
      throw new WeirError('auth.token_file', `cannot read ${path}: ${messageOf(error)}`, { cause: error });
    }
  }
  const token = randomBytes(SECRET_BYTES).toString('base64url');
  try {
    await makeDirectory(dirname(path), 0o700);
    await writeFileAtomic(path, `${token}\n`, OWNER_ONLY);
  } catch (error) {
    throw new WeirError('auth.token_file', `cannot make ${path}: ${messageOf(error)}`, { cause: error });
  }
  logger.info({ path }, 'made an admin token');
  return token;
}

async function closeToOthers(path: string, logger: Logger): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  logger.warn(
    { path, mode: (mode & 0o777).toString(8) },
    'the token file was open to others; now it is the owner’s',
  );
  await chmod(path, OWNER_ONLY);
}
