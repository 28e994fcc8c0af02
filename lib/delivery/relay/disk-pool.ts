import { ReadPool } from './buffer-pool';

const MIB = 1024 * 1024;

/**
 * Buffers between connections and the disk. Of its own, because a transfer waits here for the disk with its buffer in
 * hand.
 */
export const diskPool = new ReadPool({ budget: 16 * MIB, mostKept: 8 * MIB });
