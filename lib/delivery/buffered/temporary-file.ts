import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FileContentError } from '../../errors';
import { errorCode } from '../../values/native-error';
import { type Gate, noRoom } from './spool-space';

/** Error codes for a full disk or file table, which is transient. */
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM', 'EFBIG']);

function asClientError(error: unknown): FileContentError {
  if (NO_ROOM.has(errorCode(error))) return noRoom(error);
  return new FileContentError('internal_error', 'The gateway failed to buffer this file.', { cause: error });
}

/** O_EXCL refuses an existing name, including a symbolic link planted by an attacker. */
const CREATE_NEW = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;

/**
 * A temporary file without a name. It is unlinked as soon as it is open, so the system frees it when its descriptor is
 * closed, even if the process ends. Until then only its owner can read it (mode 0600).
 */
export class TemporaryFile {
  readonly #handle: FileHandle;
  readonly #gate: Gate;

  private constructor(handle: FileHandle, gate: Gate) {
    this.#handle = handle;
    this.#gate = gate;
  }

  /** @throws FileContentError `overloaded` if the system has no space, otherwise `internal_error` */
  static async create(directory: string, gate: Gate): Promise<TemporaryFile> {
    return gate.run(async () => {
      const path = join(directory, `express-file-content-${randomUUID()}`);
      let handle: FileHandle | undefined;
      try {
        handle = await open(path, CREATE_NEW, 0o600);
        await unlink(path);
        return new TemporaryFile(handle, gate);
      } catch (error) {
        await handle?.close();
        throw asClientError(error);
      }
    });
  }

  /** Writes all of `bytes`. @throws FileContentError as {@link create} */
  write(bytes: Uint8Array, position: number): Promise<void> {
    return this.#gate.run(async () => {
      try {
        for (let done = 0; done < bytes.length; ) {
          const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done);
          done += bytesWritten;
        }
      } catch (error) {
        throw asClientError(error);
      }
    });
  }

  /**
   * Reads `length` bytes, all of which must have been written. The buffer is requested only when the disk is free.
   *
   * @throws FileContentError `internal_error`
   */
  read(position: number, length: number, getBuffer: (length: number) => Buffer): Promise<Buffer> {
    return this.#gate.run(async () => {
      const buffer = getBuffer(length);
      try {
        for (let done = 0; done < length; ) {
          const { bytesRead } = await this.#handle.read(buffer, done, length - done, position + done);
          if (bytesRead === 0) throw new Error('The temporary file ended early.');
          done += bytesRead;
        }
      } catch (error) {
        throw asClientError(error);
      }
      return buffer.subarray(0, length);
    });
  }

  /** Closes the file. Waits for pending operations. */
  async close(): Promise<void> {
    await this.#handle.close();
  }
}
