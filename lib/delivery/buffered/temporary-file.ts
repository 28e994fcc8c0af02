import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FileContentError } from '../../errors';
import { errorCode } from '../../values/native-error';
import { type Gate, noRoom } from './spool-space';

/** The disk or the table of files is full: it passes. */
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM', 'EFBIG']);

function asAnswer(error: unknown): FileContentError {
  if (NO_ROOM.has(errorCode(error))) return noRoom(error);
  return new FileContentError('internal_error', 'The gateway failed to buffer this file.', { cause: error });
}

/** O_EXCL refuses a name that is there already, a symbolic link that somebody laid out included. */
const CREATE_NEW = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;

/**
 * A file without a name: it is removed as soon as it is open, so the system frees it when its descriptor is closed,
 * also by the end of the process. Only the owner could have read it meanwhile (mode 0600).
 */
export class TemporaryFile {
  readonly #handle: FileHandle;
  readonly #gate: Gate;

  private constructor(handle: FileHandle, gate: Gate) {
    this.#handle = handle;
    this.#gate = gate;
  }

  /** @throws FileContentError `overloaded` where the system has no room, else `internal_error` */
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
        throw asAnswer(error);
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
        throw asAnswer(error);
      }
    });
  }

  /**
   * Reads `length` bytes, all of which must have been written, into a buffer that is got when the disk is free.
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
        throw asAnswer(error);
      }
      return buffer.subarray(0, length);
    });
  }

  /** Waits for what is under way on it. */
  async close(): Promise<void> {
    await this.#handle.close();
  }
}
